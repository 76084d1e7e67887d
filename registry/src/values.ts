import { type Address, bytesToHex, type Hex, hexToBytes, isHex, size, slice } from "viem"

/** What the caller gave is not usable: exit status 2. */
export class UsageError extends Error {
  readonly hint: string
  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

/** A value of exactly `length` bytes. */
export function parseBytes(name: string, value: unknown, length: number): Hex {
  if (typeof value !== "string" || !isHex(value) || size(value) !== length)
    throw new UsageError(`${name} is not 0x and ${2 * length} hex digits`, "see wattest-registry --help")
  return bytesToHex(hexToBytes(slice(value, 0)))
}

export function parseAddress(name: string, value: unknown): Address {
  return parseBytes(name, value, 20)
}

/** An unsigned 64-bit number, as decimal text or JSON number. */
export function parseUint64(name: string, value: unknown): bigint {
  if (!/^(0|[1-9]\d{0,19})$/.test(String(value)) || BigInt(String(value)) >= 2n ** 64n)
    throw new UsageError(`${name} is not a whole number below 2^64`, "see wattest-registry --help")
  return BigInt(String(value))
}
