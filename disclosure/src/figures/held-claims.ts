import { METRICS, type MetricName, NO_UPPER_BOUND, type Registers } from "@wattest/protocol"
import type { ClaimEntry, Entry } from "../books/entry.ts"
import { endsIn } from "../books/period.ts"
import { ledgerOf } from "../books/standing.ts"
import { exact, toDecimal } from "../exact/exact.ts"
import { ledgersOf } from "./claimed.ts"
import type { World } from "./world.ts"

/** Sums that certificates show too, with the unit in which a difference is said. */
const SUMS = {
  energy: ["kWh", ["energyMillijoules", "uncertaintyMillijoules"]],
  "energy-central": ["kWh", ["energyMillijoules"]],
  carbon: ["kg", ["carbonMilligrams"]],
  water: ["m3", ["waterMillilitres"]],
} as const satisfies { readonly [metric in MetricName]?: readonly [string, readonly (keyof Registers)[]] }

const isSum = (metric: MetricName): metric is keyof typeof SUMS => Object.hasOwn(SUMS, metric)

/** Whether a run is one of those that a claim counts; unit, grade and origin are conditions, which none of them may break. */
function isIn({ claim: { scope } }: ClaimEntry, entry: Entry): boolean {
  const { boundary, model, party, zone, site } = scope.filters
  const asked = { boundary, model, party, zone, site }
  return (
    entry.block.time < (scope.asOf ?? 0) &&
    entry.block.chainId === scope.chainId &&
    entry.registry === scope.registry &&
    scope.owners.some(({ operator, voucher }) => operator === entry.operator && voucher === entry.voucher) &&
    Object.entries(asked).every(([name, text]) => text === null || entry[name as keyof typeof asked] === text)
  )
}

/** A claim of a sum, held against the certificates of its runs. */
function held(one: ClaimEntry, metric: keyof typeof SUMS, entries: readonly Entry[]): readonly string[] {
  const { bound, scope } = one.claim
  const { name } = one.document
  const [unit, registers] = SUMS[metric]
  const units: { readonly [unit: string]: bigint } = METRICS[metric].units
  const own = entries.filter((entry) => isIn(one, entry))
  const shown = own.reduce(
    (all, entry) => registers.reduce((sum, register) => sum + entry.registers[register], all),
    0n,
  )
  const say = (value: bigint) => `${toDecimal(exact(value, units[unit] ?? 1n), 2)} ${unit}`
  const beside = `certificates of its runs show ${say(shown)}`
  if (shown < bound.lo)
    return [`certificates of all runs that ${name} counts: it proves at least ${say(bound.lo)}, ${beside}`]
  if (bound.hi === NO_UPPER_BOUND || shown <= bound.hi || scope.unopened > 0) return []
  return [`documents that agree: ${name} proves at most ${say(bound.hi)}, ${beside}`]
}

/** Ledgers of which a claim proves something, and of which no certificate shows anything. */
function unshown(one: ClaimEntry, entries: readonly Entry[], bounded: ReadonlySet<string>): readonly string[] {
  const shown = new Set(entries.map(ledgerOf))
  const left = ledgersOf(one).filter((ledger) => !shown.has(ledger) && !bounded.has(ledger))
  return left.map((ledger) => `certificates of the ledger ${ledger}: ${one.document.name} bounds what it took`)
}

/**
 * Ledgers of which a claim over all sites proves something, and neither a run of the period nor a claim of one of these sites: how
 * much of it was taken there, nobody says.
 */
export function unplacedClaims({ claims, shown, span }: World, sites: readonly string[]): readonly string[] {
  const there = claims.filter(({ claim: { scope } }) => sites.includes(scope.filters.site ?? ""))
  const runs = [...shown.values()].flat().filter(({ endMs }) => endsIn(span, endMs))
  const known = new Set([...runs.map(ledgerOf), ...there.flatMap(ledgersOf)])
  return claims.flatMap((one) => {
    const { bound, scope } = one.claim
    if (scope.filters.site !== null || !isSum(bound.metric) || bound.hi <= 0n) return []
    return ledgersOf(one)
      .filter((ledger) => !known.has(ledger))
      .map(
        (ledger) =>
          `certificates of the ledger ${ledger}, or a claim of ${sites.join(" and ")} alone: ${one.document.name} bounds what it took, and not where`,
      )
  })
}

/**
 * What claims say is lacking of a number that certificates show: runs or ledgers that none of them shows, or that one of both
 * is wrong. `bounded`: ledgers that a claim counts in that number.
 */
export function heldClaims(world: World, bounded: ReadonlySet<string>): readonly string[] {
  const { subject, claims, placed } = world
  const entries = placed.flatMap(({ counted, inner, unplaced }) => [...counted, ...inner, ...unplaced])
  if (entries.length === 0) return []
  const isWhole = ({ claim: { scope } }: ClaimEntry) => subject.kind === "entity" || scope.filters.site === subject.name
  const whole = claims.filter(isWhole).flatMap((one) => {
    const { metric, hi } = one.claim.bound
    return isSum(metric) && hi > 0n ? [...held(one, metric, entries), ...unshown(one, entries, bounded)] : []
  })
  return subject.kind === "site" ? [...whole, ...unplacedClaims(world, [subject.name])] : whole
}
