import assert from "node:assert/strict"
import { createHmac } from "node:crypto"
import {
  type Boundary,
  CLOCKS,
  captureMessage,
  decodeMomentary,
  decodeTotals,
  encodeMomentary,
  encodeReading,
  encodeTotals,
  FED,
  type Four,
  fieldOfText,
  type Gauges,
  leafOf,
  NO_GAUGES,
  PHASES,
  pack4,
  REGISTERS,
  type Registers,
  Rejection,
  runIdentity,
  runRoot,
  type Statement,
  saltOf,
  statementDigest,
  statementInputs,
  tagField,
  toHex,
  unpack4,
  ZERO_REGISTERS,
} from "@wattest/protocol"
import { poseidon2, poseidon6, poseidon13 } from "poseidon-lite"

const U60_MAX = 2n ** 60n - 1n
const throwsCode = (code: string, act: () => unknown) =>
  assert.throws(act, (error) => error instanceof Rejection && error.code === code)
const filled = (value: bigint) => Object.fromEntries(REGISTERS.map((name) => [name, value])) as Registers
const reading = (registers: Registers) => ({ registers, gauges: NO_GAUGES, timeMs: 1_700_000_000_000, sequence: 0 })

describe("packing", () => {
  it("joins four 60-bit integers, low bits first, and takes them apart again", () => {
    assert.equal(pack4(1n, 2n, 3n, 4n), 1n + 2n * 2n ** 60n + 3n * 2n ** 120n + 4n * 2n ** 180n)
    assert.equal(pack4(U60_MAX, U60_MAX, U60_MAX, U60_MAX), 2n ** 240n - 1n)
    const alternating: Four[] = [
      [1n, 2n, 3n, 4n],
      [0n, U60_MAX, 0n, U60_MAX],
      [U60_MAX, 0n, U60_MAX, 0n],
    ]
    for (const four of alternating) assert.deepEqual(unpack4(pack4(...four)), four)
  })

  it("refuses what does not fit", () => {
    for (const place of [0, 1, 2, 3]) {
      for (const bad of [U60_MAX + 1n, -1n]) {
        const parts = [0n, 0n, 0n, 0n].map((_, i) => (i === place ? bad : 0n)) as [bigint, bigint, bigint, bigint]
        throwsCode("NUMBER_OUT_OF_RANGE", () => pack4(...parts))
      }
    }
    throwsCode("NUMBER_OUT_OF_RANGE", () => unpack4(2n ** 240n))
    throwsCode("NUMBER_OUT_OF_RANGE", () => unpack4(-1n))
  })
})

