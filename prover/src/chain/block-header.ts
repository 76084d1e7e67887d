import { encodeRlp, fromHex, type Hex, type RlpItem, rlpNumber, toHex } from "@wattest/protocol"
import { keccak256 } from "viem"
import { Refusal } from "../refusal.ts"

/** Fields of a header in order (yellow paper 4.4.4); the later ones exist since the hard fork that added them. */
const FIELDS = {
  parentHash: "data",
  sha3Uncles: "data",
  miner: "data",
  stateRoot: "data",
  transactionsRoot: "data",
  receiptsRoot: "data",
  logsBloom: "data",
  difficulty: "quantity",
  number: "quantity",
  gasLimit: "quantity",
  gasUsed: "quantity",
  timestamp: "quantity",
  extraData: "data",
  mixHash: "data",
  nonce: "data",
  baseFeePerGas: "quantity",
  withdrawalsRoot: "data",
  blobGasUsed: "quantity",
  excessBlobGas: "quantity",
  parentBeaconBlockRoot: "data",
  requestsHash: "data",
} as const

/** The RLP of a block's header, from the block as a node answers it. Throws where it does not give the block's hash. */
export function encodeHeader(block: { readonly [field: string]: unknown }): Hex {
  const items: RlpItem[] = Object.entries(FIELDS)
    .filter(([name]) => typeof block[name] === "string")
    .map(([name, kind]) => {
      const value = block[name] as string
      return kind === "quantity" ? rlpNumber(BigInt(value)) : fromHex(value.toLowerCase())
    })
  const header = encodeRlp(items)
  if (keccak256(header) !== block.hash)
    throw new Refusal(
      "SOURCE_UNREACHABLE",
      `block ${block.number}: its fields do not give its hash`,
      "ask another node with --rpc",
    )
  return toHex(header)
}
