import assert from "node:assert/strict"
import {
  bytesToBigInt,
  encodeCanonicalJson,
  encodeEvidenceLine,
  encodeReading,
  fieldOfDocument,
  leafOfCapture,
  NO_GAUGES,
  type OpenedCapture,
  parseEvidenceCapture,
  REGISTERS,
  type Registers,
  readingOf,
  toJson,
} from "@wattest/protocol"
import { createBatchPoseidon } from "@wattest/protocol/batch"
import fc from "fast-check"
import { createBatchBuilder, sourcesTextOf } from "../../verifier/src/evidence/capture-batch.ts"
import { createLocalEngine } from "../../verifier/src/evidence/capture-engine.ts"

const u60 = fc.bigInt({ min: 0n, max: 2n ** 60n - 1n })
const share = fc.option(fc.integer({ min: 0, max: 2 ** 16 - 2 }))
const instant = fc.integer({ min: 0, max: 2 ** 48 - 1 })
const bytes = (size: number) =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((value) => `0x${Buffer.from(value).toString("hex")}` as const)
// Names that look like the members around them, so that a cut in the wrong place shows.
const name = fc.constantFrom("psu", ',"sources":', '"},"timeMs":1}', 'a\\"b', "é\u2028", "}}]")

const reading = fc.record({
  ...{ sensor: name, surface: name, quantity: name, unit: fc.constant("W"), value: fc.constant("1.5") },
  ...{ timeMs: instant, grade: fc.constant("measured" as const), accuracy: fc.constant({ gain: "0.1" }) },
})

const capture: fc.Arbitrary<OpenedCapture> = fc.record({
  sequence: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  timeMs: instant,
  registers: fc
    .array(u60, { minLength: 12, maxLength: 12 })
    .map((values) => Object.fromEntries(REGISTERS.map((register, i) => [register, values[i]])) as Registers),
  gauges: fc.record({
    meanPowerMilliwatts: fc.option(fc.integer({ min: 0, max: 2 ** 40 - 2 })),
    ...{ smOccupancy: share, dramActivity: share, computeActivity: share },
    ...{ acceleratorCentikelvin: share, inletCentikelvin: share },
    phase: fc.constantFrom("unspecified", "decode", "load"),
    clock: fc.constantFrom("unsynchronised", "relative"),
  }),
  sources: fc.record({ nonce: bytes(16), readings: fc.array(reading, { maxLength: 3 }) }),
  salt: bytes(31).map((salt) => `0x00${salt.slice(2)}` as const),
  signature: bytes(64),
})

describe("a batch of captures", () => {
  const engine = createLocalEngine(0n, () => true)
  const lineOf = (value: OpenedCapture) => encodeEvidenceLine(value).trimEnd()

  it("holds the words that the protocol defines", () => {
    fc.assert(
      fc.property(capture, (value) => {
        const builder = createBatchBuilder()
        builder.add(value, engine.digest(encodeCanonicalJson(toJson(value.sources))))
        const { words } = builder.take()
        const held = Array.from({ length: 6 }, (_, i) => bytesToBigInt(words.subarray(32 * i, 32 * i + 32)))
        const expected = [
          ...encodeReading(readingOf(value)),
          fieldOfDocument(toJson(value.sources)),
          BigInt(value.salt),
        ]
        assert.deepEqual(held, expected)
      }),
      { numRuns: 200 },
    )
  })

  it("cuts the sources out of a line whatever their text", () => {
    fc.assert(
      fc.property(capture, (value) => {
        const line = lineOf(value)
        const text = sourcesTextOf(line, parseEvidenceCapture(line))
        assert.equal(text, encodeCanonicalJson(toJson(value.sources)))
      }),
      { numRuns: 200 },
    )
  })

  it("gives the leaves that single captures have", () => {
    const values = fc.sample(capture, { numRuns: 9, seed: 7 })
    const builder = createBatchBuilder()
    for (const value of values) builder.add(value, engine.digest(encodeCanonicalJson(toJson(value.sources))))
    const leaves = createBatchPoseidon(6).hash(builder.take().words)
    values.forEach((value, i) => {
      assert.equal(bytesToBigInt(leaves.subarray(32 * i, 32 * i + 32)), leafOfCapture(value))
    })
  })

  it("starts anew once it was taken", () => {
    const [value] = fc.sample(capture, { numRuns: 1, seed: 8 }) as [OpenedCapture]
    const builder = createBatchBuilder()
    builder.add({ ...value, sequence: 5 }, new Uint8Array(32))
    assert.deepEqual([builder.size(), builder.take().first, builder.size()], [1, 5, 0])
    builder.add({ ...value, sequence: 9, gauges: NO_GAUGES }, new Uint8Array(32))
    assert.equal(builder.take().first, 9)
  })
})
