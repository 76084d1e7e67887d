import { foldHead, type Hex, type PeriodEnd, type StateProof } from "@wattest/protocol"
import { createPublicClient, getAbiItem, http } from "viem"
import { Refusal } from "../refusal.ts"
import { ANCHORS_ABI } from "./abi.ts"
import { proveLedger } from "./ledger-state.ts"
import { ask, HINT, lower, type Session } from "./session.ts"

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
  /**
   * `devices`: how many of the ledger's devices the state is to say when they last anchored a run. Throws INPUT_INVALID where there is no such ledger, SOURCE_UNREACHABLE where the node fails or contradicts itself. */
  readonly period: (ledger: Hex, from: number, to: number, devices: number) => Promise<LedgerPeriod>
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
    period: async (ledger, from, to, devices) => {
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
      const state = await proveLedger(session, { ledger, ends: [start, end], to, devices })
      return { operator: lower(operator), voucher: lower(voucher), from: start, to: end, runs, state }
    },
  }
}
