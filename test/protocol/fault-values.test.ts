import assert from "node:assert/strict"
import { createMeter, type MeteredSensor, type SensorReading } from "@wattest/protocol"

/** Readings of one sensor that people sent, at seconds of a run, with the value that is right. */
type Seen = readonly (readonly [second: number, value: number])[]

const counter = (more: Partial<MeteredSensor> = {}): MeteredSensor => ({
  ...{ sensor: "s", role: "energy", method: "counter", periodMs: 1000, ratingWatts: "700" },
  ...more,
})
const power: MeteredSensor = { sensor: "s", role: "energy", method: "trapezoid", periodMs: 1000, ratingWatts: "700" }

const restart = (second: number): SensorReading => ({
  ...{ sensor: "attester/restart", surface: "attester", quantity: "restart", unit: "1", value: "1" },
  ...{ timeMs: second * 1000, grade: "estimated", accuracy: {} },
})

/** Joules, their uncertainty, and seconds that are blind, up to the last second. */
function metered(plan: MeteredSensor, seen: Seen, untilSecond: number, signs: readonly SensorReading[] = []) {
  const meter = createMeter([plan])
  const readings = seen.map(([second, value]): SensorReading => {
    const unit = plan.method === "counter" ? "J" : "W"
    const about = { sensor: "s", surface: "test", quantity: plan.method === "counter" ? "energy" : "power", unit }
    return { ...about, value: String(value), timeMs: Math.round(second * 1000), grade: "measured", accuracy: {} }
  })
  for (const at of new Set(readings.map(({ timeMs }) => timeMs))) {
    const before = signs.filter(({ timeMs }) => timeMs < at && timeMs >= at - 1000)
    meter.advance(at, [...readings.filter(({ timeMs }) => timeMs === at), ...before])
  }
  const { registers, energyGrade } = meter.advance(untilSecond * 1000, [])
  return {
    joules: Number(registers.energyMillijoules) / 1000,
    uncertainty: Number(registers.uncertaintyMillijoules) / 1000,
    blindSeconds: Number(registers.blindMilliseconds) / 1000,
    grade: energyGrade,
  }
}

const steady = (from: number, to: number, value: (second: number) => number): Seen =>
  Array.from({ length: to - from + 1 }, (_, i) => [from + i, value(from + i)])

describe("values that people have been told wrongly", () => {
  it("one reading below the one before: 12 kJ, not 5.01 MJ", () => {
    const seen = steady(0, 40, (second) => (second === 20 ? 900_000 : 5_000_000 + 300 * second))
    const { joules, blindSeconds } = metered(counter({ wrapsAt: "5010000" }), seen, 40)
    assert.deepEqual([joules, blindSeconds], [12_000, 0])
  })

  it("a counter at 0 after a reboot, in a run of 3.4 s: no wrap of 62 kJ", () => {
    const seen: Seen = [
      [0, 200_000],
      [1, 200_300],
      [2.4, 90],
      [3.4, 390],
    ]
    const plan = counter({ wrapsAt: "262143" })
    for (const signs of [[], [restart(2)]]) {
      const { joules, uncertainty, blindSeconds } = metered(plan, seen, 3.4, signs)
      assert.ok(joules <= 1020 + 1, `${joules} J`)
      assert.ok(Math.abs(joules - 1020) <= uncertainty, `${joules} ± ${uncertainty} J of 1020`)
      assert.ok(blindSeconds >= 1.4)
    }
  })

  it("two hours away from a counter that wraps every 17 minutes: 1,800 kJ lie within what is said", () => {
    const [width, watts] = [262_143, 250]
    const seen = [...steady(0, 60, (s) => watts * s), [7260, (watts * 7260) % width] as const]
    const { joules, uncertainty, blindSeconds } = metered(counter({ wrapsAt: String(width) }), seen, 7260)
    const flowed = watts * 7260
    assert.ok(Math.abs(joules - flowed) < width, `${joules} J of ${flowed}`)
    assert.ok(Math.abs(joules - flowed) <= uncertainty, `${joules} ± ${uncertainty} J of ${flowed}`)
    assert.ok(blindSeconds >= 7200)
  })

  it("silence in the last 50 of 60 s at 300 W: all of the stretch is blind, and 18 kJ lie within what is said", () => {
    const { joules, uncertainty, blindSeconds } = metered(
      power,
      steady(0, 10, () => 300),
      60,
    )
    assert.equal(blindSeconds, 50)
    assert.equal(joules, 3000)
    assert.ok(Math.abs(joules - 18_000) <= uncertainty, `${joules} ± ${uncertainty} J`)
  })

  it("the same silence with an end: 18 kJ, blind", () => {
    const { joules, blindSeconds } = metered(power, [...steady(0, 10, () => 300), [60, 300]], 60)
    assert.deepEqual([joules, blindSeconds], [18_000, 50])
  })

  it("a host whose 20 s are told as 2 s: the energy of the counter stands, whatever the time", () => {
    const seen = Array.from({ length: 21 }, (_, i) => [i / 10, 300 * i] as const)
    assert.equal(metered(counter({ ratingWatts: "7000" }), seen, 2).joules, 6000)
  })
})
