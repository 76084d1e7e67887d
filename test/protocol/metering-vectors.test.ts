import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { createMeter, type MeteredSensor, REGISTERS, type SensorReading } from "@wattest/protocol"
import fc from "fast-check"

type Expected = { readonly energyGrade: string; readonly [register: string]: string }
type Vector = {
  readonly name: string
  readonly captures: readonly { readonly timeMs: number; readonly readings: readonly SensorReading[] }[]
  readonly expect: Expected
  readonly plan?: readonly MeteredSensor[]
}
type Case = Vector & { readonly plan: readonly MeteredSensor[]; readonly twin: Vector }

const { cases } = JSON.parse(readFileSync("test/vectors/metering.json", "utf8")) as { readonly cases: readonly Case[] }

/** The last capture's registers and grade, as far as a vector names them. */
function metered({ captures, expect }: Vector, plan: readonly MeteredSensor[]): Expected {
  const meter = createMeter(plan)
  let last = meter.advance(captures[0]?.timeMs ?? 0, captures[0]?.readings ?? [])
  for (const { timeMs, readings } of captures.slice(1)) last = meter.advance(timeMs, readings)
  const named = REGISTERS.filter((name) => name in expect).map((name) => [name, last.registers[name].toString()])
  return { ...Object.fromEntries(named), energyGrade: last.energyGrade }
}

describe("from readings to registers, by vectors", () => {
  for (const one of cases) {
    it(one.name, () => assert.deepEqual(metered(one, one.plan), one.expect))
    it(`but: ${one.twin.name}`, () => assert.deepEqual(metered(one.twin, one.twin.plan ?? one.plan), one.twin.expect))
  }
})

describe("the meter, whatever readings say", () => {
  const PLAN: readonly MeteredSensor[] = [
    {
      sensor: "c",
      role: "energy",
      method: "counter",
      periodMs: 1000,
      ratingWatts: "1000",
      wrapsAt: "5000",
      witness: "p",
    },
    { sensor: "d", role: "energy", method: "counter", periodMs: 1000 },
    { sensor: "p", role: "accelerator", method: "trapezoid", periodMs: 1000, part: "0", ratingWatts: "500" },
    { sensor: "p", role: "it", method: "trapezoid", periodMs: 1000 },
    { sensor: "o", role: "occupancy", method: "hold", part: "0" },
    { sensor: "w", role: "work", method: "counter" },
    { sensor: "a", role: "accepted", method: "counter" },
  ]
  const UNITS: { readonly [sensor: string]: string } = { c: "J", d: "J", p: "W", o: "%", w: "1", a: "1" }
  const at = fc.integer({ min: 0, max: 100_000 })
  const reading: fc.Arbitrary<SensorReading> = fc
    .record({
      sensor: fc.constantFrom(...Object.keys(UNITS)),
      timeMs: at,
      value: fc.oneof(fc.nat(10_000), fc.nat(), fc.constant(0)),
      step: fc.constantFrom("0", "0.001", "10"),
      updateMs: fc.constantFrom("0", "100", "1000"),
    })
    .map(({ sensor, timeMs, value, step, updateMs }) => ({
      ...{ sensor, timeMs, value: String(value), unit: UNITS[sensor] ?? "" },
      ...{ surface: "fuzz", quantity: "", grade: "measured", accuracy: { step, updateMs } },
    }))
  const sign: fc.Arbitrary<SensorReading> = fc
    .record({ quantity: fc.constantFrom("unwatched", "restart"), timeMs: at, value: fc.nat(5000) })
    .map(({ quantity, timeMs, value }) => ({
      ...{ sensor: "attester/watch", surface: "attester", quantity, unit: "ms", value: String(value), timeMs },
      ...{ grade: "measured", accuracy: {} },
    }))
  const captures = fc.array(
    fc.record({
      pass: fc.nat(8000),
      readings: fc.array(fc.oneof({ weight: 9, arbitrary: reading }, sign), { maxLength: 12 }),
    }),
    { minLength: 2, maxLength: 20 },
  )

  it("never lets a register fall, nor blind time pass time, nor parts pass their whole", () => {
    fc.assert(
      fc.property(captures, (steps) => {
        const meter = createMeter(PLAN)
        let timeMs = 0
        let last = meter.advance(0, steps[0]?.readings ?? []).registers
        for (const { pass, readings } of steps.slice(1)) {
          timeMs += pass
          const { registers: next } = meter.advance(timeMs, readings)
          for (const name of REGISTERS) assert.ok(next[name] >= last[name], `${name} fell`)
          assert.ok(next.blindMilliseconds <= BigInt(timeMs))
          assert.ok(next.acceptedUnits <= next.workUnits)
          assert.ok(next.idleMillijoules <= next.acceleratorMillijoules)
          last = next
        }
      }),
      { numRuns: process.env.WATTEST_DEPTH === "deep" ? 200_000 : 3000 },
    )
  })

  it("gives the same from the same, and carries readings on that it takes itself", () => {
    fc.assert(
      fc.property(captures, (steps) => {
        const [one, other] = [createMeter(PLAN), createMeter(PLAN)]
        let timeMs = 0
        for (const { pass, readings } of steps) {
          timeMs += pass
          assert.deepEqual(one.advance(timeMs, readings), other.advance(timeMs, readings.toReversed().toReversed()))
        }
        // A sign that a reading ahead of its capture has used up is not carried: the reading is doubted anew.
        fc.pre(!steps.some(({ readings }) => readings.some(({ quantity }) => quantity === "restart")))
        const next = createMeter(PLAN)
        next.advance(timeMs, one.carried())
        assert.deepEqual(next.believed(), one.believed())
      }),
      { numRuns: 1000 },
    )
  })
})
