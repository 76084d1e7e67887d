import { FIELD_ORDER, reduce } from "../field.ts"
import { DIGIT_BITS, DIGITS } from "./kernels.ts"

/** Largest digit of a value in memory; the top digit is smaller. */
const MAX_DIGIT = 2 ** DIGIT_BITS - 1

/** Digits in [-2^12, 2^12), the top one whatever is left: small digits keep sums of products within 32 bits. */
function balancedDigits(value: bigint): number[] {
  const half = 1n << BigInt(DIGIT_BITS - 1)
  let rest = value
  return Array.from({ length: DIGITS }, (_, i) => {
    const digit = i === DIGITS - 1 ? rest : ((rest + half) & (2n * half - 1n)) - half
    rest = (rest - digit) >> BigInt(DIGIT_BITS)
    return Number(digit)
  })
}

const weight = (digits: readonly number[]) => digits.reduce((sum, digit) => sum + Math.abs(digit), 0)

/** Most that one reduction adds to a column, with room for carries and addends. */
const REDUCTION_REACH = MAX_DIGIT * weight(balancedDigits(-FIELD_ORDER)) + 2 ** 20

/** Most that products may add up to in a column before it is carried, or reduced. */
export const COLUMN_LIMIT = 2 ** 31 - REDUCTION_REACH

/** Factors of a pair in memory, and the most that their product with any pair adds to a column. */
export interface Factors {
  readonly address: number
  readonly reach: number
}

/** Hands out addresses from 0 upwards and remembers the constants that belong at some of them. */
export class MemoryPlan {
  #size = 0
  readonly #constants: { address: number; words: Int32Array }[] = []

  reserve(bytes: number): number {
    const address = this.#size
    this.#size += Math.ceil(bytes / 16) * 16
    return address
  }

  #constant(words: readonly number[]): number {
    const address = this.reserve(4 * words.length)
    this.#constants.push({ address, words: Int32Array.from(words) })
    return address
  }

  /** An addend: plain digits. */
  addend(value: bigint): number {
    const rest = reduce(value)
    return this.#constant(
      Array.from({ length: DIGITS }, (_, i) => Number((rest >> BigInt(DIGIT_BITS * i)) & BigInt(MAX_DIGIT))),
    )
  }

  /** What the two elements of a pair are multiplied by. */
  factors(low: bigint, high: bigint): Factors {
    const lowDigits = balancedDigits(reduce(low))
    const highDigits = balancedDigits(reduce(high))
    const address = this.#constant(lowDigits.map((digit, i) => (digit & 0xffff) | ((highDigits[i] as number) << 16)))
    return { address, reach: MAX_DIGIT * (weight(lowDigits) + weight(highDigits)) }
  }

  /** Digits of -p in pairs, as the reduction wants them. */
  modulus(): number {
    const digits = [...balancedDigits(-FIELD_ORDER), 0]
    return this.#constant(digits.map((digit, i) => (digit & 0xffff) | ((digits[i - 1] ?? 0) << 16)))
  }

  get size(): number {
    return this.#size
  }

  fill(memory: ArrayBuffer): void {
    for (const { address, words } of this.#constants) new Int32Array(memory, address, words.length).set(words)
  }
}