describe("a capture", () => {
  it("holds registers from 0 to 2^60 − 1 and refuses 2^60 in each", () => {
    assert.equal(encodeReading(reading(ZERO_REGISTERS))[0], 0n)
    assert.equal(encodeReading(reading(filled(U60_MAX)))[1], 2n ** 240n - 1n)
    for (const name of REGISTERS)
      throwsCode("NUMBER_OUT_OF_RANGE", () => encodeReading(reading({ ...ZERO_REGISTERS, [name]: U60_MAX + 1n })))
  })

  it("lays sequence, time and gauges out in 216 bits, the rest 0", () => {
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
    const low = 9n | (10n << 32n) | (1n << 80n)
    const shorts = (2n << 120n) | (3n << 136n) | (4n << 152n) | (5n << 168n) | (6n << 184n)
    const momentary = { sequence: 9, timeMs: 10, gauges: all }
    assert.equal(encodeMomentary(momentary), low | shorts | (6n << 200n) | (3n << 208n))
    assert.deepEqual(decodeMomentary(encodeMomentary(momentary)), momentary)
    assert.ok(encodeMomentary({ sequence: 2 ** 32 - 1, timeMs: 2 ** 48 - 1, gauges: all }) < 2n ** 216n)
  })

  it("keeps a gauge's maximum for 'not measured'", () => {
    const encode = (gauges: Partial<Gauges>) =>
      encodeMomentary({ sequence: 0, timeMs: 0, gauges: { ...NO_GAUGES, ...gauges } })
    const absent = encode({})
    assert.equal((absent >> 80n) & (2n ** 40n - 1n), 2n ** 40n - 1n)
    assert.equal((absent >> 120n) & 0xffffn, 0xffffn)
    assert.deepEqual(decodeMomentary(absent).gauges, NO_GAUGES)
    assert.equal((encode({ smOccupancy: 0xfffe }) >> 120n) & 0xffffn, 0xfffen)
    throwsCode("NUMBER_OUT_OF_RANGE", () => encode({ smOccupancy: 0xffff }))
    throwsCode("NUMBER_OUT_OF_RANGE", () => encode({ meanPowerMilliwatts: 2 ** 40 - 1 }))
  })

  it("refuses a sequence of 2^32, a time of 2^48, and words that stand for nothing", () => {
    const momentary = { sequence: 0, timeMs: 0, gauges: NO_GAUGES }
    throwsCode("NUMBER_OUT_OF_RANGE", () => encodeMomentary({ ...momentary, sequence: 2 ** 32 }))
    throwsCode("NUMBER_OUT_OF_RANGE", () => encodeMomentary({ ...momentary, timeMs: 2 ** 48 }))
    throwsCode("NUMBER_OUT_OF_RANGE", () => encodeMomentary({ ...momentary, timeMs: -1 }))
    throwsCode("NUMBER_OUT_OF_RANGE", () => decodeMomentary(2n ** 216n))
    throwsCode("FIELD_MALFORMED", () => decodeMomentary(BigInt(PHASES.length) << 200n))
    throwsCode("FIELD_MALFORMED", () => decodeMomentary(BigInt(CLOCKS.length) << 208n))
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
    origin: "recorded",
    fed: ["it", "beacons"],
    broken: true,
    model: "llama",
    unit: "token",
    zone: "",
    site: "",
    party: "",
    context: { job: "a" },
  }
  const { model, unit, zone, site, party, context, ...totals } = statement

  it("packs times and kind into its fourth word, lifetime into its fifth", () => {
    const marks = (2n << 128n) | (1n << 136n) | (1n << 144n) | (4n << 152n) | (1n << 160n)
    const s3 = 1000n | (2000n << 48n) | (17n << 96n) | marks | ((2n ** 10n + 1n) << 168n) | (1n << 184n)
    assert.deepEqual(encodeTotals(statement).slice(3), [s3, 99n])
    assert.deepEqual(decodeTotals(encodeTotals(statement)), totals)
  })

  it("holds numbers up to their widths and refuses what is one above", () => {
    const utmost = { startTimeMs: 2 ** 48 - 1, endTimeMs: 2 ** 48 - 1, captures: 2 ** 32 - 1 }
    const widest = { ...totals, ...utmost, lifetimeMillijoules: 2n ** 96n - 1n, fed: FED }
    assert.deepEqual(decodeTotals(encodeTotals(widest)), widest)
    for (const name of ["startTimeMs", "endTimeMs", "captures"] as const)
      throwsCode("NUMBER_OUT_OF_RANGE", () => encodeTotals({ ...widest, [name]: utmost[name] + 1 }))
    throwsCode("NUMBER_OUT_OF_RANGE", () => encodeTotals({ ...widest, lifetimeMillijoules: 2n ** 96n }))
    throwsCode("FIELD_MALFORMED", () => encodeTotals({ ...widest, fed: ["beacons", "it"] }))
    throwsCode("FIELD_MALFORMED", () => encodeTotals({ ...widest, fed: ["it", "it"] }))
  })

  it("refuses words that stand for nothing", () => {
    const [s0, s1, s2, s3, s4] = encodeTotals(statement)
    const decode = (kind: bigint) => decodeTotals([s0, s1, s2, kind, s4])
    throwsCode("NUMBER_OUT_OF_RANGE", () => decode(s3 | (1n << 185n)))
    throwsCode("NUMBER_OUT_OF_RANGE", () => decodeTotals([s0, s1, s2, s3, 2n ** 96n]))
    throwsCode("NUMBER_OUT_OF_RANGE", () => decodeTotals([2n ** 240n, s1, s2, s3, s4]))
    for (const shift of [128n, 136n, 144n, 152n, 160n])
      throwsCode("FIELD_MALFORMED", () => decode(s3 | (0xffn << shift)))
    throwsCode("FIELD_MALFORMED", () => decode(s3 & ~(0xffn << 128n)))
    for (const bit of [11n, 15n]) throwsCode("FIELD_MALFORMED", () => decode(s3 | (1n << (168n + bit))))
  })

  it("is H13, and the root H2 with the captures' root, by another Poseidon", () => {
    const identity = runIdentity(`0x${"11".repeat(32)}`, 4n)
    const inputs = statementInputs(statement, identity, 8n)
    assert.equal(statementDigest(statement, identity, 8n), poseidon13([...inputs]))
    assert.equal(inputs[5], fieldOfText("llama"))
    assert.equal(runRoot(1n, 2n), poseidon2([1n, 2n]))
  })

  it("has each tag's own element, also of more tags than are remembered", () => {
    const tags = Array.from({ length: 300 }, (_, i) => `site-${i}`)
    for (const tag of [...tags, ...tags]) assert.equal(tagField(tag), fieldOfText(tag))
    for (let again = 0; again < 2; again++) throwsCode("TEXT_NOT_NORMALISED", () => tagField("e\u0301"))
  })

  it("changes with every field", () => {
    const identity = runIdentity(`0x${"11".repeat(32)}`, 4n)
    const other: Partial<Statement>[] = [
      { startTimeMs: 1001 },
      { endTimeMs: 2001 },
      { lifetimeMillijoules: 98n },
      { captures: 18 },
      { boundary: "rack" satisfies Boundary },
      { status: "complete" },
      { energyGrade: "calibrated" },
      { workGrade: "measured" },
      { origin: "live" },
      { broken: false },
      ...FED.map((name) => ({ fed: [name] })),
      { model: "llama2" },
      { unit: "" },
      { zone: "DE" },
      { site: "DE" },
      { party: "p" },
      { context: { job: "b" } },
      ...REGISTERS.map((name) => ({ registers: { ...statement.registers, [name]: 4n } })),
    ]
    const digests = new Set(other.map((change) => statementDigest({ ...statement, ...change }, identity, 8n)))
    digests.add(statementDigest(statement, identity, 8n))
    digests.add(statementDigest(statement, runIdentity(`0x${"11".repeat(32)}`, 5n), 8n))
    assert.equal(digests.size, other.length + 2)
  })
})
