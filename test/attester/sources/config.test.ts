import assert from "node:assert/strict"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { createSource, createSources, sourceKinds } from "../../../attester/src/sources/create.ts"
import {
  addDecimals,
  evidenceDecimal,
  multiplyDecimal,
  numberToDecimal,
  scaleByTen,
  toDecimal,
} from "../../../attester/src/sources/decimal.ts"
import { ConfigError, Options } from "../../../attester/src/sources/options.ts"
import { withFolder } from "./bench.ts"

const refuses = (make: () => unknown, message: RegExp) =>
  assert.throws(make, (error: unknown) => error instanceof ConfigError && message.test(error.message))

describe("configuration of sources", () => {
  it("makes sources with their usual or given periods, touching nothing", () => {
    const sources = createSources({ sources: [{ kind: "nvml" }, { kind: "nvidia-smi", id: "smi", periodMs: 500 }] })
    assert.deepEqual(
      sources.map(({ id, periodMs }) => [id, periodMs]),
      [
        ["nvml", 100],
        ["smi", 500],
      ],
    )
  })

  it("names the field that is wrong", () => {
    refuses(() => createSources([]), /^config: must be an object$/)
    refuses(() => createSources({ sources: [] }), /config\.sources: must be a list/)
    refuses(() => createSources({ sources: [{ kind: "nvml" }], more: 1 }), /config\.more: is not an option/)
    refuses(
      () => createSources({ sources: [{ kind: "nvml" }, {}] }),
      /config\.sources\[1\]\.kind: must be one of .*nvml/,
    )
    refuses(() => createSources({ sources: [{ kind: "nvml" }, { kind: "nvml" }] }), /\[1\]\.id: nvml is taken/)
    refuses(() => createSource({ kind: "nvml", librari: "x" }), /source\.librari: is not an option here/)
    refuses(() => createSource({ kind: "nvml", periodMs: 0 }), /source\.periodMs: must be a number from 10/)
    refuses(() => createSource({ kind: "nvml", periodMs: 10.5 }), /source\.periodMs: must be a whole number/)
    refuses(() => createSource({ kind: "dcgm", url: "ftp://x" }), /source\.url: must be a URL with http: or https:/)
    refuses(() => createSource({ kind: "dcgm" }), /source\.url: must be a non-empty text/)
  })

  it("takes a period, a time-out and a rating at their bounds, and none beyond", () => {
    for (const [option, lo, hi] of [
      ["periodMs", 10, 86_400_000],
      ["timeoutMs", 10, 3_600_000],
      ["ratingWatts", 1, 1e9],
    ] as const) {
      for (const value of [lo, hi]) createSource({ kind: "nvml", [option]: value })
      for (const value of [lo - 1, hi + 1])
        refuses(() => createSource({ kind: "nvml", [option]: value }), new RegExp(`${option}: must be a number from`))
    }
  })

  it("takes secrets from a file or the environment, never from the configuration", () =>
    withFolder(async (folder) => {
      const file = join(folder, "secret")
      writeFileSync(file, "hunter2\n")
      const secret = (value: unknown) => new Options({ password: value }, "o").secret("password")
      assert.equal(secret({ file }), "hunter2")
      assert.equal(secret({ env: "PATH" }), process.env.PATH)
      refuses(() => secret("hunter2"), /o\.password: must be an object/)
      refuses(() => secret({}), /must be \{ "env"/)
      refuses(() => secret({ env: "PATH", file }), /must be \{ "env"/)
      refuses(() => secret({ env: "WATTEST_NO_SUCH_NAME" }), /holds no secret/)
      refuses(() => secret({ file: join(folder, "none") }), /cannot be read/)
    }))

  it("knows every kind by one name", () => {
    assert.equal(new Set(sourceKinds()).size, sourceKinds().length)
  })
})

describe("decimals of sensors", () => {
  it("keeps digits as read and writes exponents out", () => {
    const table = {
      "629.450000": "629.450000",
      " 5 ": "5",
      "-0.5": "-0.5",
      "1.5e3": "1500",
      "1.25E-2": "0.0125",
      "1e+21": `1${"0".repeat(21)}`,
    }
    for (const [text, decimal] of Object.entries(table)) assert.equal(toDecimal(text), decimal)
  })

  it("takes nothing else for a number", () => {
    for (const text of ["", "N/A", "NaN", "Infinity", "0x10", "1,5", "1_000", ".5", "5.", "--1", "1e999", "1 W"])
      assert.equal(toDecimal(text), null, text)
  })

  it("scales by powers of ten exactly", () => {
    assert.deepEqual([scaleByTen("237", -2), scaleByTen("-5", 3), scaleByTen("1.05", 1)], ["2.37", "-5000", "10.5"])
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
        fc.integer({ min: 0, max: 12 }),
        (value, places) => {
          const back = scaleByTen(scaleByTen(String(value), -places), places)
          assert.equal(BigInt(back.split(".")[0] ?? ""), value)
        },
      ),
    )
  })

  it("adds and multiplies exactly", () => {
    assert.deepEqual(
      [addDecimals("9007199254740993", "0.5"), addDecimals("-1.25", "0.25")],
      ["9007199254740993.5", "-1.00"],
    )
    assert.deepEqual([multiplyDecimal("412.5", 45_359_237n), multiplyDecimal("-0.05", 2n)], ["18710685262.5", "-0.10"])
  })

  it("have at most 30 digits on either side of the point in evidence: more before it are none, more behind it are cut", () => {
    const [most, beyond] = ["9".repeat(30), "9".repeat(31)]
    assert.deepEqual([most, beyond, `0${most}`, `-${beyond}`].map(evidenceDecimal), [most, null, most, null])
    assert.deepEqual([`0.${most}`, `0.${beyond}`].map(evidenceDecimal), [`0.${most}`, `0.${most}`])
  })

  it("turns every finite number of JavaScript into an equal decimal", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-30, max: 1e30 }), (value) => {
        assert.equal(Number(numberToDecimal(value)), value)
      }),
    )
    assert.equal(numberToDecimal(Number.NaN), null)
  })
})
