import assert from "node:assert/strict"
import { bigIntToBytes, bytesToBigInt, concatBytes, FIELD_ORDER, poseidon } from "@wattest/protocol"
import { createBatchPoseidon, createPortableBatch, createWasmPoseidon } from "@wattest/protocol/batch"
import { samples } from "./poseidon-samples.ts"

const toWords = (values: readonly bigint[]) => concatBytes(...values.map((value) => bigIntToBytes(value, 32)))

function fromWords(words: Uint8Array): bigint[] {
  return Array.from({ length: words.length / 32 }, (_, i) => bytesToBigInt(words.subarray(32 * i, 32 * i + 32)))
}

/** A cheap generator, so that a failure repeats. */
function* numbers(seed: bigint): Generator<bigint, never> {
  for (let value = seed; ; value = (value * 6364136223846793005n + 1442695040888963407n) ** 5n % FIELD_ORDER)
    yield value
}

describe("batch poseidon", () => {
  for (const inputs of [1, 2, 3, 6, 10, 12, 13]) {
    const batch = createBatchPoseidon(inputs)

    it(`runs as WebAssembly and equals the portable code for ${inputs} inputs`, () => {
      const many = samples(inputs)
      assert.equal(batch.engine, "wasm")
      assert.deepEqual(fromWords(batch.hash(toWords(many.flat()))), many.map(poseidon))
    })

    it(`refuses a word of p or more in each place of ${inputs} inputs`, () => {
      for (let place = 0; place < 5 * inputs; place++) {
        for (const bad of [FIELD_ORDER, 2n ** 256n - 1n]) {
          const words = Array<bigint>(5 * inputs).fill(FIELD_ORDER - 1n)
          words[place] = bad
          const message = `word ${place} of the batch is not a field element`
          assert.throws(() => batch.hash(toWords(words)), { name: "RangeError", message })
        }
      }
      assert.deepEqual(fromWords(batch.hash(toWords(Array(inputs).fill(1n)))), [poseidon(Array(inputs).fill(1n))])
    })
  }

  it("gives every lane its own digest, for any number of hashes", () => {
    const batch = createBatchPoseidon(2)
    const stream = numbers(3n)
    for (const count of [0, 1, 2, 3, 4, 5, 1023, 1024, 1025]) {
      const pairs = Array.from({ length: count }, () => [stream.next().value, stream.next().value])
      const digests = fromWords(batch.hash(toWords(pairs.flat())))
      assert.equal(digests.length, count)
      for (const i of [0, 1, 2, 3, count - 2, count - 1])
        if (i >= 0 && i < count) assert.equal(digests[i], poseidon(pairs[i] ?? []))
    }
  })

  it("equals the portable code on words of long runs of ones and zeros", () => {
    const edges = Array.from({ length: 254 }, (_, bit) => [(1n << BigInt(bit)) - 1n, FIELD_ORDER - (1n << BigInt(bit))])
    const values = edges.flat().map((value) => (value < 0n ? value + FIELD_ORDER : value) % FIELD_ORDER)
    const words = toWords(values)
    assert.deepEqual(createBatchPoseidon(2).hash(words), createPortableBatch(2).hash(words))
  })

  it("refuses bytes that are no whole number of hashes", () => {
    for (const length of [1, 32, 63, 65, 96])
      for (const batch of [createBatchPoseidon(2), createPortableBatch(2)])
        assert.throws(() => batch.hash(new Uint8Array(length)), RangeError)
  })

  it("has a portable twin that refuses the same words", () => {
    assert.throws(() => createPortableBatch(2).hash(toWords([1n, FIELD_ORDER])), RangeError)
  })

  it("hashes single inputs too", () => {
    const hash = createWasmPoseidon()
    assert.equal(hash([1n, 2n]), poseidon([1n, 2n]))
    assert.equal(hash([1n, 2n, 3n]), poseidon([1n, 2n, 3n]))
    assert.throws(() => hash([FIELD_ORDER, 1n]), RangeError)
    assert.throws(() => hash([]), RangeError)
  })
})
