import assert from "node:assert/strict"
import fs from "node:fs/promises"
import { syncBuiltinESMExports } from "node:module"
import { mock } from "node:test"
import { parseAmdSmi } from "../../../attester/src/sources/gpu/amd-smi.ts"
import { readCell } from "../../../attester/src/sources/gpu/nvidia-cell.ts"
import { readAttribute } from "../../../attester/src/sources/net/sysfs.ts"
import { decodeRegister, type Register } from "../../../attester/src/sources/rack/modbus-registers.ts"
import { PDU_PROFILE_NAMES, pduProfile } from "../../../attester/src/sources/rack/pdu-profiles.ts"

describe("a sensor's mark for no value", () => {
  it("is a word in a cell of nvidia-smi; anything else in brackets is a failure", () => {
    const absent = ["N/A", "[N/A]", "[Not Supported]", "[Requested functionality has been deprecated]"]
    assert.deepEqual(absent.map(readCell), [null, null, null, null])
    assert.equal(readCell(undefined), null)
    const told = ["0", "0.00 W", "", "[n/a]", "[Unknown Error]", "[Insufficient Permissions]", "Not Supported"]
    assert.deepEqual(told.map(readCell), told)
  })

  it("is a word or nothing in an answer of amd-smi, and never the number 0", () => {
    const power = (socket_power: unknown) => () =>
      parseAmdSmi("amd", JSON.stringify([{ gpu: 0, power: { socket_power } }])).map(({ value }) => value)
    const inUnit = (value: unknown) => ({ value, unit: "W" })
    for (const mark of [undefined, "N/A", "", inUnit("N/A"), inUnit("")]) assert.deepEqual(power(mark)(), [])
    for (const zero of [0, "0", inUnit(0)]) assert.deepEqual(power(zero)(), ["0"])
    for (const wrong of ["n/a", "N/A W", null, inUnit("-"), inUnit(null)])
      assert.throws(power(wrong), { fault: "malformed" }, JSON.stringify(wrong))
  })

  it("is -1 of a PDU, any number below 0, or none, as its maker says, and never 0", () => {
    const marks = [-2n, -1n, 0n, 1n]
    const of = (name: string) => marks.filter((raw) => pduProfile(name)?.isAbsent(raw))
    assert.deepEqual(Object.fromEntries(PDU_PROFILE_NAMES.map((name) => [name, of(name)])), {
      ...{ apc: [-1n], "apc-rpdu": [-1n], cyberpower: [-1n], "cyberpower-epdu": [-1n] },
      ...{ sentry3: [-2n, -1n], sentry4: [-2n, -1n], eaton: [-2n, -1n] },
      ...{ raritan: [], vertiv: [], ups: [] },
    })
  })

  it("is the number that a Modbus register's map names, none beside it, and what no float is", () => {
    const at = { name: "p", quantity: "power", unit: "W", table: "input", address: 0, wordOrder: "big" } as const
    const whole: Register = { ...at, type: "int16", exponent: 1, factor: "2", absent: "-32768" }
    const read = (register: Register, value: number) => {
      const bytes = Buffer.alloc(4)
      if (register.type === "float32") bytes.writeFloatBE(value)
      else bytes.writeInt16BE(value)
      return decodeRegister(register, bytes)
    }
    assert.deepEqual(
      [-32768, -32767, -32766, 0].map((value) => read(whole, value)),
      [null, "-655340", "-655320", "0"],
    )
    const { absent: _, ...unmarked } = whole
    assert.equal(read(unmarked, -32768), "-655360")
    const float: Register = { ...unmarked, type: "float32", exponent: 0, factor: "1" }
    assert.deepEqual(
      [Number.NaN, Infinity, -Infinity, 0, 2 ** 40].map((value) => read(float, value)),
      [null, null, null, "0", "1099511627776"],
    )
  })

  it("is an error of the kernel that says so, and no other error", async () => {
    const read = async (code: string) => {
      mock.method(fs, "readFile", async () => {
        throw Object.assign(new Error(code), { code })
      })
      syncBuiltinESMExports()
      try {
        return await readAttribute("/sys", "power1_input", AbortSignal.timeout(1000))
      } finally {
        mock.restoreAll()
        syncBuiltinESMExports()
      }
    }
    for (const code of ["ENOENT", "ENODATA", "ENODEV", "EOPNOTSUPP", "ENXIO"]) assert.equal(await read(code), null)
    for (const code of ["EACCES", "EIO", "EBUSY"]) await assert.rejects(read(code), { code })
  })
})
