import assert from "node:assert/strict"
import { parseAgentConfig } from "../../attester/src/agent/config.ts"
import { awayOf } from "../../attester/src/agent/opening.ts"
import { meterEnergy, type PlanOptions, planMetering } from "../../attester/src/agent/plan.ts"
import type { KnownSensor } from "../../attester/src/agent/poller.ts"
import { readingOf } from "../../attester/src/agent/reading.ts"
import { UNDECLARED } from "../../attester/src/boundary/composition.ts"
import { drawBoundary } from "../../attester/src/boundary/drawing/draw.ts"
import { type Expression, leafOf } from "../../attester/src/boundary/expression.ts"
import { inventoryOf } from "../../attester/src/inventory/inventory.ts"
import { accuracy } from "../../attester/src/sources/accuracy.ts"
import type { SensorValue } from "../../attester/src/sources/source.ts"

const value = (sensor: string, more: Partial<SensorValue>, step = 0): SensorValue => ({
  sensor,
  surface: "test",
  quantity: "power",
  unit: "W",
  value: "500",
  timeMs: 1000,
  grade: "measured",
  accuracy: accuracy({ step, origin: "test" }),
  covers: "node",
  ...more,
})

const known = (...values: SensorValue[]): ReadonlyMap<string, KnownSensor> =>
  new Map(
    values.map((value) => {
      const reading = readingOf("pdu", value, 0)
      assert.ok(reading)
      return [reading.sensor, { source: "pdu", periodMs: 1000, value, reading }]
    }),
  )

const power = value("power", {}, 1)
const energy = (unit: SensorValue["unit"], step: number, more: Partial<SensorValue> = {}) =>
  value("energy", { quantity: "energy", unit, ...more }, step)
const plan = (...values: SensorValue[]) =>
  planMetering(known(...values), {
    boundary: "node",
    composition: { ...UNDECLARED, energy: leafOf("pdu") },
    sources: [],
    share: null,
    vouch: null,
  })
const chosen = (...values: SensorValue[]) => plan(...values).map(({ sensor }) => sensor)

describe("sensors that give way to other views", () => {
  it("are silent ones that carry energy, and none where the configuration has no other view", () => {
    const sensors = known(power, value("load", { quantity: "kernelTime", unit: "%" }), {
      ...value("late", {}),
      timeMs: 9000,
    })
    const awayFrom = (energy: Expression) =>
      awayOf(
        sensors,
        {
          ...{ boundary: "node", composition: { ...UNDECLARED, energy }, sources: [], share: null, vouch: null },
        },
        10_000,
      )
    assert.deepEqual([...awayFrom({ kind: "alternatives", of: [leafOf("pdu"), leafOf("bmc")] })], ["pdu/power"])
    assert.deepEqual([...awayFrom(leafOf("pdu"))], [])
  })
})

describe("what a voucher is told of a counter", () => {
  it("is where it begins anew, how much it can measure and how often it is read, as far as that is known", () => {
    const config = parseAgentConfig({ boundary: "node", sources: [{ kind: "rapl", id: "pdu" }] })
    const about = { device: `0x${"11".repeat(32)}`, validFrom: 1_700_000_000, previous: null } as const
    const told = (more: Partial<SensorValue>) => {
      const [sensor] = inventoryOf(config, known(energy("mJ", 1, more)), about).sensors
      return [sensor?.wrapsAt, sensor?.ratingWatts, sensor?.periodMs]
    }
    assert.deepEqual(told({ wrapsAt: "4096", ratingWatts: "2000" }), ["4096", "2000", 1000])
    assert.deepEqual(told({}), [undefined, undefined, 1000])
  })
})

