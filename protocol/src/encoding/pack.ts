import { check } from "../rejection.ts"

export const U64_MAX = (1n << 64n) - 1n

/** pack(a, b, c) of PROTOCOL section 2: three unsigned 64-bit integers in one word, the first in the low bits. */
export function pack(a: bigint, b: bigint, c: bigint): bigint {
  for (const part of [a, b, c])
    check(part >= 0n && part <= U64_MAX, "NUMBER_OUT_OF_RANGE", `${part} does not fit 64 bits`)
  return a | (b << 64n) | (c << 128n)
}

/** A bit field of a packed word, or its refusal: name, value and width in bits. */
export function field(name: string, value: number | bigint, bits: number): bigint {
  const wide = BigInt(value)
  check(wide >= 0n && wide < 1n << BigInt(bits), "NUMBER_OUT_OF_RANGE", `${name}: ${value} does not fit ${bits} bits`)
  return wide
}
