import type { Claim } from "../documents/presentation.ts"
import type { Hex } from "../encoding/bytes.ts"
import { U64_MAX } from "../encoding/pack.ts"
import { visible } from "../encoding/visible.ts"
import { METRICS, type MetricName } from "./metric.ts"
import { formatQuantity } from "./quantity.ts"
import { unitText } from "./unit-text.ts"

/** A ledger's pair. */
export type Owner = { readonly operator: Hex; readonly voucher: Hex }

/** The ledgers that a claim speaks of, one an entry. */
export function ownersOf(claim: Claim): readonly Owner[] {
  return claim.kind === "period" ? claim.ledgers : claim.runs.map(({ anchor }) => anchor)
}

/** What was counted on the way to a claim. */
export type ClaimCounts = { readonly runs: bigint; readonly unopened: number; readonly voids: number }

const SUBJECTS: { readonly [metric in Claim["metric"]]: string } = {
  energy: "took, uncertainty added,",
  "energy-per-work": "took, uncertainty added,",
  "energy-per-accepted": "took, uncertainty added,",
  "idle-tax": "had their accelerators idle for a share of their energy of",
  "accelerator-share": "spent on accelerators a share of their energy of",
  carbon: "emitted",
  "carbon-per-work": "emitted",
  water: "used water of",
  "water-per-work": "used water of",
  work: "delivered",
  "ledger-share": "took a share of all energy of",
}

const time = (seconds: number) => new Date(seconds * 1000).toISOString().replace(".000Z", "Z")
const quote = (text: string) => visible(JSON.stringify(text))
const plural = (count: number | bigint, noun: string) => `${count} ${noun}${BigInt(count) === 1n ? "" : "s"}`

type Bounds = { readonly metric: MetricName; readonly lo: bigint; readonly hi: bigint; readonly unit: string }

/** What lies between a claim's bounds, in words; `unit` is the unit of work. */
export function boundsText({ metric, lo, hi, unit }: Bounds): string {
  const say = (value: bigint) => formatQuantity(value, metric, unitText(unit))
  if (lo === hi) return `exactly ${say(lo)}`
  if (lo === 0n) return hi === U64_MAX ? "some amount" : `at most ${say(hi)}`
  return hi === U64_MAX ? `at least ${say(lo)}` : `between ${say(lo)} and ${say(hi)}`
}

function filtersText({ filters: { model, zone, party, boundary }, metric }: Claim): string {
  const named = [
    model && `model ${quote(model)}`,
    zone && `zone ${quote(zone)}`,
    party && `party ${quote(party)}`,
    `metered at the ${boundary}`,
  ]
  return `${named.filter((part) => part !== "").join(", ")}${METRICS[metric].countsWork ? "" : ", in any unit of work"}`
}

const distinct = (values: readonly Hex[]) => [...new Set(values)].join(", ")

function scopeOf(claim: Claim, { runs }: ClaimCounts): string {
  const owners = ownersOf(claim)
  const who = `operator ${distinct(owners.map(({ operator }) => operator))} (vouched for by ${distinct(owners.map(({ voucher }) => voucher))})`
  if (claim.kind === "runs") return `${plural(runs, "run")} that ${who} chose, ${filtersText(claim)},`
  const when = `from ${time(claim.from)} until before ${time(claim.to)}`
  const where = `in ${plural(claim.ledgers.length, "ledger")} of ${who} on chain ${claim.chainId}`
  return `all runs (${filtersText(claim)}) among the ${runs} anchored ${when} ${where}`
}

const NO_FACTOR = "estimated at best, 0 for a run without a factor"

/** What a register says where nobody gave a number: 0, which is no statement, and which a bound cannot tell apart. */
const ZEROS: { readonly [metric in Claim["metric"]]?: string } = {
  carbon: `carbon ${NO_FACTOR}`,
  "carbon-per-work": `carbon ${NO_FACTOR}`,
  water: `water ${NO_FACTOR}`,
  "water-per-work": `water ${NO_FACTOR}`,
  "idle-tax": "idle is 0 where no occupancy was read",
  "accelerator-share": "accelerators are 0 where none was read",
  work: "work is 0 where nobody counted",
}

/** What a claim says, in one English sentence of which every word was checked. */
export function claimSentence(claim: Claim, counts: ClaimCounts): string {
  const { filters, metric } = claim
  const scope = scopeOf(claim, counts)
  const grades = `energy graded ${filters.energyGrade} or better${METRICS[metric].countsWork ? `, work ${filters.workGrade} or better` : ""}`
  const zeros = ZEROS[metric] === undefined ? "" : `; ${ZEROS[metric]}`
  const closed = `${counts.unopened} unopened, ${counts.voids} void`
  return `${scope.charAt(0).toUpperCase()}${scope.slice(1)} ${SUBJECTS[metric]} ${boundsText({ ...claim, unit: filters.unit })} (${grades}${zeros}; ${closed}).`
}

/** What nobody may conclude from a claim. */
export function claimLimits(claim: Claim): string {
  const rest =
    claim.kind === "period"
      ? "operators' other addresses and ledgers, hardware without a meter, runs anchored later, void and unopened runs, or vouches withdrawn after the blocks of its proofs"
      : "any run that was not chosen, of when and for which job the chosen ones ran, or of vouches withdrawn after the blocks of its proofs"
  return `It does not speak of ${rest}; work, model and party are the operator's word as far as their grade says.`
}
