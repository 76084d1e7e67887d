import assert from "node:assert/strict"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { JOULES } from "@wattest/protocol"
import { createSource } from "../../../../attester/src/sources/create.ts"
import { only, readOnce, withFolder, withServer } from "../bench.ts"
import { withMeter, words } from "../rack/modbus-meter.ts"

const uint32 = (value: number) => words(4, (bytes) => bytes.writeUInt32BE(value))
/** A pulse module, a heat meter (GJ, hundredths), a water meter (m³, thousandths) and a feeder in MWh. */
const HOLDING = [...uint32(1234), ...uint32(98_765), ...uint32(1_234_567), ...uint32(4242)]

const read = async (port: number, register: object) => {
  const registers = [{ name: "x", table: "holding", type: "uint32", ...register }]
  const source = createSource({ kind: "modbus", host: "127.0.0.1", port, unitId: 7, registers, covers: "facility" })
  try {
    return await readOnce(source)
  } finally {
    await source.close()
  }
}

describe("units of plants", () => {
  it("reads water over Modbus: pulses of 2.5 L, and thousandths of a cubic metre", () =>
    withMeter(HOLDING, async (port) => {
      const pulses = only(await read(port, { quantity: "water", unit: "L", address: 0, factor: "2.5" }), "water")
      assert.deepEqual([pulses.value, pulses.unit, pulses.accuracy.step], ["3085.0", "L", 2.5])
      const metered = only(await read(port, { quantity: "water", unit: "m3", address: 4, exponent: -3 }), "water")
      assert.deepEqual([metered.value, metered.unit, metered.accuracy.step], ["1234.567", "m3", 0.001])
    }))

  it("reads heat in GJ and feeders in MWh, with their steps and wraps", () =>
    withMeter(HOLDING, async (port) => {
      const heat = only(await read(port, { quantity: "energy", unit: "GJ", address: 2, exponent: -2 }), "energy")
      assert.deepEqual([heat.value, heat.unit, heat.accuracy.step], ["987650000000", "J", 1e7])
      const feeder = only(await read(port, { quantity: "energy", unit: "MWh", address: 6 }), "energy")
      assert.deepEqual(
        [feeder.value, feeder.unit, feeder.accuracy.step, feeder.wrapsAt],
        ["4242000", "kWh", 1000, "4294967296000"],
      )
      // 80 A through a transformer of 400:5 are counted as 1.
      const behind = only(await read(port, { quantity: "energy", unit: "Wh", address: 6, factor: "80" }), "energy")
      assert.deepEqual([behind.value, behind.wrapsAt], ["339360", "343597383680"])
    }))

  it("comes to the same joules and litres from a file and from a service", () =>
    withFolder(async (folder) => {
      const file = join(folder, "plant.csv")
      const row = {
        time: new Date(Date.now() - 5000).toISOString(),
        heat: "12.5",
        grid: "3.25",
        power: "1.5",
        pulses: "7",
      }
      writeFileSync(file, `${Object.keys(row).join(",")}\n${Object.values(row).join(",")}\n`)
      const values = (at: (name: string) => string) => [
        { at: at("heat"), name: "heat", quantity: "energy", unit: "GJ", part: "heat" },
        { at: at("grid"), name: "grid", quantity: "energy", unit: "MWh", part: "grid" },
        { at: at("power"), name: "power", quantity: "power", unit: "MW" },
        { at: at("pulses"), name: "pulses", quantity: "water", unit: "L", factor: "10" },
      ]
      const time = { at: "time", format: "iso" }
      const fromFile = await readOnce(createSource({ kind: "csv", file, time, values: values((name) => name) }))
      const fromService = await withServer(
        (_, response) => response.end(JSON.stringify(row)),
        (url) => readOnce(createSource({ kind: "json", url: url.href, values: values((name) => `/${name}`) })),
      )
      for (const found of [fromFile, fromService]) {
        const joules = found
          .filter(({ quantity }) => quantity === "energy")
          .map(({ value, unit }) => Number(value) * (JOULES[unit] ?? Number.NaN))
        assert.deepEqual(joules, [12.5e9, 3.25 * 3.6e9])
        assert.deepEqual([only(found, "power").value, only(found, "power").unit], ["1500", "kW"])
        assert.deepEqual([only(found, "water").value, only(found, "water").unit], ["70", "L"])
      }
    }))

  it("refuses units of another quantity, and factors that are none", () => {
    const make = (register: object) => () =>
      createSource({
        kind: "modbus",
        host: "h",
        registers: [{ name: "x", table: "holding", address: 0, type: "uint32", ...register }],
      })
    assert.throws(make({ quantity: "water", unit: "kWh" }), /unit: must be one of mL, L, m3/)
    assert.throws(make({ quantity: "energy", unit: "GW" }), /unit: must be one of .*MWh, GWh, kJ, MJ, GJ/)
    assert.throws(make({ quantity: "power", unit: "MWh" }), /unit: must be one of mW, W, kW, MW/)
    for (const factor of ["0", "-1", "1e3", "0.000", 2.5])
      assert.throws(make({ quantity: "water", unit: "L", factor }), /factor: must be/)
  })
})
