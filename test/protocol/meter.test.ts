import assert from "node:assert/strict"
import { createMeter, MAX_WAITING, Rejection, type SensorReading } from "@wattest/protocol"
import fc from "fast-check"
import { expandedMillijoules } from "../../protocol/src/metering/uncertainty.ts"

type Part = Partial<SensorReading> & { sensor: string; value: string; timeMs: number }
const reading = (part: Part): SensorReading => ({
  surface: "test",
  quantity: "power",
  unit: "W",
  grade: "measured",
  accuracy: {},
  ...part,
})
const power = (timeMs: number, value: string, more: Partial<SensorReading> = {}) =>
  reading({ sensor: "p", value, timeMs, ...more })
const counter = (timeMs: number, value: string, more: Partial<SensorReading> = {}) =>
  reading({ sensor: "c", quantity: "energy", unit: "J", value, timeMs, ...more })
const POWER = { sensor: "p", role: "energy", method: "trapezoid" } as const
const COUNTER = { sensor: "c", role: "energy", method: "counter" } as const

describe("the meter", () => {
  it("opens at zero and integrates power by trapezoid", () => {
    const meter = createMeter([POWER])
    assert.equal(meter.advance(0, [power(0, "100")]).registers.energyMillijoules, 0n)
    assert.equal(meter.advance(1000, [power(1000, "200")]).registers.energyMillijoules, 150_000n)
    assert.equal(meter.advance(3000, [power(3000, "200")]).registers.energyMillijoules, 550_000n)
  })

  it("floors the exact total, so that captures in between change nothing", () => {
    const readings = Array.from({ length: 50 }, (_, i) => power(i * 7, `0.${i + 1}3`))
    const once = createMeter([POWER])
    once.advance(0, readings.slice(0, 1))
    const often = createMeter([POWER])
    let last = often.advance(0, readings.slice(0, 1))
    for (const one of readings.slice(1)) last = often.advance(one.timeMs, [one])
    const whole = once.advance(49 * 7, readings.slice(1))
    assert.equal(last.registers.energyMillijoules, whole.registers.energyMillijoules)
  })

  it("interpolates where the start or a capture cuts a stretch", () => {
    const meter = createMeter([POWER])
    meter.advance(500, [power(0, "0")])
    // 0 W to 100 W over one second; from 0.5 s to 0.75 s: (50 + 75)/2 · 0.25 = 15.625 J
    const cut = meter.advance(750, [power(1000, "100")])
    assert.equal(cut.registers.energyMillijoules, 15_625n)
    assert.equal(meter.advance(1000, []).registers.energyMillijoules, 37_500n)
  })

  it("refuses a plan by which a sensor counts only from after the run's start", () => {
    const readings = [power(0, "100"), power(10_000, "100")]
    const whole = createMeter([{ ...POWER, sinceMs: 0 }])
    whole.advance(0, readings.slice(0, 1))
    assert.equal(whole.advance(10_000, readings).registers.energyMillijoules, 1_000_000n)
    assert.throws(
      () => createMeter([{ ...POWER, sinceMs: 9_999 }]).advance(0, readings.slice(0, 1)),
      (error) => error instanceof Rejection && error.code === "FIELD_MALFORMED",
    )
  })

  it("refuses a plan by which a sensor enters a role twice, and takes one in two roles", () => {
    const accelerator = { ...POWER, role: "accelerator", part: "0" } as const
    const meter = createMeter([POWER, accelerator])
    meter.advance(0, [power(0, "100")])
    const { registers } = meter.advance(1000, [power(1000, "100")])
    assert.deepEqual([registers.energyMillijoules, registers.acceleratorMillijoules], [100_000n, 100_000n])
    for (const twice of [POWER, { ...POWER, share: "0.5" }])
      assert.throws(
        () => createMeter([POWER, twice]),
        (error) => error instanceof Rejection && error.code === "FIELD_MALFORMED",
      )
    assert.throws(() => createMeter([accelerator, { ...accelerator, part: "1" }]), Rejection)
  })

  it("lets readings that run ahead of their captures wait, and only so many", () => {
    const ahead = (count: number) => Array.from({ length: count }, (_, i) => power(i + 1, "1000"))
    const joulesAfter = (count: number) => {
      const meter = createMeter([POWER])
      meter.advance(0, [power(0, "1000"), ...ahead(count)])
      return meter.advance(count, []).registers.energyMillijoules / 1000n
    }
    assert.equal(joulesAfter(MAX_WAITING), BigInt(MAX_WAITING))
    assert.equal(joulesAfter(MAX_WAITING + 1000), BigInt(MAX_WAITING), "what passes it counts for nothing")
  })

  it("counts those that wait over all captures and sensors", () => {
    const plan = [POWER, { ...POWER, sensor: "q" }]
    const meter = createMeter(plan)
    const half = MAX_WAITING / 2
    const ahead = (sensor: string) => Array.from({ length: half + 1 }, (_, i) => power(10 + i, "1000", { sensor }))
    meter.advance(0, [power(0, "1000"), ...ahead("p")])
    meter.advance(1, [power(0, "1000", { sensor: "q" }), ...ahead("q")])
    const { registers } = meter.advance(half + 10, [])
    // p waits whole, from 0 on; q until both have filled the room.
    assert.equal(registers.energyMillijoules, BigInt(half + 10 + half + 9 - 1) * 1000n)
  })

  it("counts readings up to the capture however many wait", () => {
    const late = { sensor: "l", role: "energy", method: "trapezoid" } as const
    const meter = createMeter([POWER, late])
    const flood = Array.from({ length: MAX_WAITING + 1 }, (_, i) => power(1e9 + i, "0", { sensor: "l" }))
    meter.advance(0, [power(0, "1000"), ...flood])
    assert.equal(meter.advance(1000, [power(500, "1000"), power(1000, "1000")]).registers.energyMillijoules, 1_000_000n)
  })

  it("adds the sensors of a register and takes the worst grade", () => {
    const meter = createMeter([POWER, COUNTER])
    meter.advance(0, [power(0, "100", { grade: "calibrated" }), counter(0, "0")])
    const metered = meter.advance(1000, [power(1000, "100", { grade: "calibrated" }), counter(1000, "40")])
    assert.equal(metered.registers.energyMillijoules, 140_000n)
    assert.equal(metered.energyGrade, "measured")
  })

  it("takes a declared share and grades it allocated", () => {
    const meter = createMeter([{ ...POWER, share: "0.25" }])
    meter.advance(0, [power(0, "100")])
    const metered = meter.advance(1000, [power(1000, "100")])
    assert.equal(metered.registers.energyMillijoules, 25_000n)
    assert.equal(metered.energyGrade, "allocated")
  })

  it("counts energy below 5 % occupancy as idle, by part", () => {
    const board = { sensor: "p", role: "accelerator", method: "trapezoid", part: "0" } as const
    const occupancy = { sensor: "o", role: "occupancy", method: "hold", part: "0" } as const
    const other = { sensor: "x", role: "occupancy", method: "hold", part: "1" } as const
    const share = (sensor: string, timeMs: number, value: string) => reading({ sensor, unit: "%", value, timeMs })
    const meter = createMeter([board, occupancy, other])
    meter.advance(0, [power(0, "100"), share("o", 0, "0"), share("x", 0, "90")])
    meter.advance(1000, [power(1000, "100"), share("o", 1000, "4.99")])
    const { registers } = meter.advance(2000, [power(2000, "100"), share("o", 2000, "5")])
    assert.equal(registers.acceleratorMillijoules, 200_000n)
    assert.equal(registers.idleMillijoules, 100_000n)
  })

  it("weighs energy with the intensity of its time and adds water intensities", () => {
    const intensity = (sensor: string, timeMs: number, value: string, unit: string) =>
      reading({ sensor, timeMs, value, unit })
    const meter = createMeter([
      POWER,
      { sensor: "i", role: "carbon-intensity", method: "hold" },
      { sensor: "w1", role: "water-intensity", method: "hold" },
      { sensor: "w2", role: "water-intensity", method: "hold" },
    ])
    meter.advance(0, [
      power(0, "3600000"),
      intensity("i", 0, "100", "gCO2e/kWh"),
      intensity("w1", 0, "1.5", "L/kWh"),
      intensity("w2", 0, "0.5", "L/kWh"),
    ])
    // 1 kWh at 100 g/kWh, then 1 kWh at 300 g/kWh.
    meter.advance(1000, [power(1000, "3600000")])
    const { registers } = meter.advance(2000, [intensity("i", 1500, "300", "gCO2e/kWh"), power(2000, "3600000")])
    assert.equal(registers.carbonMilligrams, 400_000n)
    assert.equal(registers.waterMillilitres, 4_000n)
  })

  it("weighs with the largest of several carbon intensities, whichever was read last", () => {
    const grid = (sensor: string, value: string) => reading({ sensor, timeMs: 0, value, unit: "gCO2e/kWh" })
    const plan = ["a", "b", "c"].map((sensor) => ({ sensor, role: "carbon-intensity", method: "hold" }) as const)
    const meter = createMeter([POWER, ...plan])
    meter.advance(0, [power(0, "3600000"), grid("a", "200"), grid("b", "300"), grid("c", "100")])
    assert.equal(meter.advance(1000, [power(1000, "3600000")]).registers.carbonMilligrams, 300_000n)
  })

  it("counts work at its readings, from the opening's count", () => {
    const work = (timeMs: number, value: string, grade: SensorReading["grade"]) =>
      reading({ sensor: "w", unit: "1", value, timeMs, grade })
    const meter = createMeter([POWER, { sensor: "w", role: "work", method: "counter" }])
    meter.advance(0, [power(0, "1"), work(0, "500", "declared")])
    const metered = meter.advance(1000, [power(1000, "1"), work(900, "512", "declared")])
    assert.equal(metered.registers.workUnits, 12n)
    assert.equal(metered.workGrade, "declared")
  })

  it("has for the grade of work the worst of what counts it, and water is none of it", () => {
    const gradeOf = (...counted: readonly (readonly ["work" | "input" | "water", SensorReading["grade"]])[]) => {
      const plan = counted.map(([role], i) => ({ sensor: `${i}`, role, method: "counter" }) as const)
      const meter = createMeter([POWER, ...plan])
      const readings = counted.map(([role, grade], i) =>
        reading({ sensor: `${i}`, unit: role === "water" ? "L" : "1", value: "1", timeMs: 0, grade }),
      )
      return meter.advance(0, readings).workGrade
    }
    assert.equal(gradeOf(), "calibrated")
    for (const role of ["work", "input"] as const) {
      assert.equal(gradeOf([role, "declared"], ["work", "measured"]), "declared")
      assert.equal(gradeOf(["work", "measured"], [role, "declared"]), "declared")
    }
    assert.equal(gradeOf(["work", "measured"], ["water", "declared"]), "measured")
  })

  it("ignores readings that do not advance their sensor's time", () => {
    const meter = createMeter([POWER])
    meter.advance(0, [power(0, "100")])
    meter.advance(1000, [power(1000, "100"), power(1000, "999"), power(0, "999")])
    assert.equal(meter.advance(2000, [power(1000, "5"), power(2000, "100")]).registers.energyMillijoules, 200_000n)
  })

  const uncertaintyOf = (accuracy: SensorReading["accuracy"], values = ["1000", "1000"]) => {
    const meter = createMeter([POWER])
    const [first = "", ...rest] = values
    meter.advance(0, [power(0, first, { accuracy })])
    let last = 0n
    for (const [i, value] of rest.entries())
      last = meter.advance((i + 1) * 1000, [power((i + 1) * 1000, value, { accuracy })]).registers
        .uncertaintyMillijoules
    return last
  }

  it("has no uncertainty for steady power of an ideal sensor, nor a gain's of no energy", () => {
    assert.equal(uncertaintyOf({}), 0n)
    assert.equal(uncertaintyOf({ gainLimit: "0.05" }, ["0", "0"]), 0n)
  })

  it("rounds what is above nothing up to a mJ", () => {
    assert.equal(expandedMillijoules({ limit: 0n, variance: 0n }), 0n)
    assert.equal(expandedMillijoules({ limit: 1n, variance: 0n }), 1n)
    assert.equal(expandedMillijoules({ limit: 0n, variance: 1n }), 1n)
    assert.equal(uncertaintyOf({ gainLimit: "0.000000001" }, ["0", "0.000000000000001"]), 1n)
  })

  it("expands a gain limit to 2·a/√3, linearly in time", () => {
    // 1 kJ ± 5 %: 2 · 50 J / √3 = 57.735… J
    assert.equal(uncertaintyOf({ gainLimit: "0.05" }), 57_736n)
    assert.equal(uncertaintyOf({ gainLimit: "0.05" }, ["1000", "1000", "1000"]), 115_471n)
  })

  it("adds gain errors of two sensors linearly", () => {
    const accuracy = { gainLimit: "0.05" }
    const meter = createMeter([POWER, { ...POWER, sensor: "q" }])
    const both = (timeMs: number) => [
      power(timeMs, "1000", { accuracy }),
      power(timeMs, "1000", { sensor: "q", accuracy }),
    ]
    meter.advance(0, both(0))
    assert.equal(meter.advance(1000, both(1000)).registers.uncertaintyMillijoules, 115_471n)
  })

  it("counts a counter's step once: 2·q/√6", () => {
    const accuracy = { step: "10" }
    const meter = createMeter([COUNTER])
    meter.advance(0, [counter(0, "0", { accuracy })])
    meter.advance(1000, [counter(1000, "100", { accuracy })])
    // 2 · 10 J / √6 = 8.165 J
    assert.equal(meter.advance(2000, [counter(2000, "200", { accuracy })]).registers.uncertaintyMillijoules, 8_165n)
  })

  /** Uncertainty of counts, `everyMs` apart, from 0. */
  const counted = (everyMs: number, counts: readonly number[], accuracy: SensorReading["accuracy"]) => {
    const meter = createMeter([COUNTER])
    const metered = counts.map((count, i) =>
      meter.advance(i * everyMs, [counter(i * everyMs, String(count), { accuracy })]),
    )
    return metered.at(-1)?.registers.uncertaintyMillijoules
  }
  const PART_TIME = { updateMs: "100", gapMs: "75" }

  it("limits what a counter's sensor misses by half the change of its mean power, over the blind part", () => {
    // Both ends: 100 ms late, at 100 W and 300 W: 10 J and 30 J wide, together 1000/12 J².
    // Without blind time 2·√(1000/12) = 18.257… J.
    assert.equal(counted(1000, [0, 100, 400], { updateMs: "100" }), 18_258n)
    // 100 W then 300 W: half of 200 W for 1 s is 100 J, of which 75 of 100 ms: 75 J.
    // 2·√(75²/3 + 1000/12) = 88.506… J.
    assert.equal(counted(1000, [0, 100, 400], PART_TIME), 88_507n)
  })

  it("adds what a counter's sensor misses linearly, and to the gain", () => {
    // Two changes of 200 W: 150 J; 5 % of 500 J: 25 J; the ends 10 J each: 2·√(175²/3 + 200/12) = 202.237… J.
    assert.equal(counted(1000, [0, 100, 400, 500], { ...PART_TIME, gainLimit: "0.05" }), 202_238n)
  })

  it("adds nothing for a blind sensor's steady power", () => {
    assert.equal(counted(1000, [0, 100, 200, 300], PART_TIME), counted(1000, [0, 100, 200, 300], { updateMs: "100" }))
  })

  it("takes a counter's mean power over ten updates, so that the age of an update is no change", () => {
    const jittering = Array.from({ length: 41 }, (_, i) => (i % 2 === 0 ? i * 10 : i * 10 - 10))
    assert.equal(counted(100, jittering, PART_TIME), counted(100, jittering, { updateMs: "100" }))
    // The same change as above, read ten times a second: the ends see the same powers.
    const changing = Array.from({ length: 21 }, (_, i) => (i <= 10 ? i * 10 : 100 + (i - 10) * 30))
    assert.equal(counted(100, changing, PART_TIME), 88_507n)
  })

  it("takes the shape between readings, the edges and a blind sensor into account", () => {
    assert.ok(uncertaintyOf({}, ["0", "1000"]) > 0n)
    assert.ok(
      uncertaintyOf({ updateMs: "100", gapMs: "75" }, ["0", "1000"]) >
        uncertaintyOf({ updateMs: "100" }, ["0", "1000"]),
    )
    assert.ok(uncertaintyOf({ windowMs: "1000" }) > uncertaintyOf({ windowMs: "100" }))
  })

  it("never lets a register fall, whatever the readings", () => {
    const point = fc.record({ at: fc.nat(5000), value: fc.nat(2000), c: fc.nat(2000) })
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 30 }), fc.nat(500), (points, step) => {
        const meter = createMeter([POWER, { ...COUNTER, wrapsAt: "2001" }])
        let last = meter.advance(100, [power(0, "5")]).registers
        for (const [i, { at, value, c }] of points.entries()) {
          const next = meter.advance(100 + i * step, [power(at, String(value)), counter(at, String(c))]).registers
          for (const name of Object.keys(last) as (keyof typeof last)[]) assert.ok(next[name] >= last[name], name)
          last = next
        }
      }),
    )
  })

  for (const [what, bad] of [
    ["a unit that the role does not have", power(0, "1", { unit: "J" })],
    ["a value below zero", power(0, "-1")],
    ["a negative limit", power(0, "1", { accuracy: { gainLimit: "-0.1" } })],
  ] as const)
    it(`refuses ${what}`, () => {
      assert.throws(
        () => createMeter([POWER]).advance(0, [bad]),
        (error) => error instanceof Rejection && error.code === "FIELD_MALFORMED",
      )
    })

  it("refuses a plan whose method does not fit its role", () => {
    assert.throws(() => createMeter([{ ...POWER, method: "hold" }]), Rejection)
  })
})
