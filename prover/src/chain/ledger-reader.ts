import {
  createRpc,
  fetchHeader,
  firstBlock,
  type Header,
  headerAt,
  patient,
  proveLedger,
  type RegistryAt,
  RpcLie,
  RpcRefusal,
  RpcUnavailable,
  readAnchors,
  readLedgerPair,
  readPeriodEnd,
  rpcNumber,
} from "@wattest/chain"
import { foldHead, type Hex, type Period, type PeriodEnd, type StateProof } from "@wattest/protocol"
import { createWasmPoseidon } from "@wattest/protocol/batch"
import { Refusal } from "../refusal.ts"

/** A root as the registry anchored it. */
export type AnchoredRun = { readonly device: Hex; readonly run: bigint; readonly root: Hex }

/** A ledger's part of a tally as the chain has it: what was anchored from the period's start until the tally is taken. */
export type LedgerPeriod = {
  readonly operator: Hex
  readonly voucher: Hex
  readonly from: PeriodEnd
  readonly asOf: PeriodEnd
  /** Every run anchored in between, in the ledger's order; they lead from one head to the other. */
  readonly runs: readonly AnchoredRun[]
  readonly state: StateProof
}

export type LedgerReader = {
  readonly chainId: number
  /** Block time of the last final block, Unix seconds: no tally may be taken as of a later time. */
  readonly finalTime: number
  /**
   * `devices`: of how many of the ledger's devices the state is to say when they were to meter. Throws INPUT_INVALID
   * where there is no such ledger, SOURCE_UNREACHABLE where the node fails or contradicts itself.
   */
  readonly period: (ledger: Hex, period: Period, asOf: number, devices: number) => Promise<LedgerPeriod>
}

const TIMEOUT_MS = 30_000
const TRIES = 3
const HINT = "check --rpc, or ask another node"

/** A contract by a node that is asked more than once. */
export const contractAt = (rpcUrl: string, address: Hex): RegistryAt => ({
  rpc: patient(createRpc([rpcUrl], TIMEOUT_MS), TRIES),
  registry: address.toLowerCase() as Hex,
})

/** What a node does not answer, or answers falsely, is SOURCE_UNREACHABLE. */
export async function reached<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    if (!(error instanceof RpcRefusal || error instanceof RpcUnavailable || error instanceof RpcLie)) throw error
    throw new Refusal("SOURCE_UNREACHABLE", error.message.split("\n")[0] as string, HINT)
  }
}

/** The runs must lead from one head to the other: a node that leaves one out, or shows another order, is found out. */
function checkFold(runs: readonly AnchoredRun[], from: PeriodEnd, to: PeriodEnd): void {
  const hash = createWasmPoseidon()
  const head = runs.reduce((sum, { root }) => foldHead(sum, BigInt(root), hash), BigInt(from.head))
  if (BigInt(runs.length) !== to.length - from.length || head !== BigInt(to.head))
    throw new RpcLie(`the node shows ${runs.length} of ${to.length - from.length} anchors`)
}

/** The anchors of a ledger in blocks whose time is in [from, to). */
async function runsBetween(at: RegistryAt, final: Header, ledger: Hex, [from, to]: readonly [number, number]) {
  const blockAt = async (time: number) =>
    (await firstBlock(final.number, async (number) => (await headerAt(at, number)).time >= time)) ?? final.number + 1
  const [first, after] = await Promise.all([blockAt(from), blockAt(to)])
  const anchors = [...(await readAnchors(at, ledger, first, after - 1))]
  const sorted = anchors.sort((a, b) => (a.position < b.position ? -1 : 1))
  return sorted.map(({ device, run, root }): AnchoredRun => ({ device, run, root }))
}

type Part = { readonly ledger: Hex; readonly period: Period; readonly asOf: number; readonly devices: number }

async function readPeriod(
  at: RegistryAt,
  final: Header,
  { ledger, period: { from, to }, asOf, devices }: Part,
): Promise<LedgerPeriod> {
  const pair = await readLedgerPair(at, ledger, final.number)
  if (pair === null)
    throw new Refusal(
      "INPUT_INVALID",
      `the registry ${at.registry} has no ledger ${ledger}`,
      "check --ledger and --registry",
    )
  const start = await readPeriodEnd(at, ledger, from, final.number)
  const end = await readPeriodEnd(at, ledger, asOf, final.number)
  const runs = start.length === end.length ? [] : await runsBetween(at, final, ledger, [from, asOf])
  checkFold(runs, start, end)
  const { voucher } = pair
  const state = await proveLedger(at, final, { ledger, voucher, ends: [start, end], to, devices })
  return { ...pair, from: start, asOf: end, runs, state }
}

export async function requireFinal({ rpc }: RegistryAt): Promise<Header> {
  const final = await fetchHeader(rpc, "finalized")
  if (final === null) throw new RpcLie("the node has no final block")
  return final
}

/**
 * Reads ledgers at the last final block of a node, which is trusted with nothing: the runs that it shows must fold into
 * the heads that it shows, and the heads come with proofs of the registry's storage.
 */
export async function openLedgerReader(rpcUrl: string, registry: Hex): Promise<LedgerReader> {
  const at = contractAt(rpcUrl, registry)
  const chainId = rpcNumber(await reached(at.rpc.request("eth_chainId", [])), "eth_chainId")
  const final = await reached(requireFinal(at))
  return {
    chainId,
    finalTime: final.time,
    period: (ledger, period, asOf, devices) => reached(readPeriod(at, final, { ledger, period, asOf, devices })),
  }
}
