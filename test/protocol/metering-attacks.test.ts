import assert from "node:assert/strict"
import { createMeter, type MeteredSensor, type SensorReading } from "@wattest/protocol"

const DAY_MS = 86_400_000
const WATTS = 300

const reading = (sensor: string, timeMs: number, value: number, unit: string): SensorReading => ({
  surface: "test",
  quantity: unit === "J" ? "energy" : "power",
  grade: "measured",
  accuracy: { gainLimit: "0.01" },
  value: String(value),
  ...{ sensor, timeMs, unit },
})
const power = (timeMs: number) => reading("p", timeMs, WATTS, "W")
const count = (timeMs: number) => reading("c", timeMs, (WATTS * timeMs) / 1000, "J")

const POWER: MeteredSensor = { sensor: "p", role: "energy", method: "trapezoid", periodMs: 1000, ratingWatts: "1000" }
const COUNTER: MeteredSensor = { sensor: "c", role: "energy", method: "counter", periodMs: 1000, ratingWatts: "1000" }

/** What a run's registers are after these readings, a capture each: J and ms, and the grade. */
function metered(plan: readonly MeteredSensor[], readings: readonly (readonly SensorReading[])[]) {
  const meter = createMeter(plan)
  const last = readings.map((own) => meter.advance(own[0]?.timeMs ?? 0, own)).at(-1)
  assert.ok(last)
  const { registers: r, energyGrade } = last
  const joules = Number(r.energyMillijoules) / 1000
  const uncertainty = Number(r.uncertaintyMillijoules) / 1000
  return { joules, uncertainty, blindMs: Number(r.blindMilliseconds), it: Number(r.itMillijoules) / 1000, energyGrade }
}

const minute = (read: (timeMs: number) => SensorReading) => Array.from({ length: 61 }, (_, i) => [read(i * 1000)])

describe("what an operator does to a plan or to its sensors", () => {
  it("a rating of 1 W: power above it is no reading, so that all of the run is blind and declared", () => {
    const { joules, blindMs, energyGrade } = metered([{ ...POWER, ratingWatts: "1" }], minute(power))
    assert.deepEqual([joules, blindMs, energyGrade], [0, 60_000, "declared"])
    assert.equal(metered([POWER], minute(power)).blindMs, 0)
  })

  it("a rating of 1 W: what a counter shows above it counts all the same, and is blind", () => {
    const { joules, blindMs } = metered([{ ...COUNTER, ratingWatts: "1" }], minute(count))
    // The last reading waits for the one after it.
    assert.ok(joules >= WATTS * 59 && joules <= WATTS * 60, `${joules} J`)
    assert.ok(blindMs >= 59_000, `${blindMs} ms`)
    assert.equal(metered([COUNTER], minute(count)).blindMs, 0)
  })

  it("silence for 90 days with one reading at the end: power is blind throughout, up to all that the rating lets flow", () => {
    const end = 90 * DAY_MS
    const silent = metered([POWER], [[power(0)], [power(1000)], [power(end)]])
    assert.equal(silent.blindMs, end - 1000)
    assert.ok(silent.joules + silent.uncertainty >= (1000 * (end - 1000)) / 1000, "all that may have flowed")
    assert.ok(silent.joules - silent.uncertainty <= 0, "or nothing of it")
  })

  it("silence for 90 days with one reading at the end: a counter tells all of it, and one that may have wrapped is blind", () => {
    const end = 90 * DAY_MS
    const readings = [[count(0)], [count(1000)], [count(end)]]
    const silent = metered([COUNTER], readings)
    assert.deepEqual([silent.blindMs, silent.joules], [0, (WATTS * end) / 1000])
    const width = 262_144
    const wrapped = readings.map((own) => own.map((r) => ({ ...r, value: String(Number(r.value) % width) })))
    const unsure = metered([{ ...COUNTER, wrapsAt: String(width) }], wrapped)
    assert.equal(unsure.blindMs, end - 1000)
    assert.ok(unsure.joules + unsure.uncertainty >= (WATTS * end) / 1000)
  })

  it("the utility meter as the IT equipment's: both registers are one, and none gains over blind stretches", () => {
    const both: readonly MeteredSensor[] = [POWER, { ...POWER, role: "it" }]
    const honest = metered(both, minute(power))
    assert.equal(honest.it, honest.joules)
    const blind = metered(both, [[power(0)], [power(1000)], [power(60_000)]])
    assert.equal(blind.joules, 60 * WATTS)
    assert.equal(blind.it, WATTS)
  })
})
