import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import {
  bytesToBigInt,
  captureRoot,
  encodeReading,
  fieldOfBytes,
  fromHex,
  type Hex,
  leafOf,
  NO_GAUGES,
  originOf,
  REGISTERS,
  type Registers,
  runRoot,
  saltOf,
  statementDigest,
  submissionMessage,
  toHex,
} from "@wattest/protocol"
import { protocolVectors, VECTOR_FILE } from "../../scripts/generate/protocol-vectors.ts"

type Vectors = {
  captures: { name: string; registers: string[]; sources: string; salt: Hex; words: Hex[]; leaf: Hex }[]
  salts: { secret: Hex; label: string; salt: Hex }[]
  trees: { size: number; root: Hex }[]
  statements: {
    device: Hex
    run: string
    registers: string[]
    lifetime: string
    tags: [string, string, string, string]
    salt: Hex
    digest: Hex
    capturesRoot: Hex
    root: Hex
  }[]
  submissions: { chainId: number; registry: Hex; device: Hex; firstRun: string; roots: Hex[]; message: Hex }[]
}

const text = readFileSync(VECTOR_FILE, "utf8")
const vectors = JSON.parse(text) as Vectors
const registersOf = (values: readonly string[]) =>
  Object.fromEntries(REGISTERS.map((name, i) => [name, BigInt(values[i] as string)])) as Registers
const wordOf = (hex: Hex) => bytesToBigInt(fromHex(hex, 32))
const bytesOf = (text: string) => new TextEncoder().encode(text)

describe("shared vectors, written by other implementations", () => {
  it("are what their generator writes", () => assert.equal(text, protocolVectors()))

  for (const vector of vectors.captures)
    it(`capture: ${vector.name}`, () => {
      const gauges = { ...NO_GAUGES, meanPowerMilliwatts: 350_000, phase: "train", clock: "synchronised" } as const
      const reading = { registers: registersOf(vector.registers), gauges, timeMs: 1_700_000_000_000, sequence: 41 }
      assert.deepEqual(encodeReading(reading).map(BigInt), vector.words.map(wordOf))
      assert.equal(leafOf(reading, fieldOfBytes(bytesOf(vector.sources)), wordOf(vector.salt)), wordOf(vector.leaf))
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
      const [model, unit, zone, party] = vector.tags
      const statement = {
        ...{ model, unit, zone, party },
        registers: registersOf(vector.registers),
        startTimeMs: 1_700_000_000_000,
        endTimeMs: 1_700_000_600_000,
        lifetimeMillijoules: BigInt(vector.lifetime),
        captures: 601,
        boundary: "node",
        status: "interrupted",
        energyGrade: "measured",
        workGrade: "declared",
        context: { job: "j" },
      } as const
      const digest = statementDigest(statement, originOf(vector.device, BigInt(vector.run)), wordOf(vector.salt))
      assert.equal(digest, wordOf(vector.digest))
      assert.equal(runRoot(digest, wordOf(vector.capturesRoot)), wordOf(vector.root))
    }
  })

  it("submissions", () => {
    for (const { device, firstRun, roots, message, ...target } of vectors.submissions)
      assert.equal(toHex(submissionMessage(target, device, BigInt(firstRun), roots)), message)
  })

  it("would notice another hash", () => {
    const other = createHash("sha256").update("other").digest()
    assert.notEqual(fieldOfBytes(other), fieldOfBytes(bytesOf("other")))
  })
})
