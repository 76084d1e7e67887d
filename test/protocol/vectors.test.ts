import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import {
  BOUNDARIES,
  bytesToBigInt,
  captureRoot,
  decodeReading,
  decodeTotals,
  devicesDigest,
  encodeReading,
  encodeTotals,
  FED,
  fieldOfBytes,
  fromHex,
  type Gauges,
  GRADES,
  type Group,
  type Hex,
  type Json,
  leafOf,
  ORIGINS,
  partDigest,
  REGISTERS,
  type Registers,
  type RejectCode,
  Rejection,
  runIdentity,
  runRoot,
  STATUSES,
  type StatementTotals,
  saltOf,
  statementDigest,
  submissionMessage,
  toHex,
  vouchDigest,
  vouchDocument,
} from "@wattest/protocol"
import { protocolVectors, VECTOR_FILE } from "../../scripts/generate/protocol-vectors.ts"

type Vectors = {
  captures: {
    name: string
    registers: string[]
    sequence: number
    timeMs: number
    gauges: (number | null)[]
    sources: string
    salt: Hex
    words: [Hex, Hex, Hex, Hex]
    leaf: Hex
  }[]
  salts: { secret: Hex; label: string; salt: Hex }[]
  trees: { size: number; root: Hex }[]
  statements: {
    device: Hex
    run: string
    registers: string[]
    lifetime: string
    tags: [string, string, string, string, string]
    startTimeMs: number
    endTimeMs: number
    captures: number
    marks: [number, number, number, number, number]
    fed: number
    broken: boolean
    words: [Hex, Hex, Hex, Hex, Hex]
    salt: Hex
    digest: Hex
    capturesRoot: Hex
    root: Hex
  }[]
  refused: { word: "w0" | "w1" | "w2" | "w3" | "s3" | "s4"; value: Hex; code: RejectCode }[]
  vouch: { document: Json; digest: Hex }
  group: { devices: Hex[]; devicesDigest: Hex; part: Group; partDigest: Hex }
  submissions: {
    chainId: number
    registry: Hex
    device: Hex
    firstRun: string
    through: number
    roots: Hex[]
    message: Hex
  }[]
}

const text = readFileSync(VECTOR_FILE, "utf8")
const vectors = JSON.parse(text) as Vectors
const registersOf = (values: readonly string[]) =>
  Object.fromEntries(REGISTERS.map((name, i) => [name, BigInt(values[i] as string)])) as Registers
const wordOf = (hex: Hex) => bytesToBigInt(fromHex(hex, 32))
const nth = <T>(names: readonly T[], i: number): T => {
  const name = names[i]
  assert.ok(name !== undefined)
  return name
}
const bytesOf = (text: string) => new TextEncoder().encode(text)

