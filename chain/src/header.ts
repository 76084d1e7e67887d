import { keccak_256 } from "@noble/hashes/sha3.js"
import {
  encodeHeader,
  fromHex,
  HEADER_FIELDS,
  type HeaderFields,
  type HeaderForm,
  type Hex,
  toHex,
} from "@wattest/protocol"
import { RpcLie, type RpcObject, rpcData, rpcNumber, rpcObject, rpcQuantity } from "./rpc/values.ts"

/** A block's header, checked: `rlp` hashes to `hash`. */
export type Header = {
  readonly number: number
  readonly hash: Hex
  readonly parentHash: Hex
  readonly receiptsRoot: Hex
  readonly logsBloom: Uint8Array
  /** Block time, Unix seconds. */
  readonly time: number
  readonly gasLimit: bigint
  /** Wei per gas; 0 before EIP-1559. */
  readonly baseFee: number
  readonly rlp: Uint8Array
}

/** Reads a block as an RPC node gives it, and holds it to its own hash. Throws RpcLie. */
export function readHeader(value: unknown): Header {
  const block = rpcObject(value, "block")
  const hash = rpcData(block.hash, "block.hash", 32)
  const rlp = encodeHeader(fieldsOf(block))
  if (toHex(keccak_256(rlp)) !== hash) throw new RpcLie(`block ${block.number}: the header does not hash to ${hash}`)
  return {
    number: rpcNumber(block.number, "block.number"),
    hash,
    parentHash: rpcData(block.parentHash, "block.parentHash", 32),
    receiptsRoot: rpcData(block.receiptsRoot, "block.receiptsRoot", 32),
    logsBloom: fromHex(rpcData(block.logsBloom, "block.logsBloom", 256)),
    time: rpcNumber(block.timestamp, "block.timestamp"),
    gasLimit: rpcQuantity(block.gasLimit, "block.gasLimit"),
    baseFee: rpcNumber(block.baseFeePerGas ?? "0x0", "block.baseFeePerGas"),
    rlp,
  }
}

/** Fields that every header has; later forks append to them. */
const FRONTIER_FIELDS = 15

/** The header's fields in a node's answer, those that the block has. */
function fieldsOf(block: RpcObject): HeaderFields {
  const present = HEADER_FIELDS.filter(([name], i) => i < FRONTIER_FIELDS || (block[name] ?? null) !== null)
  const fields = present.map(([name, form]) => [name, readField(block[name], form, `block.${name}`)])
  return Object.fromEntries(fields) as HeaderFields
}

function readField(value: unknown, form: HeaderForm, what: string): bigint | Hex {
  if (form === "quantity") return rpcQuantity(value, what)
  return rpcData(value, what, form === "bytes" ? undefined : form)
}

/** Whether the bloom (yellow paper, section 4.3.1) may hold `bytes`; a no is certain. */
export function bloomHas(bloom: Uint8Array, bytes: Uint8Array): boolean {
  const hash = keccak_256(bytes)
  return [0, 2, 4].every((at) => {
    const bit = (((hash[at] as number) << 8) | (hash[at + 1] as number)) & 2047
    return (((bloom[255 - (bit >> 3)] as number) >> (bit & 7)) & 1) === 1
  })
}
