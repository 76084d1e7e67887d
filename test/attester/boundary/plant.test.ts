import assert from "node:assert/strict"
import { createMeter, type SensorReading } from "@wattest/protocol"
import { accuracy } from "../../../attester/src/sources/accuracy.ts"
import type { Quantity, SensorValue, Unit } from "../../../attester/src/sources/source.ts"
import { type Answers, knownOf, planned, power, sensorsOf } from "./bench.ts"

const modbus = (id: string, quantity: string, unit: string, more: object = {}) => ({
  kind: "modbus",
  id,
  host: `${id}.example`,
  registers: [{ name: quantity, quantity, unit, table: "holding", address: 0, type: "uint32" }],
  covers: "facility",
  ...more,
})

const factor = (quantity: string, id: string = quantity, origin = "report") => ({
  kind: "factor",
  id,
  quantity,
  unit: "L/kWh",
  value: "2",
  gainLimit: 0.1,
  origin,
})

const value = (quantity: Quantity, unit: Unit, number: string, more: Partial<SensorValue> = {}): SensorValue => ({
  ...power(0, { covers: "facility" }),
  sensor: quantity,
  quantity,
  unit,
  value: number,
  accuracy: accuracy({ origin: "test" }),
  ...more,
})

/** Registers over one hour in which counters go from their first answers to the second. */
function hourOf(config: object, first: Answers, second: Answers) {
  const meter = createMeter(planned(config, first))
  const at = (answers: Answers, timeMs: number): readonly SensorReading[] =>
    [...knownOf(answers).values()].map(({ reading }) => ({ ...reading, timeMs }))
  meter.advance(0, at(first, 0))
  return meter.advance(3_600_000, at(second, 3_600_000)).registers
}

const MAIN = modbus("main", "energy", "kWh", { ratingWatts: 2_000_000 })
const energy = (kilowattHours: number) => [value("energy", "kWh", String(kilowattHours))]
const water = (cubicMetres: string, name = "water") => [value("water", "m3", cubicMetres, { sensor: name })]
const siteWater = [value("siteWater", "L/kWh", "2", { covers: "grid", grade: "declared" })]
const source = [value("waterIntensity", "L/kWh", "3", { covers: "grid", grade: "declared" })]

