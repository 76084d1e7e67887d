import assert from "node:assert/strict"
import { createHmac } from "node:crypto"
import {
  type Boundary,
  captureMessage,
  encodeGauges,
  encodeReading,
  encodeTotals,
  fieldOfText,
  type Gauges,
  leafOf,
  NO_GAUGES,
  originOf,
  pack,
  REGISTERS,
  type Registers,
  Rejection,
  runRoot,
  type Statement,
  saltOf,
  statementDigest,
  statementInputs,
  toHex,
  ZERO_REGISTERS,
} from "@wattest/protocol"
import { poseidon2, poseidon6, poseidon11 } from "poseidon-lite"

const U64_MAX = 2n ** 64n - 1n
const throwsCode = (code: string, act: () => unknown) =>
  assert.throws(act, (error) => error instanceof Rejection && error.code === code)
const filled = (value: bigint) => Object.fromEntries(REGISTERS.map((name) => [name, value])) as Registers
const reading = (registers: Registers) => ({ registers, gauges: NO_GAUGES, timeMs: 1_700_000_000_000, sequence: 0 })

describe("packing", () => {
  it("joins three 64-bit integers, low bits first", () => {
    assert.equal(pack(1n, 2n, 3n), 1n + 2n * 2n ** 64n + 3n * 2n ** 128n)
    assert.equal(pack(U64_MAX, U64_MAX, U64_MAX), 2n ** 192n - 1n)
  })

  it("refuses what does not fit", () => {
    for (const place of [0, 1, 2]) {
      const parts = [0n, 0n, 0n].map((_, i) => (i === place ? U64_MAX + 1n : 0n)) as [bigint, bigint, bigint]
      throwsCode("NUMBER_OUT_OF_RANGE", () => pack(...parts))
    }
    throwsCode("NUMBER_OUT_OF_RANGE", () => pack(-1n, 0n, 0n))
  })
})

describe("a capture", () => {
  it("holds registers from 0 to 2^64 − 1 and refuses 2^64 in each", () => {
    assert.equal(encodeReading(reading(ZERO_REGISTERS))[0], 0n)
    assert.equal(encodeReading(reading(filled(U64_MAX)))[1], 2n ** 192n - 1n)
    for (const name of REGISTERS)
      throwsCode("NUMBER_OUT_OF_RANGE", () => encodeReading(reading({ ...ZERO_REGISTERS, [name]: U64_MAX + 1n })))
  })

  it("lays its gauges out in 168 bits, the rest 0", () => {
    const all: Gauges = {
      meanPowerMilliwatts: 1,
      smOccupancy: 2,
      dramActivity: 3,
      computeActivity: 4,
      acceleratorCentikelvin: 5,
      inletCentikelvin: 6,
      phase: "load",
      clock: "relative",
    }
    const expected =
      9n |
      (1n << 32n) |
      (2n << 72n) |
      (3n << 88n) |
      (4n << 104n) |
      (5n << 120n) |
      (6n << 136n) |
      (6n << 152n) |
      (3n << 160n)
    assert.equal(encodeGauges(9, all), expected)
    assert.ok(encodeGauges(2 ** 32 - 1, NO_GAUGES) < 2n ** 168n)
  })

  it("keeps a gauge's maximum for 'not measured'", () => {
    const absent = encodeGauges(0, NO_GAUGES)
    assert.equal((absent >> 32n) & (2n ** 40n - 1n), 2n ** 40n - 1n)
    assert.equal((absent >> 72n) & 0xffffn, 0xffffn)
    throwsCode("NUMBER_OUT_OF_RANGE", () => encodeGauges(0, { ...NO_GAUGES, smOccupancy: 0xffff }))
    throwsCode("NUMBER_OUT_OF_RANGE", () => encodeGauges(0, { ...NO_GAUGES, meanPowerMilliwatts: 2 ** 40 - 1 }))
    throwsCode("NUMBER_OUT_OF_RANGE", () => encodeGauges(2 ** 32, NO_GAUGES))
    assert.equal((encodeGauges(0, { ...NO_GAUGES, smOccupancy: 0xfffe }) >> 72n) & 0xffffn, 0xfffen)
  })

  it("has the leaf H6 of its words, sources and salt, by another Poseidon", () => {
    const words = encodeReading(reading(filled(12345n)))
    assert.equal(leafOf(reading(filled(12345n)), 11n, 22n), poseidon6([...words, 11n, 22n]))
  })

  it("draws salts by HMAC-SHA256 from the run secret", () => {
    const secret = Buffer.alloc(32, 7)
    const label = (suffix: Buffer) => createHmac("sha256", secret).update("wattest/salt/v1").update(suffix).digest()
    assert.equal(
      saltOf(secret, 258),
      BigInt(
        `0x${label(Buffer.from([0, 0, 1, 2]))
          .subarray(0, 31)
          .toString("hex")}`,
      ),
    )
    const statement = label(Buffer.from("statement")).subarray(0, 31).toString("hex")
    assert.equal(saltOf(secret, "statement"), BigInt(`0x${statement}`))
  })

  it("is signed over domain, run and leaf", () => {
    const expected = `0x${Buffer.from("wattest/capture/v1\0").toString("hex")}${"0".repeat(15)}5${"0".repeat(63)}6`
    assert.equal(toHex(captureMessage(5n, 6n)), expected)
  })
})

describe("a statement", () => {
  const statement: Statement = {
    registers: filled(3n),
    startTimeMs: 1000,
    endTimeMs: 2000,
    lifetimeMillijoules: 99n,
    captures: 17,
    boundary: "node",
    status: "interrupted",
    energyGrade: "measured",
    workGrade: "declared",
    model: "llama",
    unit: "token",
    zone: "",
    party: "",
    context: { job: "a" },
  }

  it("packs times, lifetime and kind into its fourth word", () => {
    const kind = 17n | (2n << 32n) | (1n << 40n) | (1n << 48n) | (4n << 56n)
    assert.equal(encodeTotals(statement)[3], 1000n + 99n * 2n ** 64n + kind * 2n ** 128n)
  })

  it("is H11, and the root H2 with the captures' root, by another Poseidon", () => {
    const origin = originOf(`0x${"11".repeat(32)}`, 4n)
    const inputs = statementInputs(statement, origin, 8n)
    assert.equal(statementDigest(statement, origin, 8n), poseidon11([...inputs]))
    assert.equal(inputs[4], fieldOfText("llama"))
    assert.equal(runRoot(1n, 2n), poseidon2([1n, 2n]))
  })

  it("changes with every field", () => {
    const origin = originOf(`0x${"11".repeat(32)}`, 4n)
    const other: Partial<Statement>[] = [
      { startTimeMs: 1001 },
      { endTimeMs: 2001 },
      { lifetimeMillijoules: 98n },
      { captures: 18 },
      { boundary: "rack" satisfies Boundary },
      { status: "complete" },
      { energyGrade: "calibrated" },
      { workGrade: "measured" },
      { model: "llama2" },
      { unit: "" },
      { zone: "DE" },
      { party: "p" },
      { context: { job: "b" } },
      ...REGISTERS.map((name) => ({ registers: { ...statement.registers, [name]: 4n } })),
    ]
    const digests = new Set(other.map((change) => statementDigest({ ...statement, ...change }, origin, 8n)))
    digests.add(statementDigest(statement, origin, 8n))
    digests.add(statementDigest(statement, originOf(`0x${"11".repeat(32)}`, 5n), 8n))
    assert.equal(digests.size, other.length + 2)
  })
})
