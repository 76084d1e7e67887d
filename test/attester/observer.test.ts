import assert from "node:assert/strict"
import type { MeteredSensor, SensorReading } from "@wattest/protocol"
import { createNotices } from "../../attester/src/agent/notices.ts"
import { Observer } from "../../attester/src/agent/observer.ts"
import { Poller } from "../../attester/src/agent/poller.ts"
import type { Quantity } from "../../attester/src/sources/source.ts"
import { createDeviceClock } from "../../attester/src/time/clock.ts"
import { Watch } from "../../attester/src/time/watch.ts"

const METER: MeteredSensor = { sensor: "main/power", role: "energy", method: "trapezoid", periodMs: 50 }
const START_MS = 1_800_000_000_000
const SILENT_MS = 10_000

/** An observer of one meter that has been silent from a run's start on; each look at the clock finds it further on. */
function silentRun() {
  let nowMs = START_MS + SILENT_MS
  const clock = { ...createDeviceClock(), now: () => nowMs++ }
  const poller = new Poller(
    [],
    clock,
    createNotices(() => undefined),
  )
  const workload = { work: 0n, accepted: 0n, input: 0n, phase: "unspecified" } as const
  const observer = new Observer({ poller, clock, watch: new Watch(START_MS, 50), workload })
  const comparisons = { names: [], advance: () => [] }
  observer.begin({ metering: [METER], comparisons, startMs: START_MS, opening: [], aheadMs: 0 })
  return observer
}

describe("a run whose meter is silent", () => {
  it("ends now, however the clock goes on meanwhile: the silence is its own", async () => {
    const { timeMs } = await silentRun().divide(Number.POSITIVE_INFINITY)
    assert.ok(timeMs >= START_MS + SILENT_MS, `${timeMs - START_MS} ms after its start`)
  })

  it("ends now where a period is over in which it read nothing", async () => {
    const { timeMs } = await silentRun().divide(START_MS + 5000)
    assert.ok(timeMs >= START_MS + SILENT_MS, `${timeMs - START_MS} ms after its start`)
  })
})

