import { type Hex, MAX_SUBMISSION_ROOTS, type Submission } from "@wattest/protocol"
import { decodeErrorResult, decodeEventLog, decodeFunctionResult, encodeFunctionData } from "viem"
import { ANCHORS_ABI as abi } from "./abi.ts"
import type { Receipt } from "./proof/receipts.ts"
import { type Rpc, RpcRefusal } from "./rpc/endpoints.ts"
import { ANSWER, held, RpcLie, rpcData } from "./rpc/values.ts"

/** A device as the registry knows it; `state` as in IAnchorRegistry.State. */
export type ChainDevice = {
  readonly state: (typeof STATES)[number]
  readonly scheme: number
  readonly key: Hex
  readonly operator: Hex
  readonly voucher: Hex
  /** Number of its anchored runs. */
  readonly nextRun: number
  /** Number of its runs in all; null: not retired. */
  readonly runs: number | null
  /** Up to which its books are told, Unix seconds; 0: not at all. */
  readonly through: number
}

/** An event of the registry that concerns a relayer, with its place. */
export type RegistryEvent = {
  readonly transaction: Hex
  readonly transactionIndex: number
  /** Within its receipt. */
  readonly logIndex: number
} & (
  | {
      readonly kind: "anchored"
      readonly device: Hex
      readonly run: number
      readonly root: Hex
      readonly position: bigint
      readonly head: Hex
      readonly through: number
    }
  | { readonly kind: "ended"; readonly device: Hex }
)

/** IAnchorRegistry.State in words. */
export const STATES = ["unknown", "active", "retiring", "retired", "withdrawn"] as const
const NEVER = (1n << 64n) - 1n

/** A block by its number or, safe against a reorganisation, by its hash (EIP-1898); or a tag. */
export type BlockReference = "latest" | "finalized" | number | Hex

export function blockParameter(block: BlockReference): unknown {
  if (typeof block === "number") return `0x${block.toString(16)}`
  return block.startsWith("0x") ? { blockHash: block } : block
}

/** A registry and the way to it. */
export type RegistryAt = { readonly rpc: Rpc; readonly registry: Hex }

/** The answer of a call that changes nothing. Throws RpcLie where there is no registry at the address. */
export async function view(rpc: Rpc, registry: Hex, data: Hex, block: BlockReference): Promise<Hex> {
  const answer = rpcData(await rpc.request("eth_call", [{ to: registry, data }, blockParameter(block)]), "eth_call")
  if (answer === "0x") throw new RpcLie(`no registry at ${registry} as of block ${block}`)
  return answer
}

/** Throws RpcUnavailable, or RpcLie where there is no registry at the address. */
export async function readDevice(rpc: Rpc, registry: Hex, device: Hex, block: BlockReference): Promise<ChainDevice> {
  const data = encodeFunctionData({ abi, functionName: "deviceOf", args: [device] })
  const answer = await view(rpc, registry, data, block)
  const found = held(ANSWER, () => decodeFunctionResult({ abi, functionName: "deviceOf", data: answer }))
  const state = STATES[found.member.state] ?? "unknown"
  return {
    state,
    scheme: found.scheme,
    key: found.key,
    operator: found.operator.toLowerCase() as Hex,
    voucher: found.voucher.toLowerCase() as Hex,
    nextRun: Number(found.member.nextRun),
    // the storage of an unknown device is zeros, as that of one retired without a run would be
    runs: state === "unknown" || found.runs === NEVER ? null : Number(found.runs),
    through: Number(found.member.through),
  }
}

/** Roots of the anchored runs from `firstRun` on, at most 128. */
export async function readRoots(
  { rpc, registry }: RegistryAt,
  device: Hex,
  firstRun: number,
  block: BlockReference = "latest",
): Promise<readonly Hex[]> {
  const data = encodeFunctionData({
    abi,
    functionName: "rootsOf",
    args: [device, BigInt(firstRun), BigInt(MAX_SUBMISSION_ROOTS)],
  })
  const answer = await view(rpc, registry, data, block)
  return held(ANSWER, () => decodeFunctionResult({ abi, functionName: "rootsOf", data: answer }))
}

/** Block time of an anchored run, Unix seconds. */
export async function readAnchorTime(
  { rpc, registry }: RegistryAt,
  device: Hex,
  run: number,
  block: BlockReference,
): Promise<number> {
  const data = encodeFunctionData({ abi, functionName: "anchorOf", args: [device, BigInt(run)] })
  const answer = await view(rpc, registry, data, block)
  const [, anchoredAt] = held(ANSWER, () => decodeFunctionResult({ abi, functionName: "anchorOf", data: answer }))
  return Number(anchoredAt)
}

/** The call that anchors a submission, whoever sends it. */
export function encodeSubmit(
  device: Hex,
  { firstRun, roots, through, signature }: Omit<Submission, "device" | "chainId" | "registry">,
): Hex {
  const args = [device, firstRun, [...roots], BigInt(through), signature] as const
  return encodeFunctionData({ abi, functionName: "submit", args })
}

/** The registry's events in a receipt. */
export function eventsOf(registry: Hex, receipt: Receipt): RegistryEvent[] {
  return receipt.logs.flatMap((log, logIndex): RegistryEvent[] => {
    if (log.address !== registry) return []
    const place = { transaction: receipt.transaction, transactionIndex: receipt.index, logIndex }
    const event = decodeEventLog({ abi, topics: log.topics as [Hex, ...Hex[]], data: log.data })
    if (event.eventName === "Anchored") {
      const { device, run, root, position, head, through } = event.args
      return [{ ...place, kind: "anchored", device, run: Number(run), root, position, head, through: Number(through) }]
    }
    const isEnd = event.eventName === "Withdrawn" || event.eventName === "Retired"
    return isEnd ? [{ ...place, kind: "ended", device: event.args.device }] : []
  })
}

/** The name and arguments of the registry's error behind a refused call, for logs; null if it is none of ours. */
export function registryErrorOf(error: unknown): { readonly name: string; readonly args: readonly unknown[] } | null {
  if (!(error instanceof RpcRefusal) || typeof error.data !== "string") return null
  try {
    const { errorName, args } = decodeErrorResult({ abi, data: error.data as Hex })
    return { name: errorName, args: args ?? [] }
  } catch {
    return null
  }
}
