import { check } from "../rejection.ts"

/** Bytes as lower-case hexadecimal text with the prefix 0x: the only spelling in documents. */
export type Hex = `0x${string}`

/** Value of a digit by its character code; anything else has a bit above a byte. */
const NO_DIGIT = 0x100
const DIGIT_OF_CODE = Uint16Array.from({ length: 128 }, (_, code) => {
  const value = "0123456789abcdef".indexOf(String.fromCharCode(code))
  return value < 0 ? NO_DIGIT : value
})
const BYTE_TO_HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

export function toHex(bytes: Uint8Array): Hex {
  let text = ""
  for (const byte of bytes) text += BYTE_TO_HEX[byte]
  return `0x${text}`
}

/** Reads 0x-prefixed lower-case hexadecimal text; `length` in bytes where it is fixed. Throws FIELD_MALFORMED. */
export function fromHex(text: string, length?: number): Uint8Array {
  const size = (text.length - 2) / 2
  const bytes = new Uint8Array(Math.max(0, Math.floor(size)))
  let seen = text.startsWith("0x") && Number.isInteger(size) ? 0 : NO_DIGIT
  for (let i = 0; i < bytes.length; i++) {
    const byte = (digitAt(text, 2 + 2 * i) << 4) | digitAt(text, 3 + 2 * i)
    seen |= byte
    bytes[i] = byte
  }
  check(seen < NO_DIGIT, "FIELD_MALFORMED", "expected lower-case hexadecimal text with the prefix 0x")
  check(length === undefined || size === length, "FIELD_MALFORMED", () => `expected ${length} bytes, got ${size}`)
  return bytes
}

const digitAt = (text: string, at: number): number => DIGIT_OF_CODE[text.charCodeAt(at)] ?? NO_DIGIT

export function bytesToBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(toHex(bytes))
}

/** `value` as `length` big-endian bytes. Throws NUMBER_OUT_OF_RANGE where it does not fit. */
export function bigIntToBytes(value: bigint, length: number): Uint8Array {
  check(
    value >= 0n && value < 1n << BigInt(8 * length),
    "NUMBER_OUT_OF_RANGE",
    () => `${value} does not fit ${length} bytes`,
  )
  const digits = value.toString(16).padStart(2 * length, "0")
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = (digitAt(digits, 2 * i) << 4) | digitAt(digits, 2 * i + 1)
  return bytes
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
