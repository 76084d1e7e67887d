import type { Hex } from "@wattest/protocol"
import { Undetermined } from "../verdict.ts"
import type { Rpc } from "./json-rpc.ts"

const QUANTITY = /^0x(?:0|[1-9a-f][0-9a-f]{0,15})$/
const DIGEST = /^0x[0-9a-f]{64}$/

/** What a node says of a block. */
export type BlockAnswer = { readonly hash: Hex; readonly number: bigint; readonly timestamp: number }

/** A node whose answer is none. */
export function unavailable(rpc: Rpc, what: string): Undetermined {
  return new Undetermined("CHAIN_UNAVAILABLE", `${rpc.name}: ${what}`)
}

/** Reads a node's block. Null where the node knows none. */
export async function askBlock(rpc: Rpc, tag: string): Promise<BlockAnswer | null> {
  const block = await rpc.call("eth_getBlockByNumber", [tag, false])
  if (block === null) return null
  const { hash, number, timestamp } = block as { [name: string]: unknown }
  const isBlock = typeof hash === "string" && typeof number === "string" && typeof timestamp === "string"
  if (!isBlock || !DIGEST.test(hash) || !QUANTITY.test(number) || !QUANTITY.test(timestamp))
    throw unavailable(rpc, "its answer is no block")
  return { hash: hash as Hex, number: BigInt(number), timestamp: Number(BigInt(timestamp)) }
}

/** A node's last final block; null where it has none. Throws where it serves another chain. */
export async function askFinal(rpc: Rpc, chainId: number): Promise<BlockAnswer | null> {
  const actual = await rpc.call("eth_chainId", [])
  // What is no quantity is not shown: it may be of any shape and length.
  if (typeof actual !== "string" || !QUANTITY.test(actual)) throw unavailable(rpc, "its answer is no chain id")
  if (BigInt(actual) !== BigInt(chainId)) throw unavailable(rpc, `it serves chain ${actual}, not ${chainId}`)
  return askBlock(rpc, "finalized")
}
