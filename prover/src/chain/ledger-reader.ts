import { foldHead, type Hex, type PeriodEnd, type StateProof } from "@wattest/protocol"
import { checkpointSlots, ledgerSlot } from "@wattest/verifier"
import { createPublicClient, type GetBlockReturnType, getAbiItem, http, type PublicClient } from "viem"
import { Refusal } from "../refusal.ts"
import { ANCHORS_ABI } from "./abi.ts"
import { encodeHeader } from "./block-header.ts"

/** A root as the registry anchored it. */
export type AnchoredRun = { readonly device: Hex; readonly run: bigint; readonly root: Hex }

/** A ledger's part of a period as the chain has it. */
export type LedgerPeriod = {
  readonly operator: Hex
  readonly voucher: Hex
  readonly from: PeriodEnd
  readonly to: PeriodEnd
  /** Every run anchored in the period, in the ledger's order; they lead from one head to the other. */
  readonly runs: readonly AnchoredRun[]
  readonly state: StateProof
}

export type LedgerReader = {
  readonly chainId: number
  /** Block time of the last final block, Unix seconds: no period may end after it. */
  readonly finalTime: number
  /** Throws INPUT_INVALID where there is no such ledger, SOURCE_UNREACHABLE where the node fails or contradicts itself. */
  readonly period: (ledger: Hex, from: number, to: number) => Promise<LedgerPeriod>
}

const HINT = "check --rpc, or ask another node"

async function ask<T>(what: string, answer: Promise<T>): Promise<T> {
  return answer.catch((error: Error) => {
    throw new Refusal("SOURCE_UNREACHABLE", `${what}: ${error.message.split("\n")[0]}`, HINT)
  })
}

type Session = {
  readonly client: PublicClient
  readonly registry: Hex
  readonly final: GetBlockReturnType
}

/** The first block with time at or after `time`, by bisection; one more than the last final block if there is none. */
async function firstBlockAt({ client, final }: Session, time: number): Promise<bigint> {
  let lo = 0n
  let hi = (final.number ?? 0n) + 1n
  while (lo < hi) {
    const middle = (lo + hi) / 2n
    const { timestamp } = await ask(`block ${middle}`, client.getBlock({ blockNumber: middle }))
    if (timestamp >= BigInt(time)) hi = middle
    else lo = middle + 1n
  }
  return lo
}

type Range = { readonly ledger: Hex; readonly fromBlock: bigint; readonly toBlock: bigint }

/** The anchors of a ledger in a range of blocks. Nodes limit a question's size: it is halved until they answer. */
async function anchorsIn(session: Session, { ledger, fromBlock, toBlock }: Range) {
  const { client, registry } = session
  const event = getAbiItem({ abi: ANCHORS_ABI, name: "Anchored" })
  const logs = []
  let width = toBlock - fromBlock + 1n
  for (let start = fromBlock; start <= toBlock; ) {
    const end = start + width - 1n < toBlock ? start + width - 1n : toBlock
    const request = {
      address: registry,
      event,
      args: { ledger },
      fromBlock: start,
      toBlock: end,
      strict: true,
    } as const
    const answer = await client.getLogs(request).catch((error: Error) => error)
    if (answer instanceof Error) {
      if (width === 1n) await ask(`logs of block ${start}`, Promise.reject(answer))
      width = (width + 1n) / 2n
      continue
    }
    logs.push(...answer)
    start = end + 1n
    width *= 2n
  }
  return logs.map(({ args }) => args)
}

async function endAt({ client, registry, final }: Session, ledger: Hex, time: number): Promise<PeriodEnd> {
  const request = {
    address: registry,
    abi: ANCHORS_ABI,
    functionName: "checkpointBefore",
    args: [ledger, BigInt(time)],
  } as const
  const [checkpoints, head, length] = await ask(
    "checkpointBefore",
    client.readContract({ ...request, blockNumber: final.number ?? 0n }),
  )
  return { checkpoints, head, length }
}

