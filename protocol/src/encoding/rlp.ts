import { check } from "../rejection.ts"
import { bigIntToBytes, bytesToBigInt, concatBytes } from "./bytes.ts"

/** A byte string or a list of such, as Ethereum's recursive length prefix knows them. */
export type RlpItem = Uint8Array | readonly RlpItem[]

// Headers, receipts, trie nodes and accounts nest less deep; hostile bytes must not exhaust the stack.
const MAX_DEPTH = 16

/** Ethereum's recursive length prefix (yellow paper, appendix B). */
export function encodeRlp(item: RlpItem): Uint8Array {
  if (!(item instanceof Uint8Array)) return withPrefix(0xc0, concatBytes(...item.map(encodeRlp)))
  const [first] = item
  return item.length === 1 && first !== undefined && first < 0x80 ? item : withPrefix(0x80, item)
}

function withPrefix(base: number, payload: Uint8Array): Uint8Array {
  if (payload.length < 56) return concatBytes(Uint8Array.of(base + payload.length), payload)
  const length = minimalBytes(BigInt(payload.length))
  return concatBytes(Uint8Array.of(base + 55 + length.length), length, payload)
}

/** A number as RLP writes it: big-endian without leading zeros, 0 as no byte at all. */
export function rlpNumber(value: bigint): Uint8Array {
  return value === 0n ? new Uint8Array(0) : minimalBytes(value)
}

function minimalBytes(value: bigint): Uint8Array {
  return bigIntToBytes(value, Math.ceil(value.toString(16).length / 2))
}

/** Reads a number that RLP wrote, of at most `maxBytes` bytes. Throws FIELD_MALFORMED. */
export function rlpToNumber(item: RlpItem | undefined, maxBytes = 32): bigint {
  check(item instanceof Uint8Array, "FIELD_MALFORMED", "RLP: expected a number")
  check(item.length <= maxBytes && item[0] !== 0, "FIELD_MALFORMED", "RLP: a number is too long or has a leading zero")
  return bytesToBigInt(item)
}

/**
 * Reads exactly one item in its one spelling: no trailing byte, no length in more bytes than needed.
 * `encodeRlp(decodeRlp(x))` equals x. Throws FIELD_MALFORMED.
 */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  const { item, end } = readItem(bytes, 0, 0)
  check(end === bytes.length, "FIELD_MALFORMED", `RLP: ${bytes.length - end} bytes after the item`)
  return item
}

type Read = { readonly item: RlpItem; readonly end: number }

function readItem(bytes: Uint8Array, at: number, depth: number): Read {
  check(depth <= MAX_DEPTH, "FIELD_MALFORMED", `RLP: nested deeper than ${MAX_DEPTH}`)
  const prefix = bytes[at]
  check(prefix !== undefined, "FIELD_MALFORMED", `RLP: ends at byte ${at} before an item`)
  if (prefix < 0x80) return { item: bytes.subarray(at, at + 1), end: at + 1 }
  const isList = prefix >= 0xc0
  const { start, end } = readPayload(bytes, at, prefix - (isList ? 0xc0 : 0x80))
  if (isList) return { item: readList(bytes.subarray(start, end), depth + 1), end }
  const item = bytes.subarray(start, end)
  const isBare = item.length === 1 && (item[0] as number) < 0x80
  check(!isBare, "FIELD_MALFORMED", `RLP: the byte at ${start} needs no prefix`)
  return { item, end }
}

function readList(payload: Uint8Array, depth: number): RlpItem[] {
  const items: RlpItem[] = []
  for (let at = 0; at < payload.length; ) {
    const { item, end } = readItem(payload, at, depth)
    items.push(item)
    at = end
  }
  return items
}

/** Where the payload of the prefix at `at` lies; `code` is its length, or 55 plus the bytes of its length. */
function readPayload(bytes: Uint8Array, at: number, code: number): { start: number; end: number } {
  let start = at + 1
  let length = code
  if (code > 55) {
    const size = code - 55
    const digits = bytes.subarray(start, start + size)
    check(size <= 6 && digits.length === size && digits[0] !== 0, "FIELD_MALFORMED", `RLP: bad length at byte ${start}`)
    length = Number(bytesToBigInt(digits))
    check(length > 55, "FIELD_MALFORMED", `RLP: length ${length} at byte ${start} fits the prefix`)
    start += size
  }
  check(start + length <= bytes.length, "FIELD_MALFORMED", `RLP: item at byte ${at} runs past the end`)
  return { start, end: start + length }
}
