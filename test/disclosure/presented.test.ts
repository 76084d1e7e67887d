import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { inspect } from "node:util"
import type { Filing } from "@wattest/disclosure"
import { encodePresentation, type PeriodTally, type Presentation } from "@wattest/protocol"
import { withBound, withTally } from "../verifier/claims/edits.ts"
import { DAY, present } from "./presented-scene.ts"
import { cellIn } from "./scene.ts"

const MAIN = join(import.meta.dirname, "../../disclosure/src/main.ts")

const later = (tally: PeriodTally): PeriodTally => ({ ...tally, from: tally.from + 60 })

describe("a presentation of the prover", function () {
  this.timeout(300_000)
  let told: Awaited<ReturnType<typeof present>>
  before(async () => {
    told = await present()
  })
  after(() => rmSync(told.folder, { recursive: true, force: true }))

  type Given = {
    readonly policy?: string
    readonly profile?: string
    readonly day?: string
    readonly standard?: readonly string[]
  }

  /** What the command files of documents, and how it ends. */
  function filed(documents: readonly string[], given: Given = {}): Filing {
    const { policy = "policy.json", profile = "profile.json", day = DAY, standard = ["vsme-2025-07-30"] } = given
    const believed = ["--policy", policy, "--profile", profile, "--from", day, "--to", day, "--offline"]
    const [name = "", ...about] = standard
    const words = ["file", name, ...documents, ...about, ...believed, "--out", "filing.json", "--json"]
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
      ...{ cwd: told.folder, encoding: "utf8" },
    })
    assert.equal(status, 0, stderr)
    return JSON.parse(stdout)
  }
  const electricity = (...given: Parameters<typeof filed>) => cellIn(filed(...given), "B3-electricity")

  it("fills a cell with at most, with its file on the way to the proof", () => {
    const cell = electricity(["large.json"])
    const { value, bound, state, evidence, sources, coverage } = cell
    assert.deepEqual([value, bound, state, evidence], ["40.00", "at-most", "filled", "proved"], cell.needs.join())
    assert.deepEqual(
      sources.map(({ document, kind, verdict, quantity }) => [document, kind, verdict, quantity]),
      [["large.json", "presentation", "valid", "40"]],
    )
    assert.deepEqual([coverage?.meteredMs, coverage?.expectedMs], ["86400000", "86400000"])
    assert.match(cell.notes.join(), /took, uncertainty added, at most 144000000000 J /)
    const words = [MAIN, "explain", "filing.json", "B3-electricity"]
    const explained = spawnSync(process.execPath, words, { cwd: told.folder, encoding: "utf8" })
    assert.equal(explained.status, 0, explained.stderr)
    assert.match(explained.stdout, /≤ 40\.00 MWh/)
    assert.match(explained.stdout, /^large\.json +presentation +proved +valid +31337\/\d+ /m)
    assert.match(explained.stdout, /large\.json +presentation +proved +valid .* as judged/)
  })

  it("adds up over ledgers, and one of them alone does not speak for another that is named", () => {
    const both = electricity(["large.json", "small.json"], { policy: "lenient.json" })
    assert.deepEqual([both.value, both.bound, both.state, both.sources.length], ["44.00", "at-most", "filled", 2])
    const part = electricity(["small.json", "carbon.json"], { policy: "lenient.json" })
    assert.deepEqual([part.value, part.bound, part.state], ["4.00", "at-most", "partly"])
    assert.match(part.needs.join(), /a claim that also counts the ledger 31337\//)
  })

  it("fills no other number than its metric's, in its unit", () => {
    const filing = filed(["large.json"])
    assert.deepEqual(cellIn(filing, "B3-scope2-location").value, null)
    // 1.7 t, which is what it was asked to prove.
    const { value, bound } = cellIn(filed(["carbon.json"]), "B3-scope2-location")
    assert.deepEqual([value, bound], ["1.70", "at-most"])
    assert.equal(cellIn(filed(["carbon.json"]), "B3-scope2-market").value, null)
    assert.equal(electricity(["carbon.json"]).value, null)
  })

  it("says nothing of another operator, nor of another day, and the filing says why", () => {
    for (const [given, reason] of [
      [{ profile: "stranger.json" }, /the claim of large\.json is not counted: it counts ledgers of an operator/],
      [{ day: "2027-01-14" }, /the claim of large\.json is not counted: it is over another time/],
    ] as const) {
      const filing = filed(["large.json"], given)
      const { value, state } = cellIn(filing, "B3-electricity")
      assert.deepEqual([value, state], [null, "missing"])
      assert.match(filing.notes.join(), reason)
    }
  })

  const forged: readonly (readonly [string, string, (document: Presentation) => Presentation])[] = [
    ["with a better bound", "CLAIM_PROOF_INVALID", (document) => withBound(document, { hi: 1n })],
    ["as another metric", "CLAIM_PROOF_INVALID", (document) => withBound(document, { metric: "carbon" })],
    ["for another day", "CLAIM_PROOF_INVALID", (document) => withTally(document, (tally) => later(tally))],
  ]
  for (const [how, code, forge] of forged)
    it(`enters no number ${how}`, () => {
      const [large] = told.documents
      assert.ok(large)
      writeFileSync(told.at("forged.json"), encodePresentation(forge(large)))
      const filing = filed(["forged.json"])
      assert.deepEqual(
        filing.refused.map(({ name, status, code: why }) => [name, status, why]),
        [["forged.json", "invalid", code]],
      )
      for (const { kind, value, sources } of filing.cells)
        if (kind === "number" && value !== null) assert.ok(sources.every(({ kind: from }) => from !== "presentation"))
    })

  it("of a device that hardly metered is not accepted, unless the policy lets so much be missing", () => {
    const filing = filed(["small.json"])
    assert.deepEqual(
      filing.refused.map(({ status, code }) => [status, code]),
      [["unaccepted", "TIME_MISSING"]],
    )
    assert.equal(cellIn(filing, "B3-electricity").value, null)
    const { state, coverage } = electricity(["small.json"], { policy: "lenient.json" })
    assert.deepEqual([state, coverage?.expectedMs], ["filled", "86400000"])
    assert.ok(Number(coverage?.meteredMs) <= 1000)
  })

  it("is not counted beside certificates of the same runs, which show the number itself", () => {
    const { value, bound, sources } = electricity(["shed.json", "small.json"], { policy: "lenient.json" })
    assert.deepEqual([value, bound, sources.length], ["3.00", "exact", 1])
  })

  it("is added to certificates of another ledger: together at most so much, each with its file", () => {
    const filing = filed(["shed.json", "large.json"])
    const { value, bound, state, sources, needs, notes } = cellIn(filing, "B3-electricity")
    assert.deepEqual([value, bound, state], ["43.00", "at-most", "partly"], inspect(filing.refused))
    assert.deepEqual(sources.map(({ document, kind, quantity }) => [document, kind, quantity].join()).sort(), [
      "large.json,presentation,40",
      "shed.json,certificate,3",
    ])
    // The certificate is of one second.
    assert.match(needs.join(), /certificates of the missing time at zurich/)
    assert.match(notes.join(), /at most: certificates show some ledgers, a claim bounds the others/)
  })
})
