import {
  check,
  decodeRlp,
  encodeRlp,
  type Hex,
  type ReceiptProof,
  type RlpItem,
  rlpNumber,
  rlpToNumber,
  toHex,
} from "@wattest/protocol"
import { type BlockHeader, parseHeader } from "./header.ts"
import { trieValue } from "./trie.ts"

/** An event as a receipt holds it. */
export type Log = { readonly address: Hex; readonly topics: readonly Hex[]; readonly data: Uint8Array }

/** Transaction types whose receipts have four fields: EIP-2930, 1559, 4844, 7702, PIP-74; legacy ones have no type byte. */
const TYPES: ReadonlySet<number> = new Set([1, 2, 3, 4, 0x7f])
const FIRST_LIST_BYTE = 0xc0

const CODE = "ANCHOR_PROOF_INVALID"

function listOf(item: RlpItem | undefined, length: number | null, what: string): readonly RlpItem[] {
  check(item !== undefined && !(item instanceof Uint8Array), CODE, `${what} is no list`)
  check(length === null || item.length === length, CODE, `${what} has ${item.length} fields`)
  return item
}

function bytesOf(item: RlpItem | undefined, length: number | null, what: string): Uint8Array {
  check(item instanceof Uint8Array, CODE, `${what} is no byte string`)
  check(length === null || item.length === length, CODE, `${what} has ${item.length} bytes`)
  return item
}

function parseLog(item: RlpItem): Log {
  const [address, topics, data] = listOf(item, 3, "a log")
  return {
    address: toHex(bytesOf(address, 20, "a log's address")),
    topics: listOf(topics, null, "a log's topics").map((topic) => toHex(bytesOf(topic, 32, "a topic"))),
    data: bytesOf(data, null, "a log's data"),
  }
}

/** The logs of a receipt, in order. Throws ANCHOR_PROOF_INVALID or FIELD_MALFORMED. */
export function parseReceipt(bytes: Uint8Array): readonly Log[] {
  const [type = 0] = bytes
  const isTyped = type < FIRST_LIST_BYTE
  check(!isTyped || TYPES.has(type), CODE, `receipts of type ${type} are unknown`)
  const [status, , bloom, logs] = listOf(decodeRlp(isTyped ? bytes.subarray(1) : bytes), 4, "the receipt")
  check(rlpToNumber(status) === 1n, CODE, "the transaction failed")
  bytesOf(bloom, 256, "the bloom filter")
  return listOf(logs, null, "the logs").map(parseLog)
}

/** A block header and the logs of one of its receipts. */
export type ProvenReceipt = { readonly header: BlockHeader; readonly logs: readonly Log[] }

/** Follows a receipt proof from its header. Whether the header is a block of the chain is another check. */
export function proveReceipt({ header, index, nodes }: ReceiptProof): ProvenReceipt {
  const block = parseHeader(header)
  const key = encodeRlp(rlpNumber(BigInt(index)))
  const receipt = trieValue({ root: block.receiptsRoot, key, nodes, code: CODE })
  check(receipt !== null, CODE, `the block has no receipt ${index}`)
  return { header: block, logs: parseReceipt(receipt) }
}

/** One log of a proven receipt, of this contract. */
export function logAt({ logs }: ProvenReceipt, index: number, contract: Hex): Log {
  const log = logs[index]
  check(log !== undefined, CODE, `the receipt has no log ${index}`)
  check(log.address === contract, CODE, `log ${index} is of contract ${log.address}, not of the registry`)
  return log
}
