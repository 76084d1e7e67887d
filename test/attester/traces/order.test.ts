import assert from "node:assert/strict"
import { inOrder } from "../../../attester/src/traces/order.ts"

describe("the order of a trace's points", () => {
  const point = (part: string, timeMs: number, line: number) => ({ part, timeMs, line, readings: [], gauges: {} })
  const ordered = (...points: ReturnType<typeof point>[]) => inOrder({ points, faults: [] })

  it("is of time, however its parts lie in the file", () => {
    const { points, faults } = ordered(
      ...[0, 10, 20].map((ms, i) => point("a", ms, 1 + i)),
      point("b", 5, 4),
      point("b", 15, 5),
    )
    assert.deepEqual(
      points.map(({ line }) => line),
      [1, 4, 2, 5, 3],
    )
    assert.deepEqual(faults, [])
  })

  it("is a part's own: a step back of less than its period is sorted, and one of a period is a fault", () => {
    const backTo = (ms: number) => ordered(...[0, 10, 20, ms, 30].map((ms, i) => point("a", ms, 1 + i)))
    assert.deepEqual(
      backTo(11).points.map(({ timeMs }) => timeMs),
      [0, 10, 11, 20, 30],
    )
    assert.deepEqual(backTo(11).faults, [])
    assert.deepEqual(
      backTo(10).faults.map(({ line, fromMs, toMs }) => [line, fromMs, toMs]),
      [[4, 10, 20]],
    )
  })
})
