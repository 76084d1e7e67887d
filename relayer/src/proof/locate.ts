import { type DeviceKey, type Hex, REGISTRY_ABI, type Submission } from "@wattest/protocol"
import { decodeEventLog, decodeFunctionData, encodeEventTopics, parseAbi } from "viem"
import type { RegistryAt } from "../chain/registry.ts"
import { rpcArray, rpcData, rpcNumber, rpcObject } from "../chain/rpc-values.ts"

const abi = parseAbi(REGISTRY_ABI)

/** Where a log lies: the block, and the place of its transaction in it. A node's word: the proof made from it is checked. */
export type LogPlace = {
  readonly blockHash: Hex
  readonly blockNumber: number
  readonly transaction: Hex
  readonly transactionIndex: number
  readonly topics: readonly Hex[]
}

/** A run's anchor as the chain's log says it. */
export type AnchorPlace = Omit<LogPlace, "topics"> & {
  readonly root: Hex
  readonly position: bigint
  readonly head: Hex
}

type Topics = readonly (Hex | null)[]

async function firstLog({ rpc, registry }: RegistryAt, topics: Topics): Promise<{ place: LogPlace; data: Hex } | null> {
  const filter = { address: registry, fromBlock: "0x0", toBlock: "finalized", topics }
  const logs = rpcArray(await rpc.request("eth_getLogs", [filter]), "logs")
  if (logs.length === 0) return null
  const log = rpcObject(logs[0], "log")
  return {
    place: {
      blockHash: rpcData(log.blockHash, "log.blockHash", 32),
      blockNumber: rpcNumber(log.blockNumber, "log.blockNumber"),
      transaction: rpcData(log.transactionHash, "log.transactionHash", 32),
      transactionIndex: rpcNumber(log.transactionIndex, "log.transactionIndex"),
      topics: rpcArray(log.topics, "log.topics").map((topic) => rpcData(topic, "topic", 32)),
    },
    data: rpcData(log.data, "log.data"),
  }
}

/** The anchor of a run in a final block; null if there is none. */
export async function locateAnchor(at: RegistryAt, device: Hex, run: number): Promise<AnchorPlace | null> {
  const topics = encodeEventTopics({ abi, eventName: "Anchored", args: { device, run: BigInt(run) } }) as Topics
  const found = await firstLog(at, topics)
  if (!found) return null
  const log = { topics: found.place.topics as [Hex, ...Hex[]], data: found.data }
  const { args } = decodeEventLog({ abi, eventName: "Anchored", ...log })
  return { ...found.place, root: args.root, position: args.position, head: args.head }
}

/** Where the device enrolled; null if in no final block. */
export async function locateEnrolment(at: RegistryAt, device: Hex): Promise<LogPlace | null> {
  const topics = encodeEventTopics({ abi, eventName: "Enrolled", args: { device } }) as Topics
  return (await firstLog(at, topics))?.place ?? null
}

/** Where this voucher vouched for the device; null if in no final block. */
export async function locateVouch(at: RegistryAt, device: Hex, voucher: Hex): Promise<LogPlace | null> {
  const topics = encodeEventTopics({ abi, eventName: "Vouched", args: { device, voucher } }) as Topics
  return (await firstLog(at, topics))?.place ?? null
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
  const [, firstRun, roots, signature] = args
  return { chainId, registry, device: { scheme: device.scheme, key: device.key }, firstRun, roots, signature }
}
