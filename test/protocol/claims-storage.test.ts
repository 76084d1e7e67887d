import assert from "node:assert/strict"
import {
  boundSlot,
  boundWord,
  contractMetric,
  type Hex,
  METRIC_NAMES,
  METRICS,
  metricFrom,
  tallySlots,
  tallyWords,
  unpackTally,
} from "@wattest/protocol"
import { placeInTally, placeOfBound, wordOf } from "@wattest/testkit/conformance/slots"
import { stringToHex } from "viem"
import { BOUND, boundOf, bytesOf, published, TALLY } from "./digests/samples.ts"

const { operator, number } = TALLY
const at = (place: number, index?: number): Hex => placeInTally(operator, number, place, index)

/** Text and length in one word, as Solidity holds up to 31 bytes. */
const short = (text: string): bigint => BigInt(stringToHex(text, { size: 32 })) + BigInt(2 * text.length)
const piece = (text: string): bigint => BigInt(stringToHex(text, { size: 32 }))

describe("the storage of the registry of claims, by Solidity's own rule", () => {
  const wordsOf = (site: string) => tallyWords(published({ ...TALLY, filters: { ...TALLY.filters, site } }))

  it("holds a tally's terms, each in its place", () => {
    const expected = new Map<Hex, bigint>([
      [at(3), BigInt(TALLY.accumulator)],
      [at(7), wordOf([5n, 80], [6n, 80], [7n, 80])],
      [at(9), 2n],
      [at(9, 0), BigInt(bytesOf(3, 20))],
      [at(9, 1), BigInt(bytesOf(4, 20))],
      [at(10), wordOf([60n, 64], [120n, 64], [180n, 64])],
      ...["m", "token", "DE", "s", "p"].map((text, i) => [at(11 + i), short(text)] as const),
      // Five labels are asked for; the node is boundary 2.
      [at(16), wordOf([0b11111n, 8], [2n, 8])],
      // Measured, declared, live; what is required are the bits of "it" and "work".
      [at(17), wordOf([1n, 8], [4n, 8], [0n, 8], [0b1001n, 16])],
    ])
    assert.deepEqual(new Map([...wordsOf("s")].toSorted()), new Map([...expected].toSorted()))
  })

  it("holds a text of 31 bytes beside its length, and one of 32 or more behind it, in words", () => {
    const [edge, over, long] = [31, 32, 65].map((length) => "x".repeat(length)) as [string, string, string]
    assert.equal(wordsOf(edge).get(at(14)), short(edge))
    assert.deepEqual([wordsOf(over).get(at(14)), wordsOf(over).get(at(14, 0))], [65n, piece(over)])
    assert.equal(wordsOf(over).has(at(14, 1)), false)
    assert.equal(wordsOf(long).get(at(14)), 131n)
    assert.deepEqual(
      [0, 1, 2, 3].map((i) => wordsOf(long).get(at(14, i))),
      [piece(over), piece(over), piece("x"), undefined],
    )
  })

  it("holds what only the registry says, and bounds behind the eighth word", () => {
    assert.deepEqual(tallySlots(TALLY), [at(0), at(1), at(6)])
    for (const index of [0, 3]) assert.equal(boundSlot(TALLY, index), placeOfBound(operator, number, BigInt(index)))
    const folded = wordOf([1n, 32], [2n, 16], [3n, 16], [4n, 64], [5n, 64], [6n, 64])
    const state = wordOf([9n, 64], [10n, 64], [11n, 8])
    assert.deepEqual(unpackTally([folded, wordOf([7n, 64], [8n, 64]), state]), {
      ...{ runs: 6n, unopened: 7n, voids: 8n, closedAt: 10n, bounds: 11n },
    })
  })

  it("holds a bound in one word: its masks are those of what a ratio divides", () => {
    const masks = [
      [0b1_0001n, 24],
      [0b10_0000n, 24],
    ] as const
    const bounds = [
      [8n, 80],
      [9n, 80],
    ] as const
    const metric = BigInt(METRIC_NAMES.indexOf("ratio"))
    for (const strict of [1n, 0n])
      assert.equal(
        boundWord(boundOf(BOUND), 4n, strict === 1n),
        wordOf([metric, 8], [strict, 8], [4n, 32], ...masks, ...bounds),
      )
  })

  it("gives a metric its masks as bits of the totals, and reads them back", () => {
    const { ratio } = BOUND
    const masks = { metric: METRIC_NAMES.indexOf("ratio"), numeratorMask: 0b1_0001, denominatorMask: 0b10_0000 }
    assert.deepEqual(contractMetric("ratio", { ...METRICS.ratio, ...ratio }), masks)
    assert.deepEqual(metricFrom(masks), { metric: "ratio", ratio })
    const energy = { metric: METRIC_NAMES.indexOf("energy"), numeratorMask: 0, denominatorMask: 0 }
    assert.deepEqual(contractMetric("energy", METRICS.energy), energy)
    assert.deepEqual(metricFrom(energy), { metric: "energy" })
  })
})
