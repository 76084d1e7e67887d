import { keccak_256 } from "@noble/hashes/sha3.js"
import { bytesToBigInt, check, decodeRlp, fromHex, type Hex, type RlpItem, rlpToNumber, toHex } from "@wattest/protocol"

/** What a verifier reads from a block header. */
export type BlockHeader = {
  readonly hash: Hex
  readonly number: bigint
  /** Unix seconds. */
  readonly timestamp: number
  readonly stateRoot: Hex
  readonly transactionsRoot: Hex
  readonly receiptsRoot: Hex
}

/**
 * Width of each field, in order of the hard forks; a number where the bytes are fixed, `quantity` where RLP writes a
 * number, `bytes` where the length is free (yellow paper 4.4; EIP-1559, 4895, 4844, 4788, 7685).
 */
const FIELDS = [
  ...[32, 32, 20, 32, 32, 32, 256, "quantity", "quantity", "quantity", "quantity", "quantity", "bytes", 32, 8],
  ...["quantity", 32, "quantity", "quantity", 32, 32],
] as const

/** Numbers of fields that exist: Frontier, London, Shanghai, Cancun, Prague (Osaka adds none). */
const LENGTHS: readonly number[] = [15, 16, 17, 20, 21]

const AT = { stateRoot: 3, transactionsRoot: 4, receiptsRoot: 5, number: 8, timestamp: 11 }

function checkField(item: RlpItem | undefined, kind: number | string | undefined, index: number): void {
  const where = `header field ${index}`
  check(item instanceof Uint8Array, "FIELD_MALFORMED", `${where} is a list`)
  if (kind === "quantity") rlpToNumber(item)
  else check(kind === "bytes" || item.length === kind, "FIELD_MALFORMED", `${where} has ${item.length} bytes`)
}

const wordAt = (items: readonly RlpItem[], index: number): Hex => toHex(items[index] as Uint8Array)

/** Reads a block header's RLP, of any hard fork up to Osaka. Throws FIELD_MALFORMED. */
export function parseHeader(hex: Hex): BlockHeader {
  const bytes = fromHex(hex)
  const items = decodeRlp(bytes)
  check(!(items instanceof Uint8Array), "FIELD_MALFORMED", "the header is no list")
  check(LENGTHS.includes(items.length), "FIELD_MALFORMED", `no hard fork has headers of ${items.length} fields`)
  items.forEach((item, i) => {
    checkField(item, FIELDS[i], i)
  })
  const timestamp = bytesToBigInt(items[AT.timestamp] as Uint8Array)
  check(timestamp < 1n << 40n, "FIELD_MALFORMED", `block time ${timestamp}`)
  return {
    hash: toHex(keccak_256(bytes)),
    number: bytesToBigInt(items[AT.number] as Uint8Array),
    timestamp: Number(timestamp),
    stateRoot: wordAt(items, AT.stateRoot),
    transactionsRoot: wordAt(items, AT.transactionsRoot),
    receiptsRoot: wordAt(items, AT.receiptsRoot),
  }
}
