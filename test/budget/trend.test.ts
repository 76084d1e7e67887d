import assert from "node:assert/strict"
import { sparkline } from "../../budget/src/gate/trend.ts"

describe("a trend in one line", () => {
  it("has the lowest bar for the least, the highest for the most, and the lowest where all are the same", () => {
    assert.equal(sparkline([0, 7, 3, 7.4, 14]), "▁▅▃▅█")
    assert.equal(sparkline([5, 5]), "▁▁")
    assert.equal(sparkline([-1, 1]), "▁█")
    assert.equal(sparkline([]), "")
  })
})
