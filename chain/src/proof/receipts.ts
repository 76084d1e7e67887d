import { keccak_256 } from "@noble/hashes/sha3.js"
import { concatBytes, encodeRlp, fromHex, type Hex, type RlpItem, rlpNumber, toHex } from "@wattest/protocol"
import type { Header } from "../header.ts"
import { RpcLie, type RpcObject, rpcArray, rpcData, rpcNumber, rpcObject, rpcQuantity } from "../rpc/values.ts"
import { createTrie, type Trie } from "./trie.ts"

export type Log = { readonly address: Hex; readonly topics: readonly Hex[]; readonly data: Hex }

/** A transaction's receipt, its logs in order. */
export type Receipt = {
  readonly transaction: Hex
  readonly index: number
  readonly gasUsed: bigint
  readonly logs: readonly Log[]
}

/** All receipts of a block, checked against its header's receipts root. */
export type BlockReceipts = { readonly receipts: readonly Receipt[]; readonly trie: Trie }

export const receiptKey = (index: number) => encodeRlp(rlpNumber(BigInt(index)))

/** Type of Polygon's state-sync transaction (PIP-74). */
const STATE_SYNC_TYPE = 0x7f

/** Reads a block's receipts as an RPC node gives them, and holds them to the header. Throws RpcLie. */
export function readReceipts(header: Header, value: unknown): BlockReceipts {
  const given = rpcArray(value, "receipts").map((receipt) => rpcObject(receipt, "receipt"))
  const raw = given.at(-1)?.transactionHash === stateSyncHash(header) ? given.slice(0, -1) : given
  const values = raw.map(encodeReceipt)
  const whole = trieOf(values)
  if (toHex(whole.root) === header.receiptsRoot) return { receipts: raw.map(readReceipt), trie: whole }
  if (values.at(-1)?.[0] === STATE_SYNC_TYPE) {
    // An encoder that does not know a type writes its byte alone: the root then says nothing of that receipt's logs.
    const shortened = trieOf([...values.slice(0, -1), Uint8Array.of(STATE_SYNC_TYPE)])
    if (toHex(shortened.root) === header.receiptsRoot)
      return { receipts: raw.slice(0, -1).map(readReceipt), trie: shortened }
  }
  throw new RpcLie(`block ${header.number}: ${given.length} receipts do not hash to the header's receipts root`)
}

const trieOf = (values: readonly Uint8Array[]): Trie =>
  createTrie(values.map((value, index) => ({ key: receiptKey(index), value })))

/**
 * Before PIP-74, nodes of Polygon end the receipts of some blocks with one for the state synced from Ethereum, under a
 * transaction hash made from the block's own: so it is no part of the block, and its logs are the node's word alone.
 */
function stateSyncHash({ number, hash }: Header): Hex {
  const height = fromHex(`0x${number.toString(16).padStart(16, "0")}`)
  return toHex(keccak_256(concatBytes(new TextEncoder().encode("matic-bor-receipt-"), height, fromHex(hash))))
}

function readReceipt(receipt: RpcObject, index: number): Receipt {
  if (rpcNumber(receipt.transactionIndex, "receipt.transactionIndex") !== index)
    throw new RpcLie(`receipt ${index}: names another index`)
  return {
    transaction: rpcData(receipt.transactionHash, "receipt.transactionHash", 32),
    index,
    gasUsed: rpcQuantity(receipt.gasUsed, "receipt.gasUsed"),
    logs: rpcArray(receipt.logs, "receipt.logs").map(readLog),
  }
}

function readLog(value: unknown): Log {
  const log = rpcObject(value, "log")
  return {
    address: rpcData(log.address, "log.address", 20),
    topics: rpcArray(log.topics, "log.topics").map((topic) => rpcData(topic, "log.topic", 32)),
    data: rpcData(log.data, "log.data"),
  }
}

/** EIP-2718: the type's byte (none for type 0), then the RLP that all types so far share. */
export function encodeReceipt(receipt: RpcObject): Uint8Array {
  const type = receipt.type === undefined ? 0 : rpcNumber(receipt.type, "receipt.type")
  const logs: RlpItem[] = rpcArray(receipt.logs, "receipt.logs").map((value) => {
    const { address, topics, data } = readLog(value)
    return [fromHex(address), topics.map((topic) => fromHex(topic)), fromHex(data)]
  })
  const payload = encodeRlp([
    // A state root before Byzantium, a status since.
    receipt.status === undefined
      ? fromHex(rpcData(receipt.root, "receipt.root", 32))
      : rlpNumber(rpcQuantity(receipt.status, "receipt.status")),
    rlpNumber(rpcQuantity(receipt.cumulativeGasUsed, "receipt.cumulativeGasUsed")),
    fromHex(rpcData(receipt.logsBloom, "receipt.logsBloom", 256)),
    logs,
  ])
  if (type > 0x7f) throw new RpcLie(`receipt.type: ${type} passes 0x7f`)
  return type === 0 ? payload : concatBytes(Uint8Array.of(type), payload)
}
