import assert from "node:assert/strict"
import type { OpenedCapture, SensorReading } from "@wattest/protocol"
import { createBoundaryWatch } from "../../verifier/src/quality/boundary-findings.ts"
import { createFindingLog } from "../../verifier/src/quality/findings.ts"
import type { WatchContext } from "../../verifier/src/quality/watch-context.ts"

const metering = [{ sensor: "counter", role: "energy", method: "counter", witness: "power" }]
const statement = { context: { metering } } as unknown as WatchContext["statement"]

const read = (sensor: string, timeMs: number, value: number, more: object = {}) =>
  ({ sensor, timeMs, value: `${value}`, accuracy: {}, ...more }) as unknown as SensorReading
const counted = (timeMs: number, value: number, step = 1, unit = "J") =>
  read("counter", timeMs, value, { unit, accuracy: { step: `${step}` } })
const power = (timeMs: number, value: number, unit = "W") => read("power", timeMs, value, { unit })

/** What is found of captures, a reading each. */
function found(...readings: readonly SensorReading[]) {
  const log = createFindingLog(0n)
  const watch = createBoundaryWatch({ log, statement } as unknown as WatchContext)
  for (const [sequence, reading] of readings.entries())
    watch.add({ sequence, sources: { readings: [reading] } } as unknown as OpenedCapture)
  watch.end()
  return log.findings().map(({ code }) => code)
}

describe("a counter beside a power that is read too", () => {
  const stands = (lastMs: number, watts: number, counter: SensorReading, unit = "W") =>
    found(counter, power(0, watts, unit), power(lastMs, 0, unit)).includes("COUNTER_STUCK")

  it("stands still where it is more than four of its steps behind, and after more than a minute", () => {
    assert.deepEqual(
      [60_000, 60_001].map((lastMs) => stands(lastMs, 10, counted(0, 5))),
      [false, true],
    )
    assert.deepEqual(
      [250, 249].map((step) => stands(100_000, 10, counted(0, 5, step))),
      [false, true],
    )
    assert.deepEqual(
      [1, 0.9].map((step) => stands(100_000, 144, counted(0, 5, step, "Wh"))),
      [false, true],
    )
    assert.equal(stands(100_000, 1, counted(0, 5, 249), "kW"), true)
  })

  it("has steps of 1 Wh where it states none", () =>
    assert.deepEqual(
      [144, 145].map((watts) => stands(100_000, watts, counted(0, 5, 0))),
      [false, true],
    ))

  it("goes on with each other value, and is asked about from its first one", () => {
    const [first, last] = [power(0, 10), power(100_000, 10)]
    assert.deepEqual(found(counted(0, 5), first, counted(50_000, 5), last), ["COUNTER_STUCK"])
    assert.deepEqual(found(counted(0, 5), first, counted(50_000, 6), last), [])
    assert.deepEqual(found(first, counted(50_000, 5), last), [])
    assert.deepEqual(found(counted(0, 5), last, first), [], "time that runs backwards is none")
  })

  it("is silent where no capture has it", () => {
    assert.deepEqual(found(power(0, 10)), ["SENSOR_SILENT"])
    assert.deepEqual(found(counted(0, 5)), [])
  })
})