describe("shared vectors, written by other implementations", () => {
  it("are what their generator writes", () => assert.equal(text, protocolVectors()))

  for (const vector of vectors.captures)
    it(`capture: ${vector.name}`, () => {
      const { registers, sequence, timeMs, gauges: values, words, sources, salt, leaf } = vector
      const [power = null, occupancy = null, dram = null, compute = null, board = null, inlet = null] = values
      const gauges: Gauges = {
        ...{ meanPowerMilliwatts: power, smOccupancy: occupancy, dramActivity: dram, computeActivity: compute },
        ...{ acceleratorCentikelvin: board, inletCentikelvin: inlet },
        phase: "train",
        clock: "synchronised",
      }
      const reading = { registers: registersOf(registers), gauges, timeMs, sequence }
      assert.deepEqual(encodeReading(reading), words.map(wordOf))
      const [w0, w1, w2, w3] = words
      assert.deepEqual(decodeReading([wordOf(w0), wordOf(w1), wordOf(w2), wordOf(w3)]), reading)
      assert.equal(leafOf(reading, fieldOfBytes(bytesOf(sources)), wordOf(salt)), wordOf(leaf))
    })

  it("salts", () => {
    for (const { secret, label, salt } of vectors.salts)
      assert.equal(saltOf(fromHex(secret), label === "statement" ? label : Number(label)), wordOf(salt))
  })

  it("run trees of 1, 2, 3, 5 and 2^k ± 1 captures", () => {
    const leaf = (i: number) => fieldOfBytes(bytesOf(`leaf ${i}`))
    for (const { size, root } of vectors.trees)
      assert.equal(captureRoot(Array.from({ length: size }, (_, i) => leaf(i))), wordOf(root))
  })

  it("statements and roots", () => {
    for (const vector of vectors.statements) {
      const [model, unit, zone, site, party] = vector.tags
      const [boundary, status, energyGrade, workGrade, origin] = vector.marks
      const { startTimeMs, endTimeMs, captures, broken, words } = vector
      const totals: StatementTotals = {
        registers: registersOf(vector.registers),
        ...{ startTimeMs, endTimeMs, lifetimeMillijoules: BigInt(vector.lifetime), captures, broken },
        boundary: nth(BOUNDARIES, boundary - 1),
        status: nth(STATUSES, status),
        energyGrade: nth(GRADES, energyGrade),
        workGrade: nth(GRADES, workGrade),
        origin: nth(ORIGINS, origin),
        fed: FED.filter((_, bit) => vector.fed & (1 << bit)),
      }
      assert.deepEqual(encodeTotals(totals), words.map(wordOf))
      const [s0, s1, s2, s3, s4] = words
      assert.deepEqual(decodeTotals([wordOf(s0), wordOf(s1), wordOf(s2), wordOf(s3), wordOf(s4)]), totals)
      const statement = { ...totals, model, unit, zone, site, party, context: { job: "j" } }
      const digest = statementDigest(statement, runIdentity(vector.device, BigInt(vector.run)), wordOf(vector.salt))
      assert.equal(digest, wordOf(vector.digest))
      assert.equal(runRoot(digest, wordOf(vector.capturesRoot)), wordOf(vector.root))
    }
  })

  const [vector] = vectors.statements
  const capture = vectors.captures[0]
  for (const { word, value, code } of vectors.refused)
    it(`refuses ${value} as ${word}: ${code}`, () => {
      assert.ok(vector && capture)
      const [w0, w1, w2, w3] = capture.words.map(wordOf) as [bigint, bigint, bigint, bigint]
      const [, , , s3, s4] = vector.words.map(wordOf) as [bigint, bigint, bigint, bigint, bigint]
      const all = { w0, w1, w2, w3, s3, s4, [word]: wordOf(value) }
      const decode = {
        capture: () => decodeReading([all.w0, all.w1, all.w2, all.w3]),
        statement: () => decodeTotals([all.w0, all.w1, all.w2, all.s3, all.s4]),
      }
      const decoders = word[0] === "s" ? [decode.statement] : word === "w3" ? [decode.capture] : Object.values(decode)
      for (const act of decoders) assert.throws(act, (error) => error instanceof Rejection && error.code === code)
    })

  it("digests of vouch documents", () => {
    const { document, digest } = vectors.vouch
    assert.equal(vouchDigest(vouchDocument(document, "$")), digest)
  })

  it("digests of devices and parts of a job", () => {
    const { devices, devicesDigest: expected, part, partDigest: expectedPart } = vectors.group
    assert.equal(devicesDigest(devices), expected)
    assert.equal(devicesDigest(devices.toReversed()), expected)
    assert.equal(partDigest(part), expectedPart)
  })

  it("submissions", () => {
    for (const { device, firstRun, roots, through, message, ...target } of vectors.submissions)
      assert.equal(toHex(submissionMessage(target, device, { firstRun: BigInt(firstRun), roots, through })), message)
  })

  it("would notice another hash", () => {
    const other = createHash("sha256").update("other").digest()
    assert.notEqual(fieldOfBytes(other), fieldOfBytes(bytesOf("other")))
  })
})
