import { ANCHORS_ABI, STATES } from "@wattest/chain"
import type { Hex } from "@wattest/command"
import { zeroAddress } from "viem"
import type { Target } from "../target.ts"
import type { Order } from "./orders.ts"
import { type Progress, progressOf } from "./progress.ts"
import type { LineFault, Say } from "./table.ts"

/** What is left to do, what is done, and what cannot be, each with its reason. */
export type Stand = {
  readonly open: readonly Order[]
  readonly done: number
  readonly refused: readonly LineFault[]
}

/** Questions that are asked at a time. */
const AT_ONCE = 32

/** Does it for all, so many at a time, and keeps the order. */
export async function inTurns<T, R>(
  items: readonly T[],
  progress: Progress,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))))
    progress(results.length)
  }
  return results
}

type Found = "open" | "done" | { readonly reason: string }

async function vouchStand({ client, address }: Target, order: Order, sender: Hex): Promise<Found> {
  const args = [order.device, sender] as const
  const { operator, evidence } = await client.readContract({ address, abi: ANCHORS_ABI, functionName: "vouchOf", args })
  if (operator === zeroAddress) return "open"
  const isSame = operator.toLowerCase() === order.vouched?.operator && evidence === order.vouched.evidence
  return isSame
    ? "done"
    : { reason: `you vouched for it already, with operator ${operator.toLowerCase()} and evidence ${evidence}` }
}

async function enrolStand({ client, address }: Target, { device }: Order, sender: Hex): Promise<Found> {
  const args = [device] as const
  const { member, operator } = await client.readContract({ address, abi: ANCHORS_ABI, functionName: "deviceOf", args })
  if (STATES[member.state] === "unknown") return "open"
  return operator.toLowerCase() === sender ? "done" : { reason: `it is in the ledger of ${operator.toLowerCase()}` }
}

/** How far the chain is with these orders: it is the only memory, so that a run which was cut off goes on from it. */
export async function standOf(target: Target, orders: readonly Order[], sender: Hex, say: Say): Promise<Stand> {
  const found = await inTurns(orders, progressOf("looked up", orders.length, say), (order) =>
    order.vouched === null ? enrolStand(target, order, sender) : vouchStand(target, order, sender),
  )
  const refused = orders.flatMap(({ line }, i) => {
    const one = found[i]
    return typeof one === "object" ? [{ line, reason: one.reason }] : []
  })
  return {
    open: orders.filter((_, i) => found[i] === "open"),
    done: found.filter((one) => one === "done").length,
    refused,
  }
}
