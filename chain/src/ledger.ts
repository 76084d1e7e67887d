import {
  type Anchored,
  encodeCheckpointBefore,
  fromHex,
  type Hex,
  type PeriodEnd,
  parseAnchored,
  parseCheckpointBefore,
  REGISTRY_TOPICS,
  Rejection,
} from "@wattest/protocol"
import { decodeFunctionResult, encodeFunctionData } from "viem"
import { ANCHORS_ABI as abi } from "./abi.ts"
import { type BlockReference, blockParameter, type RegistryAt, view } from "./registry.ts"
import { RpcRefusal, RpcUnavailable } from "./rpc/endpoints.ts"
import { ANSWER, held, RpcLie, rpcArray, rpcData, rpcObject } from "./rpc/values.ts"

/** The pair that a ledger is of; null where the registry has no such ledger. */
export async function readLedgerPair(
  { rpc, registry }: RegistryAt,
  ledger: Hex,
  block: BlockReference,
): Promise<{ readonly operator: Hex; readonly voucher: Hex } | null> {
  const data = encodeFunctionData({ abi, functionName: "ledgerOf", args: [ledger] })
  const answer = await view(rpc, registry, data, block)
  const { operator, voucher } = held(ANSWER, () =>
    decodeFunctionResult({ abi, functionName: "ledgerOf", data: answer }),
  )
  if (BigInt(operator) === 0n) return null
  return { operator: operator.toLowerCase() as Hex, voucher: voucher.toLowerCase() as Hex }
}

/** Where a ledger stood before `time`, Unix seconds. */
export async function readPeriodEnd(
  { rpc, registry }: RegistryAt,
  ledger: Hex,
  time: number,
  block: BlockReference,
): Promise<PeriodEnd> {
  const answer = await view(rpc, registry, encodeCheckpointBefore(ledger, time), block)
  return readHonestly("checkpoint", () => parseCheckpointBefore(answer))
}

/** The anchors of a ledger in blocks from `first` to `last`, as the node's logs say: nothing proves them. */
export async function readAnchors(
  at: RegistryAt,
  ledger: Hex,
  first: number,
  last: number,
): Promise<readonly Anchored[]> {
  const found: Anchored[] = []
  let width = last - first + 1
  for (let from = first; from <= last; ) {
    const to = Math.min(from + width - 1, last)
    // Nodes limit a question's size: it is halved until they answer.
    const logs = await logsOrError(at, [REGISTRY_TOPICS.anchored, ledger], from, to)
    if (logs instanceof Error) {
      if (width === 1) throw logs
      width = Math.ceil(width / 2)
      continue
    }
    found.push(...logs.map(readAnchored))
    from = to + 1
    width *= 2
  }
  return found
}

async function logsOrError({ rpc, registry }: RegistryAt, topics: readonly Hex[], from: number, to: number) {
  const range = { fromBlock: blockParameter(from), toBlock: blockParameter(to) }
  try {
    return rpcArray(await rpc.request("eth_getLogs", [{ address: registry, topics, ...range }]), "logs")
  } catch (error) {
    if (error instanceof RpcRefusal || error instanceof RpcUnavailable || error instanceof RpcLie) return error
    throw error
  }
}

function readAnchored(value: unknown): Anchored {
  const log = rpcObject(value, "log")
  const topics = rpcArray(log.topics, "log.topics").map((topic) => rpcData(topic, "log.topic", 32))
  return readHonestly("log", () => parseAnchored({ topics, data: fromHex(rpcData(log.data, "log.data")) }))
}

/** What a node answered, by the protocol's reader. Throws RpcLie. */
function readHonestly<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof Rejection ? new RpcLie(`${what}: ${error.detail}`) : error
  }
}