/** The runs must lead from one head to the other: a node that leaves one out, or shows another order, is found out. */
function checkFold(runs: readonly AnchoredRun[], from: PeriodEnd, to: PeriodEnd): void {
  const head = runs.reduce((sum, { root }) => foldHead(sum, BigInt(root)), BigInt(from.head))
  if (BigInt(runs.length) !== to.length - from.length || head !== BigInt(to.head))
    throw new Refusal("SOURCE_UNREACHABLE", `the node shows ${runs.length} of ${to.length - from.length} anchors`, HINT)
}

async function runsBetween(session: Session, ledger: Hex, period: readonly [number, number]) {
  const [fromBlock, after] = await Promise.all(period.map((time) => firstBlockAt(session, time)))
  const events = await anchorsIn(session, { ledger, fromBlock: fromBlock ?? 0n, toBlock: (after ?? 0n) - 1n })
  const sorted = events.sort((a, b) => (a.position < b.position ? -1 : 1))
  return sorted.map(({ device, run, root }): AnchoredRun => ({ device, run, root }))
}

/** The storage of the registry that a verifier will look at: the ledger's counters and the checkpoints around both ends. */
async function stateOf(
  { client, registry, final }: Session,
  ledger: Hex,
  ends: readonly PeriodEnd[],
): Promise<StateProof> {
  const checkpoints = ends.flatMap((end) => (end.checkpoints === 0n ? [0n] : [end.checkpoints - 1n, end.checkpoints]))
  const keys = [...new Set([ledgerSlot(ledger), ...checkpoints.flatMap((index) => checkpointSlots(ledger, index))])]
  const at = `0x${(final.number ?? 0n).toString(16)}` as const
  const [block, proof] = await Promise.all([
    ask("eth_getBlockByNumber", client.request({ method: "eth_getBlockByNumber", params: [at, false] })),
    ask("eth_getProof", client.request({ method: "eth_getProof", params: [registry, keys, at] })),
  ])
  if (block === null) throw new Refusal("SOURCE_UNREACHABLE", `block ${at} is gone`, HINT)
  const slots = proof.storageProof.map(({ proof: nodes }, i) => ({
    key: keys[i] ?? ledgerSlot(ledger),
    nodes: nodes.map(lower),
  }))
  return { header: encodeHeader(block), account: proof.accountProof.map(lower), slots }
}

const lower = (text: string) => text.toLowerCase() as Hex

/**
 * Reads ledgers at the last final block of a node, which is trusted with nothing: the runs that it shows must fold into
 * the heads that it shows, and the heads come with proofs of the registry's storage.
 */
export async function openLedgerReader(rpc: string, registry: Hex): Promise<LedgerReader> {
  const client = createPublicClient({ transport: http(rpc, { timeout: 30_000, retryCount: 2 }) })
  const chainId = await ask("eth_chainId", client.getChainId())
  const session: Session = {
    client,
    registry,
    final: await ask("the final block", client.getBlock({ blockTag: "finalized" })),
  }
  return {
    chainId,
    finalTime: Number(session.final.timestamp),
    period: async (ledger, from, to) => {
      const request = { address: registry, abi: ANCHORS_ABI, functionName: "ledgerOf", args: [ledger] } as const
      const { operator, voucher } = await ask("ledgerOf", client.readContract(request))
      if (BigInt(operator) === 0n)
        throw new Refusal(
          "INPUT_INVALID",
          `the registry ${registry} has no ledger ${ledger}`,
          "check --ledger and --registry",
        )
      const [start, end] = [await endAt(session, ledger, from), await endAt(session, ledger, to)]
      const runs = start.length === end.length ? [] : await runsBetween(session, ledger, [from, to])
      checkFold(runs, start, end)
      const state = await stateOf(session, ledger, [start, end])
      return { operator: lower(operator), voucher: lower(voucher), from: start, to: end, runs, state }
    },
  }
}
