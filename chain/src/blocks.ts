import { fromHex, type Hex } from "@wattest/protocol"
import { bloomHas, type Header, readHeader } from "./header.ts"
import { type BlockReceipts, readReceipts } from "./proof/receipts.ts"
import { eventsOf, type RegistryEvent } from "./registry.ts"
import { type Rpc, RpcRefusal } from "./rpc/endpoints.ts"
import { RpcLie, rpcArray, rpcObject } from "./rpc/values.ts"

/** A block with the registry's events in it, read from receipts that hash to the header. */
export type Block = { readonly header: Header; readonly events: readonly RegistryEvent[] }

/** Reads the header of a number or tag; null if the chain has no such block (yet). */
export async function fetchHeader(rpc: Rpc, at: number | "latest" | "finalized"): Promise<Header | null> {
  const parameter = typeof at === "number" ? `0x${at.toString(16)}` : at
  const block = await rpc.request("eth_getBlockByNumber", [parameter, false])
  if (block === null) return null
  return checked(rpc, () => {
    const header = readHeader(block)
    if (typeof at === "number" && header.number !== at) throw new RpcLie(`asked for block ${at}, got ${header.number}`)
    return header
  })
}

/** Reads a header by its hash; null if the chain does not know it. */
export async function fetchHeaderByHash(rpc: Rpc, hash: Hex): Promise<Header | null> {
  const block = await rpc.request("eth_getBlockByHash", [hash, false])
  if (block === null) return null
  return checked(rpc, () => {
    const header = readHeader(block)
    if (header.hash !== hash) throw new RpcLie(`asked for block ${hash}, got ${header.hash}`)
    return header
  })
}

/** All receipts of a block, held to its header. */
export async function fetchReceipts(rpc: Rpc, header: Header): Promise<BlockReceipts> {
  const receipts = await fetchRawReceipts(rpc, header)
  if (receipts === null) throw new RpcLie(`no receipts for block ${header.hash}`)
  return checked(rpc, () => readReceipts(header, receipts))
}

/** The block's events of the registry. A bloom that excludes the registry spares the receipts: its no is certain. */
export async function fetchBlock(rpc: Rpc, registry: Hex, header: Header): Promise<Block> {
  if (!bloomHas(header.logsBloom, fromHex(registry))) return { header, events: [] }
  const { receipts } = await fetchReceipts(rpc, header)
  return { header, events: receipts.flatMap((receipt) => eventsOf(registry, receipt)) }
}

const METHOD_NOT_FOUND = -32601

async function fetchRawReceipts(rpc: Rpc, header: Header): Promise<unknown> {
  try {
    return await rpc.request("eth_getBlockReceipts", [header.hash])
  } catch (error) {
    if (!(error instanceof RpcRefusal) || error.code !== METHOD_NOT_FOUND) throw error
  }
  const block = rpcObject(await rpc.request("eth_getBlockByHash", [header.hash, false]), "block")
  const hashes = rpcArray(block.transactions, "block.transactions")
  return Promise.all(hashes.map((hash) => rpc.request("eth_getTransactionReceipt", [hash])))
}

/** Runs a check of an answer; one that fails puts the endpoint that gave it behind the others. */
function checked<T>(rpc: Rpc, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof RpcLie) rpc.distrust(error.message)
    throw error
  }
}
