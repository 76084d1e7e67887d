import { bigIntToBytes, bytesToBigInt } from "./encoding/bytes.ts"
import { FIELD_ORDER } from "./poseidon/field.ts"
import { poseidonPlan } from "./poseidon/plan.ts"
import { emitPoseidon, LANES, type PoseidonModule } from "./poseidon/wasm/permutation.ts"
import { type Poseidon, poseidon } from "./poseidon.ts"

/** Bytes of a field element in a batch: big-endian. */
const WORD = 32
/** Most hashes of one call into the module. */
const CAPACITY = 1024

/** Many hashes of the same number of inputs at once, without a bigint between. */
export interface BatchPoseidon {
  readonly inputs: number
  /** "portable" where the engine knows no WebAssembly SIMD, or the page forbids it: equal digests, about 8 times slower. */
  readonly engine: "wasm" | "portable"
  /**
   * `words` holds `inputs` words of 32 bytes for each hash; the result holds a word for each hash. Throws `RangeError`
   * for another length, or for a word that is not below p: nothing is reduced silently.
   */
  hash(words: Uint8Array): Uint8Array<ArrayBuffer>
}

function hashCount(words: Uint8Array, inputs: number): number {
  const count = words.length / (inputs * WORD)
  if (!Number.isInteger(count))
    throw new RangeError(`${words.length} bytes are no whole number of ${inputs} words each`)
  return count
}

/** The same through bigints: for engines without SIMD, and to compare with. */
export function createPortableBatch(inputs: number): BatchPoseidon {
  poseidonPlan(inputs)
  return {
    inputs,
    engine: "portable",
    hash(words) {
      const digests = new Uint8Array(hashCount(words, inputs) * WORD)
      for (let i = 0; i < digests.length / WORD; i++) {
        const word = (j: number) => bytesToBigInt(words.subarray((i * inputs + j) * WORD, (i * inputs + j + 1) * WORD))
        const digest = poseidon(Array.from({ length: inputs }, (_, j) => word(j)))
        digests.set(bigIntToBytes(digest, WORD), i * WORD)
      }
      return digests
    },
  }
}

function refuse(words: Uint8Array): never {
  for (let i = 0; i < words.length / WORD; i++) {
    if (bytesToBigInt(words.subarray(i * WORD, (i + 1) * WORD)) >= FIELD_ORDER)
      throw new RangeError(`word ${i} of the batch is not a field element`)
  }
  throw new Error("the module refused words that are field elements")
}

function createModuleBatch(inputs: number, module: PoseidonModule): BatchPoseidon {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.binary))
  const { buffer } = exports.memory as WebAssembly.Memory
  const hash = exports.hash as (groups: number) => void
  module.fill(buffer)
  const room = new Uint8Array(buffer, module.input, CAPACITY * inputs * WORD)
  const results = new Uint8Array(buffer, module.output, CAPACITY * WORD)
  const flags = new Uint32Array(buffer, module.flags, LANES)
  return {
    inputs,
    engine: "wasm",
    hash(words) {
      const count = hashCount(words, inputs)
      const digests = new Uint8Array(count * WORD)
      for (let first = 0; first < count; first += CAPACITY) {
        const part = words.subarray(first * inputs * WORD, (first + CAPACITY) * inputs * WORD)
        const hashes = part.length / (inputs * WORD)
        room.set(part)
        room.fill(0, part.length, Math.ceil(hashes / LANES) * LANES * inputs * WORD)
        hash(Math.ceil(hashes / LANES))
        if (flags.some((flag) => flag !== 0)) refuse(words)
        digests.set(results.subarray(0, hashes * WORD), first * WORD)
      }
      return digests
    },
  }
}

/**
 * Batch Poseidon for 1 to 13 inputs: a WebAssembly module, emitted here, that computes four hashes side by side; portable
 * code where such a module cannot be compiled. Creating one takes some 50 ms, so keep it.
 */
export function createBatchPoseidon(inputs: number): BatchPoseidon {
  const module = emitPoseidon(poseidonPlan(inputs), CAPACITY)
  try {
    return createModuleBatch(inputs, module)
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return createPortableBatch(inputs)
    throw error
  }
}

/** Single hashes by batch modules, one for each number of inputs, made at first use: twice as fast as the portable code. */
export function createWasmPoseidon(): Poseidon {
  const batches = new Map<number, BatchPoseidon>()
  return (inputs) => {
    let batch = batches.get(inputs.length)
    if (batch === undefined) {
      batch = createBatchPoseidon(inputs.length)
      batches.set(inputs.length, batch)
    }
    const words = new Uint8Array(inputs.length * WORD)
    inputs.forEach((input, i) => {
      words.set(bigIntToBytes(input, WORD), i * WORD)
    })
    return bytesToBigInt(batch.hash(words))
  }
}
