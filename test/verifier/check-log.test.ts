import assert from "node:assert/strict"
import { Rejection } from "@wattest/protocol"
import { Unaccepted, Undetermined } from "@wattest/verifier"
import { createCheckLog, decide, verdictOf } from "../../verifier/src/check-log.ts"
import type { CheckResult, CheckVerdict } from "../../verifier/src/verdict.ts"

const detailed = (detail: string) => {
  const verdict = verdictOf(new Rejection("FIELD_UNKNOWN", detail))
  return verdict.detail
}

describe("the log of checks", () => {
  const outcomes: { readonly [status in CheckVerdict["status"]]: (detail: string) => CheckVerdict } = {
    valid: () => ({ status: "valid" }),
    unaccepted: (detail) => ({ status: "unaccepted", code: "CHAIN_NOT_ACCEPTED", detail }),
    undetermined: (detail) => ({ status: "undetermined", code: "PROOF_ABSENT", detail }),
    invalid: (detail) => ({ status: "invalid", code: "FIELD_UNKNOWN", detail }),
  }
  const each: readonly (readonly [CheckVerdict["status"], boolean])[] = Object.keys(outcomes).flatMap((status) =>
    [true, false].map((required) => [status as CheckVerdict["status"], required] as const),
  )
  const checkOf = ([status, required]: (typeof each)[number], i: number): CheckResult => ({
    ...{ id: `check ${i}`, required },
    verdict: outcomes[status](`${i}`),
  })

  it("decides by the first refusal, else the first that is not accepted, else the first demanded one that could not know", () => {
    const demands = (status: CheckVerdict["status"], required: boolean) => status !== "undetermined" || required
    for (const a of each)
      for (const b of each)
        for (const c of each) {
          const checks = [a, b, c].map(checkOf)
          const worst = (["invalid", "unaccepted", "undetermined"] as const)
            .map((wanted) =>
              checks.find(({ verdict, required }) => verdict.status === wanted && demands(wanted, required)),
            )
            .find((found) => found !== undefined)
          assert.deepEqual(decide(checks), worst?.verdict ?? { status: "valid" })
        }
    assert.deepEqual(decide([]), { status: "valid" })
  })

  it("runs no check that rests on one which did not hold, and says so of those never reached", async () => {
    const log = createCheckLog(["a", "b", "c", "d"], (id) => id !== "d")
    const ran: string[] = []
    const run = (name: string) => () => {
      ran.push(name)
      return name
    }
    assert.equal(await log.check("a", run("a")), "a")
    assert.equal(await log.check("b", () => assertFails(), ["a"]), null)
    assert.equal(await log.check("c", run("c"), ["a", "b"]), null)
    assert.deepEqual(ran, ["a"])
    assert.deepEqual(
      log.results().map(({ id, required, verdict }) => [id, required, verdict.status]),
      [
        ["a", true, "valid"],
        ["b", true, "invalid"],
        ["c", true, "undetermined"],
        ["d", false, "undetermined"],
      ],
    )
  })

  it("lets nothing pass that is no outcome of a check: a bug is none", async () => {
    const log = createCheckLog(["a"], () => true)
    await assert.rejects(
      log.check("a", () => {
        throw new TypeError("bug")
      }),
      TypeError,
    )
    const outcome = (error: Error) => verdictOf(error).status
    assert.deepEqual(
      [
        new Rejection("FIELD_UNKNOWN", ""),
        new Unaccepted("CHAIN_NOT_ACCEPTED", ""),
        new Undetermined("PROOF_ABSENT", ""),
      ].map(outcome),
      ["invalid", "unaccepted", "undetermined"],
    )
  })

  it("repeats at most 250 characters of what a document says, folded, and no half of one", () => {
    const [most, beyond] = ["x".repeat(250), "x".repeat(251)]
    assert.equal(detailed(most), most)
    assert.equal(detailed(beyond), `${most} …`)
    assert.equal(detailed(`a${" ".repeat(900)}b`), "a b")
    assert.equal(detailed(`a${"\u00a0\u2003".repeat(2)}b c`), "a b c")
    assert.equal(detailed(`a${" ".repeat(998)}b`), "a b")
    assert.equal(detailed(`a${" ".repeat(999)}b`), "a  …", "what lies beyond was not looked at")
    assert.equal(detailed(`${"x".repeat(249)}\u{1f50b}`), `${"x".repeat(249)} …`)
    assert.equal(detailed(`${"x".repeat(248)}\u{1f50b}`), `${"x".repeat(248)}\u{1f50b}`)
  })
})

function assertFails(): never {
  throw new Rejection("FIELD_UNKNOWN", "it does not hold")
}
