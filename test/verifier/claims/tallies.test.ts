import assert from "node:assert/strict"
import { walkTallies } from "@wattest/verifier"
import { PRESENTATION_CASES } from "../../../scripts/generate/conformance/cases/presentation.ts"
import { voidFindings } from "../../../verifier/src/claims/findings.ts"
import { tallyOf, withTally } from "./edits.ts"

const recorded = PRESENTATION_CASES.find(({ name }) => name === "presentation-valid")?.presentation?.document
assert.ok(recorded)

describe("the runs of a tally over a period", () => {
  /** The same runs of a ledger that had so many before. */
  const begunAfter = (before: bigint) =>
    withTally(recorded, (tally) => ({
      ...tally,
      ledgers: tally.ledgers.map(({ from, asOf, ...ledger }) => ({
        ...ledger,
        from: { ...from, length: before },
        asOf: { ...asOf, length: before + asOf.length - from.length },
      })),
    }))

  it("are those that its ledgers got since the period began, however many they had before", () => {
    for (const before of [0n, 1n, 7n]) {
      const document = begunAfter(before)
      assert.equal(walkTallies(document)[0]?.scope.runs, 60n)
      const [found] = voidFindings(tallyOf(document), 1)
      assert.equal(found?.detail, "1 of 60 runs")
    }
  })
})
