import assert from "node:assert/strict"
import { IMPOSSIBLE_RATINGS } from "@wattest/protocol"
import { cutName, sensorName } from "../../attester/src/agent/reading.ts"
import { accuracy } from "../../attester/src/sources/accuracy.ts"
import { implausible, impossible } from "../../attester/src/sources/entrance/plausible.ts"
import type { Quantity, SensorValue, Unit } from "../../attester/src/sources/source.ts"

const reading = (quantity: Quantity, unit: Unit, value: string, timeMs = 1000): SensorValue => ({
  sensor: "s/x",
  covers: "node",
  surface: "test",
  quantity,
  unit,
  value,
  timeMs,
  grade: "measured",
  accuracy: accuracy({ origin: "test" }),
})

describe("a reading that the world could not give", () => {
  it("is more work than a workload delivers, by count or by rate", () => {
    assert.equal(impossible(reading("work", "1", "100000000000000000"), undefined), null)
    assert.match(impossible(reading("work", "1", "100000000000001000"), undefined) ?? "", /units/)
    const before = reading("work", "1", "500")
    assert.equal(impossible(reading("work", "1", "2000000500", 3000), before), null)
    assert.match(impossible(reading("work", "1", "2000001500", 3000), before) ?? "", /a second/)
  })

  it("is a count that began anew and has gained too much already", () => {
    const before = reading("work", "1", "90000000000")
    assert.equal(impossible(reading("work", "1", "20", 3000), before), null)
    assert.equal(impossible(reading("work", "1", "90000000000", 3000), before), null, "one that stands still")
    assert.match(impossible(reading("work", "1", "80000000000", 3000), before) ?? "", /a second/)
  })

  it("is power, energy or a factor beyond everything", () => {
    assert.equal(impossible(reading("power", "kW", "10000000"), undefined), null)
    assert.notEqual(impossible(reading("power", "kW", "10000001"), undefined), null)
    assert.equal(impossible(reading("carbonIntensity", "gCO2e/kWh", "100000"), undefined), null)
    assert.notEqual(impossible(reading("carbonIntensity", "gCO2e/kWh", "1".padEnd(27, "0")), undefined), null)
    const before = reading("energy", "J", "5")
    assert.equal(impossible(reading("energy", "J", "10000000005", 2000), before), null)
    assert.notEqual(impossible(reading("energy", "J", "20000000005", 2000), before), null)
  })

  it("is more water than a river, in whatever unit, and a factor of the site beyond everything", () => {
    for (const [unit, most, more] of [
      ["m3", "1005", "2006"],
      ["L", "1000005", "2000006"],
      ["mL", "1000000005", "2000000006"],
    ] as const) {
      const before = reading("water", unit, "5")
      assert.equal(impossible(reading("water", unit, most, 2000), before), null, unit)
      assert.match(impossible(reading("water", unit, more, 2000), before) ?? "", /a second/)
      assert.equal(impossible(before, reading("water", unit, more, 2000)), null, "a meter that is replaced")
    }
    assert.notEqual(impossible(reading("siteWater", "L/kWh", "100001"), undefined), null)
  })

  it("is nothing at all where what is read as a whole answers, and may be nothing where a part of it is", () => {
    const zero = { ...reading("power", "W", "0"), ratingWatts: "100" }
    const isRefused = (more: Partial<SensorValue>) => implausible({ ...zero, ...more }) !== null
    assert.ok(isRefused({}))
    assert.ok(isRefused({ covers: "accelerator" }))
    assert.ok(isRefused({ covers: "accelerator", part: "gpu-0" }))
    assert.ok(!isRefused({ part: "outlet-1" }))
    assert.ok(!isRefused({ covers: "rest" }))
    assert.ok(!isRefused({ value: "0.001" }))
    assert.ok(!isRefused({ quantity: "energy" }), "a counter begins at 0")
  })

  it("is power below zero, or beyond what can flow there, in whatever unit", () => {
    const said = (value: string, unit: Unit, ratingWatts = "1000") =>
      implausible({ ...reading("power", unit, value), ratingWatts }) ?? ""
    assert.match(said("-1", "W"), /below zero/)
    assert.equal(said("1", "W"), "")
    const most = 1000 * IMPOSSIBLE_RATINGS
    assert.equal(said(`${most}`, "W"), "")
    assert.match(said(`${most + 1}`, "W"), /and 1000 W can flow there/)
    assert.equal(said(`${most / 1000}`, "kW"), "")
    assert.match(said(`${most / 1000 + 1}`, "kW"), /can flow there/)
  })

  it("has a name that is cut between characters", () => {
    assert.equal(cutName(`${"a".repeat(127)}😀`), "a".repeat(127))
    assert.equal(cutName(`${"a".repeat(126)}😀`), `${"a".repeat(126)}😀`)
    assert.ok(sensorName("s", `${"a".repeat(108)}${"😀".repeat(20)}`).isWellFormed())
  })
})
