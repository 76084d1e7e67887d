import { ANCHORS_ABI, ANSWER, CLAIMS_ABI, held, type Rpc, RpcRefusal, view } from "@wattest/chain"
import type { Hex } from "@wattest/protocol"
import { decodeFunctionResult, encodeFunctionData } from "viem"
import { BooksBroken } from "./broken.ts"

/** The contracts that are followed. */
export type Contracts = { readonly registry: Hex; readonly claims: Hex | null }

/** What the registry's storage says of a ledger. */
export type LedgerState = {
  readonly length: number
  readonly head: Hex
  readonly devices: number
  readonly vouched: number
}

/** What the contracts' storage says of an operator: what was hidden of it shows as a difference. */
export type OperatorState = { readonly ledgers: number; readonly tallies: number }

/** A ledger as of a block; null where the node no longer keeps that block's state. */
export async function ledgerState(rpc: Rpc, registry: Hex, id: Hex, block: Hex): Promise<LedgerState | null> {
  const data = encodeFunctionData({ abi: ANCHORS_ABI, functionName: "ledgerOf", args: [id] })
  const answer = await unlessRefused(view(rpc, registry, data, block))
  if (answer === null) return null
  const found = held(ANSWER, () => decodeFunctionResult({ abi: ANCHORS_ABI, functionName: "ledgerOf", data: answer }))
  return {
    length: Number(found.length),
    head: found.head,
    devices: Number(found.deviceCount),
    vouched: Number(found.vouchedCount),
  }
}

const LEDGERS_A_PAGE = 200n

/** An operator as of a block; null where the node no longer keeps that block's state. */
export async function operatorState(
  rpc: Rpc,
  { registry, claims }: Contracts,
  operator: Hex,
  block: Hex,
): Promise<OperatorState | null> {
  let ledgers = 0
  for (let isMore = true; isMore; ) {
    const args = [operator, BigInt(ledgers), LEDGERS_A_PAGE] as const
    const data = encodeFunctionData({ abi: ANCHORS_ABI, functionName: "ledgersOf", args })
    const answer = await unlessRefused(view(rpc, registry, data, block))
    if (answer === null) return null
    const found = held(ANSWER, () =>
      decodeFunctionResult({ abi: ANCHORS_ABI, functionName: "ledgersOf", data: answer }),
    )
    ledgers += found.length
    isMore = BigInt(found.length) === LEDGERS_A_PAGE
  }
  if (claims === null) return { ledgers, tallies: 0 }
  const data = encodeFunctionData({ abi: CLAIMS_ABI, functionName: "tallyCount", args: [operator] })
  const answer = await unlessRefused(view(rpc, claims, data, block))
  if (answer === null) return null
  const tallies = held(ANSWER, () =>
    decodeFunctionResult({ abi: CLAIMS_ABI, functionName: "tallyCount", data: answer }),
  )
  return { ledgers, tallies: Number(tallies) }
}

/** What a node refuses of an old block it may answer of a newer one. */
async function unlessRefused<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof RpcRefusal) return null
    throw error
  }
}

/** Throws {@link BooksBroken} naming the first number that differs from what the events add up to. */
export function holdAgainst<T extends { readonly [name: string]: unknown }>(
  subject: Hex,
  what: string,
  { added, chain, block }: { readonly added: T; readonly chain: T; readonly block: number },
): void {
  for (const [name, value] of Object.entries(chain)) {
    if (added[name] === value) continue
    const message = `${what} ${subject}: its events up to block ${block} give ${name} ${added[name]}, the chain has ${value}`
    throw new BooksBroken(subject, message)
  }
}