describe("what is observed", () => {
  const reading = (sensor: string, timeMs: number, more: Partial<SensorReading> = {}): SensorReading => ({
    ...{ sensor, timeMs, value: "100", unit: "W", quantity: "power", surface: "test", grade: "measured", accuracy: {} },
    ...more,
  })
  const known = (quantity: Quantity, value: string, unit: string) =>
    [value, { value: { quantity, value, unit } }] as const

  /** An observer whose poller, clock and watch say what a test has put here. */
  function observed(metering: readonly MeteredSensor[] = [METER]) {
    const told = {
      readings: [] as readonly SensorReading[],
      isCounterGone: false,
      known: [] as readonly (readonly [string, object])[],
      nowMs: START_MS + 1000,
      aheadMs: 0,
      isApart: false,
    }
    const poller = {
      take: () => ({
        buffers: Map.groupBy(told.readings, ({ sensor }) => sensor),
        faults: new Map<string, number>(),
        isCounterGone: told.isCounterGone,
      }),
      refresh: async () => undefined,
      get known() {
        return new Map(told.known)
      },
    } as unknown as Poller
    const clock = {
      ...createDeviceClock(),
      ...{ now: () => told.nowMs, aheadMs: () => told.aheadMs, isApart: () => told.isApart },
    }
    const watch = new Watch(START_MS, 50)
    const workload = { work: 0n, accepted: 0n, input: 0n, phase: "unspecified" } as const
    const observer = new Observer({ poller, clock, watch, workload })
    const comparisons = { names: [], advance: () => [] }
    observer.begin({ metering, comparisons, startMs: START_MS, opening: [], aheadMs: 0 })
    observer.clockQuality = "synchronised"
    watch.look(START_MS + 1)
    watch.take()
    told.nowMs = START_MS + 2
    return { told, observer }
  }
  const said = ({ readings }: { readonly readings: readonly SensorReading[] }) =>
    readings.map(({ sensor, timeMs }) => [sensor, timeMs - START_MS])

  it("is every power that the plan meters, and of all else the newest, and the one before the cut", async () => {
    const { told, observer } = observed()
    told.readings = [1, 2, 3].flatMap((ms) => ["main/power", "b/heat"].map((sensor) => reading(sensor, START_MS + ms)))
    told.nowMs = START_MS + 4
    const powers = [1, 2, 3].map((ms) => ["main/power", ms])
    assert.deepEqual(said(observer.observe()), [...powers, ["b/heat", 3]])
    const later = observed()
    later.told.readings = told.readings
    later.told.nowMs = START_MS + 4
    assert.deepEqual(said(await later.observer.divide(START_MS + 2)), [...powers, ["b/heat", 2], ["b/heat", 3]])
  })

  it("ends where every living meter was read, with what was read before the last capture too", async () => {
    const other = { ...METER, sensor: "side/power" }
    const { told, observer } = observed([METER, other])
    told.readings = [reading(METER.sensor, START_MS + 2), reading(other.sensor, START_MS + 2)]
    told.nowMs = START_MS + 4
    observer.observe()
    told.readings = [reading(METER.sensor, START_MS + 5), reading(other.sensor, START_MS + 8)]
    told.nowMs = START_MS + 9
    assert.equal((await observer.divide(START_MS + 6)).timeMs, START_MS + 4)
  })

  it("is no value of the plan that cannot be metered, which is its sensor's fault, and costs no other", () => {
    const { told, observer } = observed()
    told.readings = [
      reading("main/power", START_MS + 1, { unit: "V" }),
      reading("main/power", START_MS + 2),
      reading("b/heat", START_MS + 1, { unit: "V" }),
    ]
    assert.deepEqual(said(observer.observe()), [
      ["main/power", 2],
      ["b/heat", 1],
      ["main/power/fault.malformed", 2],
    ])
  })

  it("never goes back in time, and says what the device does not see", () => {
    const { told, observer } = observed()
    told.nowMs = START_MS + 5000
    const { readings, timeMs } = observer.observe()
    assert.deepEqual([timeMs - START_MS, readings.map(({ quantity }) => quantity)], [5000, ["unwatched"]])
    told.nowMs = START_MS + 4000
    assert.equal(observer.observe().timeMs, START_MS + 5000)
  })

  it("says that a counter went, and how far ahead the clock is once that changes by a second", () => {
    const { told, observer } = observed()
    const surfaces = () => observer.observe().readings.map(({ sensor }) => sensor)
    told.isCounterGone = true
    assert.deepEqual(surfaces(), ["attester/restart"])
    told.isCounterGone = false
    told.aheadMs = 999
    assert.deepEqual(surfaces(), [])
    told.aheadMs = 1000
    assert.deepEqual([surfaces(), surfaces()], [["attester/ahead"], []])
  })

  it("has gauges: shares as means in hundredths of a per cent, the hottest part, and a clock that may be apart", () => {
    const { told, observer } = observed()
    assert.deepEqual([observer.gauges().smOccupancy, observer.gauges().inletCentikelvin], [null, null])
    told.known = [
      known("smOccupancy", "50", "%"),
      known("smOccupancy", "0.25", "1"),
      known("acceleratorTemperature", "61.5", "Cel"),
      known("acceleratorTemperature", "40", "Cel"),
      known("inletTemperature", "-300", "Cel"),
      known("dramActivity", "900", "%"),
    ]
    const { smOccupancy, dramActivity, acceleratorCentikelvin, inletCentikelvin, clock } = observer.gauges()
    assert.deepEqual([smOccupancy, dramActivity], [3750, 65_534])
    assert.deepEqual([acceleratorCentikelvin, inletCentikelvin, clock], [33_465, 0, "synchronised"])
    told.isApart = true
    assert.equal(observer.gauges().clock, "unsynchronised")
  })
})
