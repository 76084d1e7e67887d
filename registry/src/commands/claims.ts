import { CLAIMS_ABI } from "@wattest/chain"
import { BOUNDARIES, boundsText, GRADES, METRIC_NAMES, METRICS, type MetricName, visible } from "@wattest/protocol"
import type { ContractFunctionReturnType } from "viem"
import type { Target } from "../target.ts"
import { parseAddress } from "../values.ts"

const PAGE = 50n

/** A claim as the contract answers it (IClaimRegistry.Claim). */
type Stored = ContractFunctionReturnType<typeof CLAIMS_ABI, "view", "claimsOf">[number]

/** A claim in the registry of claims, with the names of its numbers. */
export type ListedClaim = ReturnType<typeof listed>

function listed({ terms, ...rest }: Stored, number: number) {
  const { boundary, energyGrade, workGrade, ...texts } = terms.filters
  const filters = {
    ...texts,
    boundary: BOUNDARIES[boundary - 1],
    energyGrade: GRADES[energyGrade],
    workGrade: GRADES[workGrade],
  }
  const metric: MetricName = METRIC_NAMES[terms.metric] ?? "energy"
  return { number, metric, vouchers: terms.vouchers, from: terms.from, to: terms.to, filters, ...rest }
}

/** An operator's claims in the registry of claims that is the target, as of the latest final block. */
export async function claims({ client, address }: Target, [operator]: readonly string[]): Promise<ListedClaim[]> {
  const contract = { address, abi: CLAIMS_ABI, blockTag: "finalized" } as const
  const of = parseAddress("OPERATOR", operator)
  const count = await client.readContract({ ...contract, functionName: "claimCount", args: [of] })
  const all: Stored[] = []
  for (let offset = 0n; offset < count; offset += PAGE)
    all.push(...(await client.readContract({ ...contract, functionName: "claimsOf", args: [of, offset, PAGE] })))
  return all.map(listed)
}

const time = (seconds: bigint) => new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z")
const plural = (count: bigint | number, noun: string) => `${count} ${noun}${BigInt(count) === 1n ? "" : "s"}`
const quote = (text: string) => visible(JSON.stringify(text))

function selection({ filters: { model, zone, party, boundary } }: ListedClaim): string {
  const named = Object.entries({ model, zone, party }).filter(([, text]) => text !== "")
  return [...named.map(([name, text]) => `${name} ${quote(text)}`), `metered at the ${boundary}`].join(", ")
}

/** A claim for people, a line for each thing to look at; an open one says nothing yet. */
export function describeClaim(claim: ListedClaim): string {
  const { number, metric, vouchers, filters, runs, spans, unopened, voids, suspect } = claim
  const isClosed = claim.closedAt > 0n
  const grades = `energy ${filters.energyGrade} or better${METRICS[metric].countsWork ? `, work ${filters.workGrade} or better` : ""}`
  const rows: readonly (readonly [string, string])[] = [
    [
      `claim ${number}`,
      isClosed ? `proved ${time(claim.closedAt)}` : `open since ${time(claim.openedAt)}: it says nothing`,
    ],
    ["bounds", isClosed ? `${metric} ${boundsText({ ...claim, unit: filters.unit })}` : `${metric}, none yet`],
    ["runs", `all with ${selection(claim)}`],
    ["anchored", `from ${time(claim.from)} until before ${time(claim.to)}`],
    ["vouched for by", vouchers.join(", ").toLowerCase()],
    ["grades", grades],
    [
      "folded",
      `${plural(runs, "run")} of ${plural(spans.length, "ledger")}: ${unopened} not looked into, ${voids} lost`,
    ],
    ["suspect", suspect ? "yes: a voucher withdrew its word from a time before the end" : "no"],
  ]
  return rows.map(([name, value], i) => `${i === 0 ? "" : "  "}${name.padEnd(i === 0 ? 18 : 16)}${value}\n`).join("")
}
