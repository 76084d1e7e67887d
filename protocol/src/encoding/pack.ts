import { check } from "../rejection.ts"

export const U64_MAX = (1n << 64n) - 1n
/** Bits of a register: four fill a word, and a sum of registers is far below the field's order. */
export const REGISTER_BITS = 60

/** A bit field of a packed word, or its refusal: name, value and width in bits. */
export function field(name: string, value: number | bigint, bits: number): bigint {
  const wide = BigInt(value)
  check(
    wide >= 0n && wide < 1n << BigInt(bits),
    "NUMBER_OUT_OF_RANGE",
    () => `${name}: ${value} does not fit ${bits} bits`,
  )
  return wide
}

/** Bit fields of one word, the first in the low bits; each has been held against its width. */
export function packFields(fields: readonly (readonly [value: bigint, bits: number])[]): bigint {
  let word = 0n
  let shift = 0n
  for (const [value, bits] of fields) {
    word |= value << shift
    shift += BigInt(bits)
  }
  return word
}

/** The inverse of {@link packFields}. Throws NUMBER_OUT_OF_RANGE where bits above the fields are set. */
export function unpackFields(word: bigint, widths: readonly number[]): readonly bigint[] {
  let rest = word
  const values = widths.map((bits) => {
    const value = BigInt.asUintN(bits, rest)
    rest >>= BigInt(bits)
    return value
  })
  check(rest === 0n, "NUMBER_OUT_OF_RANGE", () => `0x${word.toString(16)} has bits beyond its fields`)
  return values
}

export type Four = readonly [bigint, bigint, bigint, bigint]

/** pack4(a, b, c, d) of the protocol, section 2: four unsigned 60-bit integers in one word, the first in the low bits. */
export function pack4(...parts: Four): bigint {
  return packFields(parts.map((part, i) => [field(`part ${i}`, part, REGISTER_BITS), REGISTER_BITS]))
}

/** The inverse of {@link pack4}. Throws NUMBER_OUT_OF_RANGE where the word has more than 240 bits. */
export function unpack4(word: bigint): Four {
  const [a = 0n, b = 0n, c = 0n, d = 0n] = unpackFields(word, Array(4).fill(REGISTER_BITS))
  return [a, b, c, d]
}
