import { keccak_256 } from "@noble/hashes/sha3.js"
import { check, decodeHeader, fromHex, type HeaderFields, type Hex, toHex } from "@wattest/protocol"

/** What a verifier reads from a block header. */
export type BlockHeader = Pick<HeaderFields, "number" | "stateRoot" | "transactionsRoot" | "receiptsRoot"> & {
  readonly hash: Hex
  /** Unix seconds. */
  readonly timestamp: number
}

/** Reads a block header's RLP, of any hard fork up to Osaka. Throws FIELD_MALFORMED. */
export function parseHeader(hex: Hex): BlockHeader {
  const bytes = fromHex(hex)
  const { number, timestamp, stateRoot, transactionsRoot, receiptsRoot } = decodeHeader(bytes)
  check(timestamp < 1n << 40n, "FIELD_MALFORMED", `block time ${timestamp}`)
  const hash = toHex(keccak_256(bytes))
  return { hash, number, timestamp: Number(timestamp), stateRoot, transactionsRoot, receiptsRoot }
}
