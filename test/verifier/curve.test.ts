import assert from "node:assert/strict"
import { NO_GAUGES, type OpenedCapture, ZERO_REGISTERS } from "@wattest/protocol"
import {
  addedWattsOf,
  createCurve,
  type Interval,
  intervalBetween,
  joinIntervals,
  meanOf,
  powerOf,
} from "../../verifier/src/measure/curve.ts"

const capture = (sequence: number, timeMs: number, change: Partial<OpenedCapture> = {}): OpenedCapture => ({
  ...{ sequence, timeMs, salt: "0x", signature: "0x", registers: ZERO_REGISTERS, gauges: NO_GAUGES },
  sources: { nonce: "0x", readings: [] },
  ...change,
})

const LATER = {
  registers: {
    ...ZERO_REGISTERS,
    ...{ energyMillijoules: 9000n, uncertaintyMillijoules: 30n, acceleratorMillijoules: 5000n, workUnits: 7n },
  },
  gauges: {
    ...NO_GAUGES,
    ...{ smOccupancy: 5_000, dramActivity: 2_500, computeActivity: 1_000 },
    ...{ acceleratorCentikelvin: 330_00, inletCentikelvin: 295_00 },
  },
}

const EARLIER = {
  registers: {
    ...ZERO_REGISTERS,
    ...{ energyMillijoules: 1000n, uncertaintyMillijoules: 10n, acceleratorMillijoules: 500n, workUnits: 2n },
  },
}

/** Each of these is a difference, and each gauge a share times 2000 ms. */
const BETWEEN: Interval = {
  ...{ startMs: 500, endMs: 2500, energyMillijoules: 8000, uncertaintyMillijoules: 20, acceleratorMillijoules: 4500 },
  ...{ workUnits: 5, occupancy: { sum: 1000, ms: 2000 }, dram: { sum: 500, ms: 2000 } },
  ...{ compute: { sum: 200, ms: 2000 }, rise: { sum: 70_000, ms: 2000 } },
}
const NOTHING = { sum: 0, ms: 0 }

describe("what lies between two captures", () => {
  it("is the difference of registers, and the gauges of the second over the time", () => {
    assert.deepEqual(intervalBetween(capture(4, 500, EARLIER), capture(5, 2500, LATER)), BETWEEN)
  })

  it("has no gauges where captures in between are not shown, or nothing was measured", () => {
    const without = { occupancy: NOTHING, dram: NOTHING, compute: NOTHING, rise: NOTHING }
    const gauged = intervalBetween(capture(4, 500, EARLIER), capture(6, 2500, LATER))
    const { occupancy, dram, compute, rise } = gauged
    assert.deepEqual([occupancy, dram, compute, rise].map(meanOf), [null, null, null, null])
    assert.equal(gauged.energyMillijoules, 8000)
    const unmeasured = { ...LATER, gauges: NO_GAUGES }
    assert.deepEqual(intervalBetween(capture(4, 500, EARLIER), capture(5, 2500, unmeasured)), {
      ...BETWEEN,
      ...without,
    })
    for (const absent of ["acceleratorCentikelvin", "inletCentikelvin"] as const) {
      const gauges = { ...LATER.gauges, [absent]: null }
      const { rise } = intervalBetween(capture(4, 500, EARLIER), capture(5, 2500, { ...LATER, gauges }))
      assert.deepEqual(rise, NOTHING)
    }
  })

  it("adds up, from the first's start to the second's end", () => {
    const next = { ...BETWEEN, startMs: 2500, endMs: 4500, compute: NOTHING }
    assert.deepEqual(joinIntervals(BETWEEN, next), {
      ...{ startMs: 500, endMs: 4500, energyMillijoules: 16_000, uncertaintyMillijoules: 40 },
      ...{ acceleratorMillijoules: 9000, workUnits: 10, occupancy: { sum: 2000, ms: 4000 } },
      ...{ dram: { sum: 1000, ms: 4000 }, compute: { sum: 200, ms: 2000 }, rise: { sum: 140_000, ms: 4000 } },
    })
  })

  it("has a power in mJ per ms, and none without a length", () => {
    assert.deepEqual([powerOf(BETWEEN), addedWattsOf(BETWEEN), meanOf(BETWEEN.occupancy)], [4, 0.01, 0.5])
    const instant = { ...BETWEEN, endMs: 500 }
    assert.deepEqual([powerOf(instant), addedWattsOf(instant), meanOf(NOTHING)], [null, null, null])
  })
})

describe("a run's curve", () => {
  const intervals = (count: number) =>
    Array.from({ length: count }, (_, i): Interval => ({ ...BETWEEN, startMs: i, endMs: i + 1, energyMillijoules: i }))
  const drawn = (count: number, limit?: number) => {
    const curve = createCurve(limit)
    for (const interval of intervals(count)) curve.add(interval)
    return curve.intervals()
  }

  it("keeps each interval below its limit, and joins neighbours from it on", () => {
    const lengths = (count: number) => drawn(count, 8).map(({ startMs, endMs }) => endMs - startMs)
    assert.deepEqual(lengths(7), [1, 1, 1, 1, 1, 1, 1])
    assert.deepEqual(lengths(8), [2, 2, 2, 2])
    assert.deepEqual(lengths(9), [2, 2, 2, 2, 1])
    assert.deepEqual(lengths(16), [4, 4, 4, 4])
    assert.deepEqual(lengths(19), [4, 4, 4, 4, 3])
    assert.equal(drawn(1023).length, 1023)
    assert.equal(drawn(1024).length, 512)
  })

  it("has a last one without neighbour where its limit is odd", () =>
    assert.deepEqual(
      drawn(3, 3).map(({ startMs, endMs }) => [startMs, endMs]),
      [
        [0, 2],
        [2, 3],
      ],
    ))

  it("loses nothing and leaves no gap, however many there are", () => {
    for (let count = 1; count < 100; count++) {
      const curve = drawn(count, 7)
      assert.ok(curve.length <= 7, `${count}`)
      assert.equal(
        curve.reduce((sum, { energyMillijoules }) => sum + energyMillijoules, 0),
        (count * (count - 1)) / 2,
      )
      assert.deepEqual([curve[0]?.startMs ?? 0, curve.at(-1)?.endMs ?? 0], [0, count])
      for (const [i, { startMs }] of curve.entries()) assert.equal(startMs, curve[i - 1]?.endMs ?? 0)
    }
  })
})
