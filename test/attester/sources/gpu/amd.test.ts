import assert from "node:assert/strict"
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createSource } from "../../../../attester/src/sources/create.ts"
import { parseAmdSmi } from "../../../../attester/src/sources/gpu/amd-smi.ts"
import { only, readOnce, rejectsWith, withFolder } from "../bench.ts"

/** A board as amd-smi of ROCm 7 prints it. */
const BOARD = {
  gpu: 0,
  usage: { gfx_activity: { value: 97, unit: "%" }, umc_activity: { value: 41, unit: "%" }, mm_activity: "N/A" },
  power: { socket_power: { value: 742, unit: "W" }, gfx_voltage: "N/A" },
  temperature: { edge: "N/A", hotspot: { value: 71, unit: "C" }, mem: { value: 55, unit: "C" } },
  energy: { total_energy_consumption: { value: 12345678.901, unit: "J" } },
}

describe("amd-smi", () => {
  it("reads boards of newer and older answers", () => {
    const older = { gpu: 1, power: { socket_power: 90 }, energy: { total_energy_consumption: "N/A" }, usage: "N/A" }
    const values = parseAmdSmi("amd", JSON.stringify({ gpu_data: [BOARD, older] }))
    assert.equal(only(values, "energy").value, "12345678.901")
    assert.deepEqual([only(values, "power", "gpu/0").value, only(values, "power", "gpu/1").value], ["742", "90"])
    const table = (text: string) => parseAmdSmi("amd", text).map(({ sensor, value }) => [sensor, value])
    assert.deepEqual(table(JSON.stringify([BOARD])), table(JSON.stringify({ gpu_data: [BOARD] })))
  })

  it("leaves out what is N/A, and refuses other units, texts and shapes", () => {
    const read = (board: unknown) => () => parseAmdSmi("amd", JSON.stringify([board]))
    assert.deepEqual(read({ gpu: 0, power: { socket_power: "N/A" } })(), [])
    assert.throws(read({ gpu: 0, power: { socket_power: { value: 0.7, unit: "kW" } } }), /not a number in W: 0.7 kW/)
    assert.throws(read({ gpu: 0, power: { socket_power: "high" } }), /not a number/)
    assert.throws(read({ power: { socket_power: 5 } }), /no number/)
    assert.throws(() => parseAmdSmi("amd", "[]"), /named no board/)
    assert.throws(() => parseAmdSmi("amd", "ERROR: no driver"), /not JSON/)
  })

  it("runs the tool, and reports a missing one", () =>
    withFolder(async (folder) => {
      const command = join(folder, "amd-smi")
      writeFileSync(command, `#!/bin/sh\ncat <<'END'\n${JSON.stringify([BOARD])}\nEND\n`)
      chmodSync(command, 0o755)
      assert.equal(only(await readOnce(createSource({ kind: "amd-smi", command })), "power").value, "742")
      await rejectsWith("missing", readOnce(createSource({ kind: "amd-smi", command: join(folder, "none") })))
    }))
})

describe("hwmon of accelerators", () => {
  const makeMonitor = (root: string, name: string, files: Record<string, string>) => {
    const folder = join(root, name)
    mkdirSync(folder)
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), `${text}\n`)
    return folder
  }

  it("reads power, energy and temperatures, named by PCI address", () =>
    withFolder(async (root) => {
      const amd = makeMonitor(root, "hwmon3", {
        name: "amdgpu",
        power1_average: "742000001",
        temp1_label: "edge",
        temp1_input: "60000",
        temp2_label: "junction",
        temp2_input: "71500",
      })
      mkdirSync(join(root, "0000:03:00.0"))
      symlinkSync("../0000:03:00.0", join(amd, "device"))
      makeMonitor(root, "hwmon4", { name: "xe", energy1_input: "987654321" })
      makeMonitor(root, "hwmon0", { name: "nvme", power1_input: "5000000" })
      const values = await readOnce(createSource({ kind: "hwmon", root }))
      const power = only(values, "power")
      assert.deepEqual([power.value, power.part, power.unit], ["742.000001", "0000:03:00.0", "W"])
      assert.equal(only(values, "acceleratorTemperature").value, "71.500")
      assert.equal(only(values, "energy").value, "987654321")
    }))

  it("reports a machine without accelerators as missing, and a broken file as malformed", () =>
    withFolder(async (root) => {
      await rejectsWith("missing", readOnce(createSource({ kind: "hwmon", root: join(root, "none") })))
      makeMonitor(root, "hwmon1", { name: "amdgpu", power1_average: "lots" })
      await rejectsWith("malformed", readOnce(createSource({ kind: "hwmon", root })), /not a number: lots/)
    }))
})
