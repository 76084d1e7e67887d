import assert from "node:assert/strict"
import { type Certificate, encodeDocument, GRADES, type Hex, parseCertificate } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import { POLICY_TEMPLATE, type Policy } from "@wattest/verifier"
import {
  acceptGrade,
  acceptOwner,
  acceptRegistry,
  checkAnchorOrder,
  checkChain,
  checkGrades,
  checkLedger,
} from "../../verifier/src/certificate/policy-checks.ts"
import type { Subject } from "../../verifier/src/certificate/subject.ts"

const [A, B, C] = ["aa", "bb", "cc"].map((mark): Hex => `0x${mark.repeat(20)}`) as [Hex, Hex, Hex]

const codeOf = (act: () => void): string => {
  try {
    act()
    return "holds"
  } catch (error) {
    return (error as { readonly code: string }).code
  }
}

type Run = Certificate["runs"][number]
const { certificate, policy } = tell({ runs: 2 })
const told = parseCertificate(encodeDocument(certificate))

/** What a check says where the second run, or all of them, are changed. */
const says = (
  check: (subject: Subject) => void,
  {
    second = (run) => run,
    each = (run) => run,
    more = {},
  }: { second?: (run: Run) => Run; each?: (run: Run) => Run; more?: Partial<Policy> },
) => {
  const runs = told.runs.map(each).map((run, i) => (i === 1 ? second(run) : run))
  return codeOf(() => check({ certificate: { ...told, runs }, policy: { ...policy, ...more } } as unknown as Subject))
}
const anchored =
  (change: Partial<Run["anchor"]>) =>
  (run: Run): Run => ({ ...run, anchor: { ...run.anchor, ...change } })
const submitted =
  (change: Partial<Run["submission"]>) =>
  (run: Run): Run => ({ ...run, submission: { ...run.submission, ...change } })
const stated =
  (change: Partial<Run["statement"]>) =>
  (run: Run): Run => ({ ...run, statement: { ...run.statement, ...change } })

describe("what a policy accepts", () => {
  it("is a grade as good as its worst, or better: every pair", () => {
    for (const [i, actual] of GRADES.entries())
      for (const [j, worst] of GRADES.entries())
        assert.equal(
          codeOf(() => acceptGrade("it", actual, worst)),
          i <= j ? "holds" : "GRADE_NOT_ACCEPTED",
        )
  })

  it("is a voucher that it believes, and the ledger that it expects, if it expects one", () => {
    const owner = { operator: A, voucher: B }
    const of = (vouchers: readonly Hex[], ledgers?: Policy["ledgers"]) =>
      codeOf(() => acceptOwner({ ...POLICY_TEMPLATE, vouchers: [...vouchers], ...(ledgers ? { ledgers } : {}) }, owner))
    assert.equal(of([C, B]), "holds")
    assert.equal(of([C]), "VOUCHER_NOT_ACCEPTED")
    assert.equal(of([A]), "VOUCHER_NOT_ACCEPTED")
    assert.equal(of([B], [{ operator: C, voucher: B }, owner]), "holds")
    for (const other of [
      { operator: C, voucher: B },
      { operator: A, voucher: C },
    ])
      assert.equal(of([B], [other]), "LEDGER_NOT_ACCEPTED")
    assert.equal(of([C], [owner]), "VOUCHER_NOT_ACCEPTED")
  })

  it("is a chain, and on it a registry", () => {
    const chain = { ...{ trustedBlocks: [], rpcs: [], checkpoints: null }, chainId: 5, registries: [A, B] }
    const of = (chainId: number, registry: Hex) =>
      codeOf(() => acceptRegistry({ ...POLICY_TEMPLATE, chains: [chain] }, { chainId, registry }))
    assert.deepEqual(
      [of(5, A), of(5, B), of(5, C), of(6, A)],
      [...["holds", "holds", "REGISTRY_NOT_ACCEPTED", "CHAIN_NOT_ACCEPTED"]],
    )
  })
})

describe("runs of one certificate", () => {
  it("are as they were told", () => {
    for (const check of [checkChain, checkLedger, checkGrades, checkAnchorOrder]) assert.equal(says(check, {}), "holds")
  })

  it("name one chain and one registry, in submission and anchor", () => {
    for (const second of [
      anchored({ chainId: 1 }),
      anchored({ registry: C }),
      submitted({ chainId: 1 }),
      submitted({ registry: C }),
    ])
      assert.equal(says(checkChain, { second }), "ANCHOR_MISMATCH")
    for (const change of [{ chainId: 1 }, { registry: C }]) {
      const second = (run: Run) => submitted(change)(anchored(change)(run))
      assert.equal(says(checkChain, { second }), "ANCHOR_MISMATCH")
      assert.notEqual(says(checkChain, { each: second }), "ANCHOR_MISMATCH")
    }
  })

  it("lie in one ledger", () => {
    for (const second of [anchored({ operator: C }), anchored({ voucher: C })])
      assert.equal(says(checkLedger, { second }), "ANCHOR_MISMATCH")
    assert.equal(says(checkLedger, { each: anchored({ voucher: C }) }), "VOUCHER_NOT_ACCEPTED")
  })

  it("have each the grade of energy, and that of work where work is counted", () => {
    const grades = { energy: "measured", work: "measured" } as const
    const of = (
      change: Partial<Run["statement"]>,
      counts: { readonly workUnits: bigint; readonly inputUnits: bigint },
    ) => {
      const graded = { energyGrade: "measured", workGrade: "measured" } as const
      const each = (run: Run) => stated({ ...graded, registers: { ...run.statement.registers, ...counts } })(run)
      return says(checkGrades, { each, second: stated(change), more: { grades } })
    }
    const [none, work, input] = [
      [0n, 0n],
      [1n, 0n],
      [0n, 1n],
    ].map(([workUnits = 0n, inputUnits = 0n]) => ({ workUnits, inputUnits })) as [Counts, Counts, Counts]
    for (const counts of [none, work, input]) {
      assert.equal(of({}, counts), "holds")
      assert.equal(of({ energyGrade: "estimated" }, counts), "GRADE_NOT_ACCEPTED")
      assert.equal(of({ workGrade: "estimated" }, counts), counts === none ? "holds" : "GRADE_NOT_ACCEPTED")
    }
  })

  it("end before their anchor, as far as clocks agree: to the ms", () => {
    const tolerances = { ...policy.tolerances, clockMs: 500 }
    const ending = (lateMs: number) => (run: Run) => stated({ endTimeMs: 1000 * run.anchor.anchoredAt + lateMs })(run)
    const outcomes = [-1, 0, 499, 500, 501].map((ms) =>
      says(checkAnchorOrder, { second: ending(ms), more: { tolerances } }),
    )
    assert.deepEqual(outcomes, ["holds", "holds", "holds", "holds", "ANCHOR_BEFORE_END"])
  })
})

type Counts = { readonly workUnits: bigint; readonly inputUnits: bigint }
