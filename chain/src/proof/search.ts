import { fromHex, type Hex } from "@wattest/protocol"
import { fetchHeader, fetchReceipts } from "../blocks.ts"
import { bloomHas, type Header } from "../header.ts"
import { blockParameter, type RegistryAt } from "../registry.ts"
import { RpcRefusal, RpcUnavailable } from "../rpc/endpoints.ts"
import { RpcLie, rpcArray, rpcNumber, rpcObject, rpcQuantity } from "../rpc/values.ts"
import type { Log } from "./receipts.ts"

/** What a log's topics must be; null: anything. */
export type Topics = readonly (Hex | null)[]

/** A log of the registry with its place, read from receipts that hash to the block's header. */
export type PlacedLog = {
  readonly blockHash: Hex
  readonly blockNumber: number
  readonly transaction: Hex
  readonly transactionIndex: number
  readonly topics: readonly Hex[]
  readonly data: Hex
}

/** The first block up to `last` where `holds`, which never ceases to hold once it does; null if not even `last`. */
export async function firstBlock(last: number, holds: (number: number) => Promise<boolean>): Promise<number | null> {
  if (!(await holds(last))) return null
  let [low, high] = [0, last]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (await holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}

/** The header of a block that the chain has. */
export async function headerAt({ rpc }: RegistryAt, number: number): Promise<Header> {
  const header = await fetchHeader(rpc, number)
  if (!header) throw new RpcLie(`the node has no block ${number}`)
  return header
}

/** The registry's first log with these topics in a block; null: the block holds none. */
export async function logIn(at: RegistryAt, header: Header, topics: Topics): Promise<PlacedLog | null> {
  return (await logsIn(at, header, topics))[0] ?? null
}

/** The registry's logs with these topics in a block, in order. */
export async function logsIn(
  { rpc, registry }: RegistryAt,
  header: Header,
  topics: Topics,
): Promise<readonly PlacedLog[]> {
  if (!bloomHas(header.logsBloom, fromHex(registry))) return []
  const fits = ({ address, topics: found }: Log) =>
    address === registry && topics.every((topic, i) => topic === null || topic === found[i])
  const { hash: blockHash, number: blockNumber } = header
  const { receipts } = await fetchReceipts(rpc, header)
  return receipts.flatMap(({ logs, transaction, index }) =>
    logs.filter(fits).map(({ topics: found, data }) => ({
      ...{ blockHash, blockNumber, transaction, transactionIndex: index, topics: found, data },
    })),
  )
}

/** An event that happens once: its topics, and a word of the registry's storage that is zero until then and never after. */
export type OneEvent = { readonly topics: Topics; readonly slot: Hex }

/**
 * The log of an event in a block up to `last`, from whichever a node serves: all logs at once, old states, or logs of few
 * blocks at a time. Null: this node shows it in none of these ways.
 */
export async function locateEvent(at: RegistryAt, event: OneEvent, last: number): Promise<PlacedLog | null> {
  const isSet = async (number: number) => {
    const word = await at.rpc.request("eth_getStorageAt", [at.registry, event.slot, blockParameter(number)])
    return rpcQuantity(word, "storage") !== 0n
  }
  const number =
    (await orRefused(blockWithLog(at, event.topics, 0, last))) ??
    (await orRefused(firstBlock(last, isSet))) ??
    (await searchBack(at, event.topics, last))
  return number === null ? null : logIn(at, await headerAt(at, number), event.topics)
}

/**
 * The logs of an event that may happen often, in blocks up to `last`, the newest few, oldest first. Where a node does not
 * serve all logs at once, the newest that is found.
 */
export async function locateEvents(
  at: RegistryAt,
  topics: Topics,
  last: number,
  most: number,
): Promise<readonly PlacedLog[]> {
  const all = await orRefused(blocksWithLog(at, topics, 0, last))
  const found = all === null ? await searchBack(at, topics, last) : null
  const blocks = all ?? (found === null ? [] : [found])
  const logs: PlacedLog[] = []
  for (const number of blocks.slice(-most)) logs.push(...(await logsIn(at, await headerAt(at, number), topics)))
  return logs.slice(-most)
}

/** Blocks of a range that hold such logs, ascending. */
async function blocksWithLog({ rpc, registry }: RegistryAt, topics: Topics, from: number, to: number) {
  const range = { fromBlock: blockParameter(from), toBlock: blockParameter(to) }
  const logs = rpcArray(await rpc.request("eth_getLogs", [{ address: registry, topics, ...range }]), "logs")
  const numbers = logs.map((log) => rpcNumber(rpcObject(log, "log").blockNumber, "log.blockNumber"))
  return [...new Set(numbers)].sort((a, b) => a - b)
}

async function blockWithLog(at: RegistryAt, topics: Topics, from: number, to: number): Promise<number | null> {
  return (await blocksWithLog(at, topics, from, to)).at(-1) ?? null
}

const FIRST_WIDTH = 1024
const MOST_REQUESTS = 64

/** Asks for ranges from `last` back, each twice as wide, until the node refuses one: then half as wide, and no wider again. */
async function searchBack(at: RegistryAt, topics: Topics, last: number): Promise<number | null> {
  let [to, width, widens] = [last, FIRST_WIDTH, true]
  for (let asked = 0; to >= 0 && asked < MOST_REQUESTS; asked++) {
    try {
      const found = await blockWithLog(at, topics, Math.max(0, to - width + 1), to)
      if (found !== null) return found
      to -= width
      if (widens) width *= 2
    } catch (error) {
      if (!(error instanceof RpcRefusal) || width === 1) throw error
      width /= 2
      widens = false
    }
  }
  return null
}

/** Null where the node refuses the question or answers it with nonsense, or none answers in time. */
async function orRefused<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof RpcRefusal || error instanceof RpcUnavailable || error instanceof RpcLie) return null
    throw error
  }
}
