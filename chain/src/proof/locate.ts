import { type DeviceKey, deviceSlots, type Hex, MAX_REVISIONS, type Submission, vouchSlots } from "@wattest/protocol"
import { decodeEventLog, decodeFunctionData, encodeEventTopics } from "viem"
import { ANCHORS_ABI as abi } from "../abi.ts"
import { fetchHeader } from "../blocks.ts"
import { type BlockReference, blockParameter, type RegistryAt, readAnchorTime, readDevice } from "../registry.ts"
import { RpcRefusal, RpcUnavailable } from "../rpc/endpoints.ts"
import { RpcLie, rpcData, rpcObject, rpcQuantity } from "../rpc/values.ts"
import { firstBlock, headerAt, locateEvent, locateEvents, logIn, type PlacedLog, type Topics } from "./search.ts"

/** A run's anchor as the chain's log says it. */
export type AnchorPlace = Omit<PlacedLog, "topics" | "data"> & {
  readonly root: Hex
  readonly position: bigint
  readonly head: Hex
}

/** A device and the pair that its ledger is of. */
type Enrolled = { readonly id: Hex; readonly voucher: Hex }

/** More blocks than any chain has in a second. */
const MOST_BLOCKS_OF_ONE_TIME = 256

/**
 * The anchor of a run in a final block; null if there is none. The registry remembers each run's block time, and headers
 * are there on every node: no index of logs is needed, and no old state. Throws RpcLie where the node contradicts itself.
 */
export async function locateAnchor(at: RegistryAt, device: Hex, run: number): Promise<AnchorPlace | null> {
  const finalized = await fetchHeader(at.rpc, "finalized")
  if (!finalized) throw new RpcLie("the node has no finalized block")
  const { nextRun } = await readDevice(at.rpc, at.registry, device, finalized.hash)
  if (run >= nextRun) return null
  const anchoredAt = await readAnchorTime(at, device, run, finalized.hash)
  const topics = encodeEventTopics({ abi, eventName: "Anchored", args: { device, run: BigInt(run) } }) as Topics
  const log = await logAtTime(at, topics, anchoredAt, finalized.number)
  if (!log) {
    const reason = `no block of time ${anchoredAt} holds run ${run} of device ${device}`
    at.rpc.distrust(reason)
    throw new RpcLie(reason)
  }
  const { args } = decodeEventLog({ abi, eventName: "Anchored", topics: log.topics as [Hex, ...Hex[]], data: log.data })
  return { ...log, root: args.root, position: args.position, head: args.head }
}

/** The log in the blocks of a time: one block on most chains, some on those that are faster than a second. */
async function logAtTime(at: RegistryAt, topics: Topics, time: number, last: number): Promise<PlacedLog | null> {
  const first = await firstBlock(last, async (number) => (await headerAt(at, number)).time >= time)
  if (first === null) return null
  for (let number = first; number <= Math.min(last, first + MOST_BLOCKS_OF_ONE_TIME); number++) {
    const header = await headerAt(at, number)
    if (header.time !== time) return null
    const log = await logIn(at, header, topics)
    if (log) return log
  }
  return null
}

/** Where the device enrolled, in a block up to `last`; null if the nodes do not show it. */
export function locateEnrolment(at: RegistryAt, { id }: Pick<Enrolled, "id">, last: number): Promise<PlacedLog | null> {
  const topics = encodeEventTopics({ abi, eventName: "Enrolled", args: { device: id } }) as Topics
  // A device's ledger.
  const [slot] = deviceSlots(id)
  return locateEvent(at, { topics, slot }, last)
}

/** Where the voucher vouched for the device, in a block up to `last`; null if the nodes do not show it. */
export function locateVouch(at: RegistryAt, { id, voucher }: Enrolled, last: number): Promise<PlacedLog | null> {
  const topics = encodeEventTopics({ abi, eventName: "Vouched", args: { device: id, voucher } }) as Topics
  const [slot] = vouchSlots(id, voucher)
  return locateEvent(at, { topics, slot }, last)
}

/**
 * Where the voucher revised its word for the device, in blocks up to `last`: the last revisions, oldest first. None are
 * looked for where the vouch as of that block, or the final one, is for the document of the vouch itself.
 */
export async function locateRevisions(
  at: RegistryAt,
  { id, voucher }: Enrolled,
  last: number,
  vouched: Hex,
): Promise<readonly PlacedLog[]> {
  const [, slot] = vouchSlots(id, voucher)
  const evidence = (await wordAt(at, slot, last)) ?? (await wordAt(at, slot, "finalized"))
  if (evidence === BigInt(vouched)) return []
  const topics = encodeEventTopics({ abi, eventName: "Revised", args: { device: id, voucher } }) as Topics
  return locateEvents(at, topics, last, MAX_REVISIONS)
}

/** Null where the node has no state of that block. */
async function wordAt({ rpc, registry }: RegistryAt, slot: Hex, block: BlockReference): Promise<bigint | null> {
  try {
    const word = await rpc.request("eth_getStorageAt", [registry, slot, blockParameter(block)])
    return rpcQuantity(word, "storage")
  } catch (error) {
    if (error instanceof RpcRefusal || error instanceof RpcUnavailable || error instanceof RpcLie) return null
    throw error
  }
}

/** The submission that a transaction carries directly to the registry; null if it went another way. */
export async function submissionIn(
  { rpc, registry }: RegistryAt,
  transaction: Hex,
  chainId: number,
  device: DeviceKey,
): Promise<Submission | null> {
  const found = rpcObject(await rpc.request("eth_getTransactionByHash", [transaction]), "transaction")
  if (found.to === null || rpcData(found.to, "transaction.to", 20) !== registry) return null
  const { functionName, args } = decodeFunctionData({ abi, data: rpcData(found.input, "transaction.input") })
  if (functionName !== "submit") return null
  const [, firstRun, roots, through, signature] = args
  const key = { scheme: device.scheme, key: device.key }
  return { chainId, registry, device: key, firstRun, roots, through: Number(through), signature }
}
