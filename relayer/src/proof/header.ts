import { keccak_256 } from "@noble/hashes/sha3.js"
import { encodeRlp, fromHex, type Hex, rlpNumber, toHex } from "@wattest/protocol"
import { RpcLie, type RpcObject, rpcData, rpcNumber, rpcObject, rpcQuantity } from "../chain/rpc-values.ts"

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

type Field = readonly [name: string, kind: "data" | "quantity"]

const FIELDS: readonly Field[] = [
  ["parentHash", "data"],
  ["sha3Uncles", "data"],
  ["miner", "data"],
  ["stateRoot", "data"],
  ["transactionsRoot", "data"],
  ["receiptsRoot", "data"],
  ["logsBloom", "data"],
  ["difficulty", "quantity"],
  ["number", "quantity"],
  ["gasLimit", "quantity"],
  ["gasUsed", "quantity"],
  ["timestamp", "quantity"],
  ["extraData", "data"],
  ["mixHash", "data"],
  ["nonce", "data"],
]

// Each fork appends to the header: London, Shanghai, Cancun (three), Prague. Osaka adds none; Polygon stops at London's.
const APPENDED: readonly Field[] = [
  ["baseFeePerGas", "quantity"],
  ["withdrawalsRoot", "data"],
  ["blobGasUsed", "quantity"],
  ["excessBlobGas", "quantity"],
  ["parentBeaconBlockRoot", "data"],
  ["requestsHash", "data"],
]

/** Reads a block as an RPC node gives it, and holds it to its own hash. Throws RpcLie. */
export function readHeader(value: unknown): Header {
  const block = rpcObject(value, "block")
  const hash = rpcData(block.hash, "block.hash", 32)
  const rlp = encodeHeader(block)
  if (toHex(keccak_256(rlp)) !== hash) throw new RpcLie(`block ${block.number}: the header does not hash to ${hash}`)
  return {
    number: rpcNumber(block.number, "block.number"),
    hash,
    parentHash: rpcData(block.parentHash, "block.parentHash", 32),
    receiptsRoot: rpcData(block.receiptsRoot, "block.receiptsRoot", 32),
    logsBloom: fromHex(rpcData(block.logsBloom, "block.logsBloom", 256)),
    time: rpcNumber(block.timestamp, "block.timestamp"),
    gasLimit: rpcQuantity(block.gasLimit, "block.gasLimit"),
    baseFee: block.baseFeePerGas === undefined ? 0 : rpcNumber(block.baseFeePerGas, "block.baseFeePerGas"),
    rlp,
  }
}

function encodeHeader(block: RpcObject): Uint8Array {
  const present = APPENDED.filter(([name]) => block[name] !== undefined && block[name] !== null)
  const items = [...FIELDS, ...present].map(([name, kind]) =>
    kind === "data"
      ? fromHex(rpcData(block[name], `block.${name}`))
      : rlpNumber(rpcQuantity(block[name], `block.${name}`)),
  )
  return encodeRlp(items)
}

/** Whether the bloom (yellow paper, section 4.3.1) may hold `bytes`; a no is certain. */
export function bloomHas(bloom: Uint8Array, bytes: Uint8Array): boolean {
  const hash = keccak_256(bytes)
  return [0, 2, 4].every((at) => {
    const bit = (((hash[at] as number) << 8) | (hash[at + 1] as number)) & 2047
    return (((bloom[255 - (bit >> 3)] as number) >> (bit & 7)) & 1) === 1
  })
}
