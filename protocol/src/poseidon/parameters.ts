import { FIELD_ORDER, invertAll, reduce } from "./field.ts"

/** Full rounds, half of them before and half after the partial rounds. */
export const FULL_ROUNDS = 8

/** Partial rounds by number of inputs, from 1 to 13: circomlib's table, which rounds the paper's minimum up. */
const PARTIAL_ROUNDS = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70]

/** Throws `RangeError` unless there are 1 to 13 inputs. */
export function partialRoundsFor(inputs: number): number {
  const rounds = PARTIAL_ROUNDS[inputs - 1]
  if (rounds === undefined) throw new RangeError(`poseidon takes 1 to ${PARTIAL_ROUNDS.length} inputs, not ${inputs}`)
  return rounds
}

/** The textbook description of Poseidon for one width: state of `width` words, the first of them the capacity. */
export interface PoseidonParameters {
  readonly width: number
  readonly partialRounds: number
  /** `constants[round][word]`, added before the round's S-boxes. */
  readonly constants: readonly (readonly bigint[])[]
  /** The mixing matrix, by rows. */
  readonly matrix: readonly (readonly bigint[])[]
}

const FIELD_BITS = 254
/** Bits handled at once: fewer than the 18 between the last tap and the register's end, so all depend on old bits alone. */
const STRIDE = 16
const STRIDE_MASK = 0xffff
const TAPS = [62, 51, 38, 23, 13, 0]

/** The register's 80 bits at the start, as five words, oldest bit highest. */
function seed(width: number, partialRounds: number): number[] {
  const fields: [value: number, bits: number][] = [
    [1, 2], // prime field
    [0, 4], // S-box x^5
    [FIELD_BITS, 12],
    [width, 12],
    [FULL_ROUNDS, 10],
    [partialRounds, 10],
    [2 ** 30 - 1, 30],
  ]
  const bits = fields.map(([value, length]) => value.toString(2).padStart(length, "0")).join("")
  return [0, 1, 2, 3, 4].map((word) => Number.parseInt(bits.slice(word * STRIDE, (word + 1) * STRIDE), 2))
}

/** The Grain LFSR of the Poseidon paper (appendix F), self-shrinking: of each pair of bits the second counts if the first is 1. */
class Grain {
  readonly #register: number[]
  #pending = 0
  #pendingBits = 0

  constructor(width: number, partialRounds: number) {
    this.#register = seed(width, partialRounds)
    for (let skipped = 0; skipped < 160; skipped += STRIDE) this.#advance()
  }

  /** The next 16 raw bits, the first of them highest. */
  #advance(): number {
    let next = 0
    for (const tap of TAPS) {
      const word = tap >> 4
      const pair = ((this.#register[word] ?? 0) << STRIDE) | (this.#register[word + 1] ?? 0)
      next ^= (pair >>> (STRIDE - (tap & 15))) & STRIDE_MASK
    }
    this.#register.shift()
    this.#register.push(next)
    return next
  }

  /** The next `count` bits that the shrinking leaves, as a number. */
  #bits(count: number): number {
    let value = 0
    for (let bits = 0; bits < count; ) {
      if (this.#pendingBits === 0) {
        this.#pending = this.#advance()
        this.#pendingBits = STRIDE
      }
      this.#pendingBits -= 2
      const pair = this.#pending >> this.#pendingBits
      if ((pair & 2) === 0) continue
      value = value * 2 + (pair & 1)
      bits++
    }
    return value
  }

  /** The next number of 254 bits. */
  next(): bigint {
    let value = BigInt(this.#bits(FIELD_BITS % 48))
    for (let rest = FIELD_BITS - (FIELD_BITS % 48); rest > 0; rest -= 48)
      value = (value << 48n) | BigInt(this.#bits(48))
    return value
  }

  /** The next number of 254 bits that is a field element. */
  nextElement(): bigint {
    for (;;) {
      const value = this.next()
      if (value < FIELD_ORDER) return value
    }
  }
}

/**
 * Derives the parameters for 1 to 13 inputs as the paper's reference script does: round constants first, then a Cauchy
 * matrix 1 / (x_i + y_j), all from one Grain stream. Equal to circomlib's tables.
 */
export function deriveParameters(inputs: number): PoseidonParameters {
  const partialRounds = partialRoundsFor(inputs)
  const width = inputs + 1
  const grain = new Grain(width, partialRounds)
  const words = Array.from({ length: width })
  const constants = Array.from({ length: FULL_ROUNDS + partialRounds }, () => words.map(() => grain.nextElement()))
  const x = words.map(() => grain.next())
  const y = words.map(() => grain.next())
  const cauchy = invertAll(x.flatMap((row) => y.map((column) => reduce(row + column))))
  const matrix = x.map((_, row) => cauchy.slice(row * width, (row + 1) * width))
  return { width, partialRounds, constants, matrix }
}
