import { CLAIMS_ABI } from "@wattest/chain"

import { CommandError, type Hex } from "@wattest/command"
import {
  boundsText,
  conditionsShown,
  countsWork,
  filtersFrom,
  filtersText,
  formatQuantity,
  METRICS,
  metricFrom,
  plural,
} from "@wattest/protocol"
import type { ContractFunctionReturnType } from "viem"
import type { Target } from "../target.ts"
import { when } from "../when.ts"

const PAGE = 16n

/** A tally as the contract answers it (IClaimRegistry.Tally). */
type Stored = ContractFunctionReturnType<typeof CLAIMS_ABI, "view", "tallyOf">

/** A tally in the registry of claims, with the names of its numbers. */
export type ListedClaim = ReturnType<typeof listed>

function listed({ terms, bounds, ...rest }: Stored, number: number) {
  const { vouchers, from, to, asOf } = terms
  const asked = { filters: filtersFrom(terms.filters), conditions: conditionsShown(terms.conditions) }
  const named = bounds.map((bound) => ({ ...bound, ...metricFrom(bound) }))
  return { number, vouchers, from, to, asOf, ...asked, bounds: named, ...rest }
}

const isBusy = (error: unknown) => error instanceof Error && !/revert/i.test(error.message)

/** Tallies from `offset` on, fewer at a time where the node cannot answer as many. */
async function page(target: Target, of: Hex, offset: bigint, limit: bigint): Promise<readonly Stored[]> {
  const contract = { address: target.address, abi: CLAIMS_ABI, blockTag: "finalized" } as const
  try {
    return await target.client.readContract({ ...contract, functionName: "talliesOf", args: [of, offset, limit] })
  } catch (error) {
    if (limit === 1n || !isBusy(error)) throw error
    return page(target, of, offset, limit / 2n)
  }
}

/**
 * An operator's tallies in the registry of claims that is the target, as of the latest final block. Throws a CommandError
 * where the node shows fewer than it counts.
 */
export async function claims(target: Target, of: Hex): Promise<ListedClaim[]> {
  const contract = { address: target.address, abi: CLAIMS_ABI, blockTag: "finalized" } as const
  const count = await target.client.readContract({ ...contract, functionName: "tallyCount", args: [of] })
  const all: Stored[] = []
  while (BigInt(all.length) < count) {
    const more = await page(target, of, BigInt(all.length), PAGE)
    if (more.length === 0)
      throw new CommandError(`the node counts ${count} tallies and shows ${all.length}`, "ask another node with --rpc")
    all.push(...more)
  }
  return all.map(listed)
}

function boundRow({ filters, number }: ListedClaim, bound: ListedClaim["bounds"][number]): string {
  const { metric, lo, hi, strict, denominator } = bound
  const over = BigInt(denominator) === BigInt(number) ? "" : ` over tally ${denominator}`
  const text = boundsText({ metric, lo, hi }, filters.unit ?? "")
  return `${metric}${over} ${text}${strict ? "" : " (or no run counts at all)"}`
}

function conditionsText({ conditions: { energyGrade, workGrade, origin, required } }: ListedClaim): string {
  const sources = required.length === 0 ? "" : `; each feeds ${required.join(", ")}`
  return `energy ${energyGrade} or better, work ${workGrade} or better, ${origin === "live" ? "live" : "live or recorded"}${sources}`
}

function rowsOf(claim: ListedClaim): readonly (readonly [string, string])[] {
  const { closing, runs, parts, vouchers, unopened, voids, bounds } = claim
  const isClosed = claim.closedAt > 0n
  const isOfWork = bounds.some(({ metric }) => countsWork(METRICS[metric]))
  const { meteredAtLeast, blindAtMost, brokenAtMost } = closing
  const days = Number((Number(meteredAtLeast) / 86_400_000).toPrecision(6))
  return [
    [
      `tally ${claim.number}`,
      isClosed ? `proved ${when(claim.closedAt)}` : `open since ${when(claim.openedAt)}: it says nothing`,
    ],
    ...bounds.map((bound) => ["bound", boundRow(claim, bound)] as const),
    ["runs", `all with ${filtersText(claim, isOfWork)}`],
    ["ended", `after ${when(claim.from)} and not after ${when(claim.to)}, anchored before ${when(claim.asOf)}`],
    ["metered", isClosed ? `at least ${plural(days, "device-day")}` : "not proved"],
    ["blind", isClosed ? `at most ${formatQuantity(blindAtMost, "blind-share", "")}` : "not proved"],
    ["broken", isClosed ? `at most ${plural(brokenAtMost, "run")}` : "not proved"],
    ["vouched for by", vouchers.join(", ").toLowerCase()],
    ["conditions", conditionsText(claim)],
    [
      "folded",
      `${plural(runs, "run")} of ${plural(vouchers.length, "ledger")}: ${unopened} not looked into, ${voids} lost`,
    ],
    ...(parts.length === 0 ? [] : [["joins", `tallies ${parts.join(", ")}`] as const]),
    ["suspect", claim.suspect ? "yes: a voucher's withdrawal voids anchors that were folded" : "no"],
  ]
}

/** A tally for people, a line for each thing to look at; an open one says nothing yet. */
export function describeClaim(claim: ListedClaim): string {
  const rows = rowsOf(claim)
  return rows.map(([name, value], i) => `${i === 0 ? "" : "  "}${name.padEnd(i === 0 ? 18 : 16)}${value}\n`).join("")
}

/** An operator's tallies for people. */
export const describeClaims = (found: readonly ListedClaim[]): string =>
  found.length === 0 ? "no claims\n" : found.map(describeClaim).join("\n")
