import assert from "node:assert/strict"
import { accumulator, EMPTY_ACCUMULATION, EMPTY_ACCUMULATOR } from "@wattest/protocol"

describe("the accumulator", () => {
  it("starts at the hash of nothing", () => assert.equal(EMPTY_ACCUMULATOR, accumulator(EMPTY_ACCUMULATION)))

  it("hides the same totals under another blind", () => {
    assert.notEqual(accumulator({ ...EMPTY_ACCUMULATION, blind: 1n }), EMPTY_ACCUMULATOR)
  })
})