describe("the metering plan", () => {
  for (const [what, unit, step] of [
    ["millijoules", "mJ", 1],
    ["RAPL's 61 uJ", "uJ", 61.035],
    ["1 kJ", "J", 1000],
    ["an ideal counter of kWh", "kWh", 0],
  ] as const)
    it(`believes a counter in steps of ${what} before power`, () => {
      assert.deepEqual(chosen(power, energy(unit, step)), ["pdu/energy"])
    })

  for (const [what, unit, step] of [
    ["0.1 kWh, as an APC PDU counts", "kWh", 0.1],
    ["whole kWh, as Redfish counts", "kWh", 1],
    ["1 Wh", "Wh", 1],
    ["1.001 kJ", "J", 1001],
  ] as const)
    it(`believes power before a counter in steps of ${what}`, () => {
      assert.deepEqual(chosen(energy(unit, step), power), ["pdu/power"])
      assert.deepEqual(
        plan(energy(unit, step), power).map(({ role, method }) => [role, method]),
        [["energy", "trapezoid"]],
      )
    })

  it("says at which count a counter begins anew where that is known, and else nothing", () => {
    const wrapsOf = (more: Partial<SensorValue>) => plan(energy("mJ", 1, more)).map((sensor) => Object.entries(sensor))
    const isSaid = (more: Partial<SensorValue>) =>
      wrapsOf(more)
        .flat()
        .filter(([name]) => name === "wrapsAt")
    assert.deepEqual([isSaid({}), isSaid({ wrapsAt: "4096" })], [[], [["wrapsAt", "4096"]]])
  })

  it("names as a counter's witness the power that the same source gives of the same thing, and none of a power", () => {
    const witnessed = (watts: Partial<SensorValue>, counter: Partial<SensorValue> = {}) =>
      plan({ ...power, ...watts }, energy("J", 1, counter)).find(({ sensor }) => sensor === "pdu/energy")?.witness
    const [of1, of2] = [{ part: "1" }, { part: "2" }]
    assert.deepEqual([witnessed({}), witnessed(of1, of1)], ["pdu/power", "pdu/power"])
    assert.deepEqual([witnessed(of2, of1), witnessed({ covers: "accelerator" })], [undefined, undefined])
    const elsewhere = new Map(
      [...known(energy("J", 1)), ...known(power)].map(([name, of]) => [name, { ...of, source: name }]),
    )
    const options = { share: null, vouch: null, known: elsewhere }
    const counter = [...elsewhere].find(([name]) => name === "pdu/energy")
    assert.ok(counter)
    assert.equal(meterEnergy(counter, "energy", options).witness, undefined)
    assert.deepEqual(
      plan(power).map(({ witness }) => witness),
      [undefined],
    )
  })

  it("takes a coarse counter where there is no power, or only power of a worse grade", () => {
    assert.deepEqual(chosen(energy("kWh", 0.1)), ["pdu/energy"])
    assert.deepEqual(chosen({ ...power, grade: "estimated" }, energy("kWh", 0.1)), ["pdu/energy"])
  })

  it("chooses for each part by itself", () => {
    const parts = [
      { ...power, sensor: "1/power", part: "1" },
      energy("kWh", 0.1, { sensor: "1/energy", part: "1" }),
      { ...power, sensor: "2/power", part: "2" },
      energy("J", 1, { sensor: "2/energy", part: "2" }),
    ]
    assert.deepEqual(chosen(...parts), ["pdu/1/power", "pdu/2/energy"])
  })
})

describe("the drawing of a boundary", () => {
  const drawn = (options: Partial<PlanOptions>, ...values: SensorValue[]) => {
    const given: PlanOptions = {
      ...{
        boundary: "node",
        composition: { ...UNDECLARED, energy: leafOf("pdu") },
        sources: [],
        share: null,
        vouch: null,
      },
      ...options,
    }
    const sensors = known(...values)
    return drawBoundary(planMetering(sensors, given), sensors, given)
  }

  const TEN = "└─ ten minutes of this: 300000 J, U 14 J (0.0 %), measured"
  const WHOLE = "energy of the boundary: 500.0 W, of one source, 1 of 1 metered"
  const READ = "500.0 W, measured, power every 1000 ms"
  const PLAIN = ["boundary node", TEN, WHOLE, `└─ pdu/power: ${READ}, no rating known`]

  it("says how a register is metered, and what ten minutes come to where something shows it", () => {
    assert.deepEqual(drawn({}, power), PLAIN)
    assert.deepEqual(drawn({ share: "0.5" }, { ...power, ratingWatts: "2000" }), [
      ...["boundary node", TEN.replace("300000", "150000").replace("measured", "allocated"), WHOLE],
      `└─ pdu/power: ${READ}, at most 2000 W, share 0.5, allocated at best`,
    ])
    assert.deepEqual(drawn({}, energy("J", 1), power), [
      ...["boundary node", TEN.replace("U 14", "U 1"), WHOLE],
      "└─ pdu/energy: 500.0 W, measured, counter every 1000 ms, no rating known, its power beside it",
      "compared: reconciliation/pdu/energy",
    ])
    assert.deepEqual(drawn({}, energy("J", 1)), [
      ...["boundary node", "└─ uncertainty: not known before its counters have moved"],
      WHOLE.replace("500.0 W", "power not shown"),
      "└─ pdu/energy: power not shown, measured, counter every 1000 ms, no rating known",
    ])
  })

  it("says which sensors of energy enter no register, which boards are missing, and that nobody said how many there are", () => {
    const load = value("load", { quantity: "kernelTime", unit: "%" })
    const idle = [value("psu", { part: "psu/1" }), value("cpu", { covers: "processor" }), load]
    assert.deepEqual(drawn({}, power, ...idle), [...PLAIN, "in no register: pdu/psu, pdu/cpu"])
    const board = value("gpu", { covers: "accelerator", part: "0" })
    const ofBoards = (boards: number | null) =>
      drawn(
        {
          composition: {
            ...UNDECLARED,
            energy: leafOf("pdu"),
            accelerators: leafOf("pdu"),
            expect: { boards, parts: null },
          },
        },
        power,
        board,
      )
    assert.deepEqual(ofBoards(2), [
      ...PLAIN,
      "accelerator boards: power not shown, of one source, 1 of 2 metered",
      `├─ pdu/gpu: ${READ}, no rating known`,
      "└─ expected board 2/silent: NOTHING; blind and declared until it answers, power every ? ms, no rating known",
      "compared: residual/node-accelerator",
      "MISSING: accelerators: expected board 2 gives nothing",
    ])
    assert.deepEqual(ofBoards(null).slice(1, 3), [
      TEN.replace("└", "├"),
      '└─ boards are those that answer: "expect": { "boards": N } makes a lost one a fault',
    ])
  })
})