describe("a plant's meters", () => {
  describe("of water", () => {
    const config = (sources: readonly object[], more: object = {}) => ({
      boundary: "facility",
      sources: [MAIN, ...sources],
      ...more,
    })
    const meter = modbus("mains", "water", "m3")

    it("counts cubic metres in millilitres", () => {
      const { waterMillilitres } = hourOf(
        config([meter]),
        { main: energy(100), mains: water("1234.560") },
        { main: energy(1100), mains: water("1236.061") },
      )
      assert.equal(waterMillilitres, 1_501_000n)
    })

    it("counts by the site's factor where no meter does, and by the meter alone where one does", () => {
      const factored = config([factor("siteWater")])
      const answers = (kilowattHours: number) => ({ main: energy(kilowattHours), siteWater })
      assert.equal(hourOf(factored, answers(100), answers(1100)).waterMillilitres, 2_000_000n)
      const both = config([factor("siteWater"), meter])
      const metered = (kilowattHours: number, cubicMetres: string) => ({
        ...answers(kilowattHours),
        mains: water(cubicMetres),
      })
      assert.equal(hourOf(both, metered(100, "10"), metered(1100, "11.5")).waterMillilitres, 1_500_000n)
    })

    it("keeps water of power plants out of the site's register", () => {
      const both = config([factor("siteWater"), factor("waterIntensity")])
      const answers = (kilowattHours: number) => ({ main: energy(kilowattHours), siteWater, waterIntensity: source })
      assert.equal(hourOf(both, answers(100), answers(1100)).waterMillilitres, 2_000_000n)
      const alone = config([factor("waterIntensity")])
      const only = { main: energy(100), waterIntensity: source }
      assert.deepEqual(sensorsOf(planned(alone, only), "water-intensity"), [])
    })

    it("takes one of two factors of a site, never both", () => {
      const two = config([factor("siteWater", "report"), factor("siteWater", "guess", "a guess")])
      const plan = planned(two, { main: energy(100), report: siteWater, guess: siteWater })
      assert.deepEqual(sensorsOf(plan, "water-intensity"), ["report/siteWater"])
    })

    describe("by two meters", () => {
      const two = [meter, modbus("tower", "water", "m3")]
      const first = { main: energy(100), mains: water("10"), tower: water("3") }
      const second = { main: energy(1100), mains: water("12"), tower: water("4") }

      it("refuses to guess whether one lies behind the other, and takes each line that it names", () => {
        try {
          planned(config(two), first)
          assert.fail("a refusal expected")
        } catch (error) {
          assert.ok(error instanceof Error && error.name === "BoundaryError", String(error))
          assert.match(error.message, /2 meters count water.*mains\/water \(10 m3\), tower\/water \(3 m3\)/)
          const lines = [...(error as Error & { hint: string }).hint.matchAll(/"water": (\{.*?\})\s{3}/g)]
          const found = lines.map(
            ([, text]) => hourOf(config(two, { water: JSON.parse(text ?? "") }), first, second).waterMillilitres,
          )
          assert.deepEqual(found, [3_000_000n, 2_000_000n])
        }
      })

      it("counts nothing by one of two that add up while the other is silent", () => {
        const sum = config([...two, factor("siteWater")], { water: { sum: ["mains", "tower"] } })
        const dark = { main: energy(100), mains: water("10"), siteWater }
        assert.deepEqual(sensorsOf(planned(sum, dark), "water"), [])
        assert.deepEqual(sensorsOf(planned(sum, dark), "water-intensity"), ["siteWater/siteWater"])
        assert.deepEqual(sensorsOf(planned(sum, { ...first, siteWater }), "water"), ["mains/water", "tower/water"])
      })

      it("takes no alternatives of water", () =>
        assert.throws(
          () => planned(config(two, { water: { alternatives: ["mains", "tower"] } }), first),
          /water: must name one meter/,
        ))
    })
  })

  describe("of IT energy and of heat", () => {
    const config = (more: object) => ({
      boundary: "facility",
      sources: [
        MAIN,
        modbus("ups-a", "energy", "kWh", { ratingWatts: 1_000_000 }),
        modbus("ups-b", "energy", "kWh", { ratingWatts: 1_000_000 }),
        modbus("heat", "energy", "MWh", { ratingWatts: 1_000_000 }),
      ],
      energy: "main",
      ...more,
    })
    const roles = { it: { sum: ["ups-a", "ups-b"] }, reused: "heat" }
    const answers = (main: number, a: number, b: number, heat: number) => ({
      main: energy(main),
      "ups-a": energy(a),
      "ups-b": energy(b),
      heat: energy(heat),
    })
    const kilowattHour = 3_600_000_000n

    it("meters the facility, what the UPS give to IT, and the heat that leaves, each in its register", () => {
      const found = hourOf(config(roles), answers(5000, 700, 800, 90), answers(6000, 1050, 1250, 290))
      assert.deepEqual(
        [found.energyMillijoules, found.itMillijoules, found.reusedMillijoules],
        [1000n * kilowattHour, 800n * kilowattHour, 200n * kilowattHour],
      )
    })

    it("refuses a UPS or a heat meter that stands in no register", () => {
      const { it: _, ...withoutIt } = roles
      assert.throws(() => planned(config(withoutIt), answers(1, 1, 1, 1)), /ups-a .*, ups-b .*meters facility too/)
      const { reused: __, ...withoutHeat } = roles
      assert.throws(() => planned(config(withoutHeat), answers(1, 1, 1, 1)), /heat .*meters facility too/)
    })
  })

  it("counts prompt tokens as input and output tokens as work, by their own counters", () => {
    const config = { boundary: "facility", sources: [MAIN, { kind: "vllm", url: "http://engine.example/metrics" }] }
    const tokens = (quantity: Quantity, count: number) =>
      value(quantity, "1", String(count), { covers: "workload", grade: "declared" })
    const answers = (kilowattHours: number, output: number, prompt: number) => ({
      main: energy(kilowattHours),
      vllm: [tokens("work", output), tokens("prefillWork", prompt), tokens("decodeWork", output)],
    })
    const found = hourOf(config, answers(100, 50, 1000), answers(200, 750, 9000))
    assert.deepEqual([found.workUnits, found.inputUnits], [700n, 8000n])
    const none = hourOf(config, { main: energy(1), vllm: [tokens("work", 1)] }, { main: energy(2), vllm: [] })
    assert.equal(none.inputUnits, 0n)
  })
})
