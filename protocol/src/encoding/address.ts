import { keccak_256 } from "@noble/hashes/sha3.js"
import type { Hex } from "./bytes.ts"

const ADDRESS = /^0[xX]([0-9a-fA-F]{40})$/

/** The spelling of an address with the check sum of EIP-55 in its letters. */
export function checksumAddress(address: Hex): Hex {
  const digits = address.slice(2).toLowerCase()
  const hash = keccak_256(new TextEncoder().encode(digits))
  const isRaised = (i: number) => (((hash[i >> 1] ?? 0) >> (i % 2 === 0 ? 4 : 0)) & 15) >= 8
  return `0x${[...digits].map((digit, i) => (isRaised(i) ? digit.toUpperCase() : digit)).join("")}`
}

/**
 * Reads an address as people write it: letters all lower, all upper, or mixed with the check sum of EIP-55. Gives it in
 * lower case, or null: mixed letters with another check sum are a mistyped address.
 */
export function readAddress(text: string): Hex | null {
  const digits = ADDRESS.exec(text)?.[1]
  if (digits === undefined) return null
  const lower: Hex = `0x${digits.toLowerCase()}`
  const isPlain = digits === digits.toLowerCase() || digits === digits.toUpperCase()
  return isPlain || checksumAddress(lower) === `0x${digits}` ? lower : null
}
