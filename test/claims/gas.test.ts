import assert from "node:assert/strict"
import { run } from "../../scripts/bench/claims.ts"

/** What whoever pays for a tally is promised: the benchmark's own goal is not asked. */
const SEGMENT_GAS = 75_000

describe("a segment of a tally", () => {
  it("costs at most 75,000 gas, fifty to a transaction", async () => {
    const gas = (await run()).find(({ key }) => key === "segment50.gas")?.value ?? Number.NaN
    assert.ok(gas <= SEGMENT_GAS, `${gas} gas`)
  }).timeout(600_000)
})
