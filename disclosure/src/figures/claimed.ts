import {
  BOUNDARIES,
  type DeviceExtract,
  type Hex,
  METRICS,
  type MetricName,
  missingMs,
  NO_UPPER_BOUND,
  plural,
} from "@wattest/protocol"
import { type ClaimEntry, evidenceOf } from "../books/entry.ts"
import { ledgerKey, ledgerOf } from "../books/standing.ts"
import { exact } from "../exact/exact.ts"
import { type Amount, lacking, noted, nothing, total } from "./amount.ts"
import { sayDays } from "./spoken.ts"
import type { World } from "./world.ts"

/** The metrics that bound a number from above. */
const NAMES: { readonly [K in Claimed]: readonly MetricName[] } = {
  energy: ["energy-central", "energy"],
  carbon: ["carbon"],
  water: ["water"],
  pue: ["pue"],
  wue: ["wue"],
}
export type Claimed = "energy" | "carbon" | "water" | "pue" | "wue"

/** Whether a claim counts all runs of the place, and no others: with a label more it would leave runs out. */
function isAbout({ claim: { scope } }: ClaimEntry, site: string | null): boolean {
  const { model, unit, party, zone, site: asked } = scope.filters
  return model === null && unit === null && party === null && zone === null && asked === site
}

const order = <T extends bigint | number | string>(a: T, b: T): number => (a < b ? -1 : Number(a > b))

/** The ledgers that a claim counts, each with the registry that holds it. */
export const ledgersOf = ({ claim: { scope } }: ClaimEntry): readonly string[] =>
  scope.owners.map((owner) => ledgerKey({ ...scope, ...owner }))

/** Claims of which no two count a ledger both, in the order that they are given in. */
function disjoint(claims: readonly ClaimEntry[]): readonly ClaimEntry[] {
  const seen = new Set<string>()
  return claims.filter((one) => {
    const ledgers = ledgersOf(one)
    if (ledgers.some((ledger) => seen.has(ledger))) return false
    for (const ledger of ledgers) seen.add(ledger)
    return true
  })
}

/** The time that a claim's devices did not meter; the policy says how much of it may be. */
function timeNeeds({ claim: { coverage } }: ClaimEntry, { missingPercent }: World): readonly string[] {
  if (coverage === null) return []
  const { expectedMs } = coverage
  const missing = missingMs(coverage)
  if (expectedMs === null || missing === null) return ["a claim that proves how long its devices were there to meter"]
  if (missing * 100n <= expectedMs * BigInt(missingPercent)) return []
  return [`a claim without missing time: ${sayDays(missing)} of ${sayDays(expectedMs)} are not metered`]
}

/** What one claim says: at most so much. */
function boundBy(one: ClaimEntry, world: World): Amount {
  const { document, claim } = one
  const { bound, scope, sentence, completeness, coverage, block } = claim
  // A proof bounds a number in so many parts of base units: mJ, mg, mL and their quotients.
  const value = exact(bound.hi, METRICS[bound.metric].scale)
  const { name, digest } = document
  return {
    ...{ ...nothing(), value, bound: "at-most" },
    pieces: [
      {
        ...{ document: name, digest, kind: "presentation", evidence: evidenceOf(scope.conditions), verdict: "valid" },
        block: block && { chainId: scope.chainId, number: `${block.number}`, time: block.timestamp },
        ...{ quantity: value, grade: scope.conditions.energyGrade },
      },
    ],
    coverage: coverage && {
      meteredMs: `${coverage.meteredMs}`,
      expectedMs: coverage.expectedMs === null ? null : `${coverage.expectedMs}`,
      blindMs: `${(coverage.meteredMs * coverage.blindPpm) / 1_000_000n}`,
      ...{ voids: `${scope.voids}`, notShown: `${scope.unopened}`, behind: [] },
    },
    needs: [
      ...(scope.unopened > 0 ? [`a claim that opens all runs: ${scope.unopened} of them are not counted`] : []),
      ...timeNeeds(one, world),
    ],
    notes: [
      "at most: a claim bounds what no certificate shows",
      sentence,
      ...(evidenceOf(scope.conditions) === "declared"
        ? ["recorded traces may be among its runs, which no device metered: the entity's own word"]
        : []),
      ...(completeness === null ? [] : [completeness]),
      ...((coverage?.joined ?? 0) > 0
        ? [
            `what ${plural(coverage?.joined ?? 0, "device")} that enrolled within the period metered before is metered time too: so much more may be missing of the others`,
          ]
        : []),
    ],
  }
}

type Ledgers = ReadonlySet<string>
const NONE: Ledgers = new Set()

/** Ledgers of which certificates show runs at a site of the profile, or at any: their claims go behind them there. */
function shownLedgers({ placed }: World, site: string | null): Ledgers {
  const there = placed.filter((place) => (site === null ? place.site !== "" : place.site === site))
  const entries = there.flatMap(({ counted, inner, unplaced }) => [...counted, ...inner, ...unplaced])
  return new Set(entries.map(ledgerOf))
}

/** Ledgers that some claim names and that neither these nor certificates count: what they took is in no number. */
function ledgerNeeds(counted: readonly ClaimEntry[], { claims }: World, shown: Ledgers): readonly string[] {
  const seen = new Set([...shown, ...counted.flatMap(ledgersOf)])
  const left = [...new Set(claims.flatMap(ledgersOf))].filter((ledger) => !seen.has(ledger)).sort()
  return left.map((ledger) => `a claim that also counts the ledger ${ledger}`)
}

/** Why a claim of the period bounds no number of a filing; null: it may. */
function idleness(one: ClaimEntry, world: World): string | null {
  const { subject, profile } = world
  const { bound, scope } = one.claim
  const { site } = scope.filters
  if (subject.kind === "job" || subject.kind === "model") return `it is not about one ${subject.kind}`
  if (subject.kind === "site" && site !== subject.name) return `it is not about ${subject.name} alone`
  if (!isAbout(one, site)) return "it counts runs of one label alone, and leaves others out"
  if (site !== null && !profile.sites.some(({ id }) => id === site)) return `the profile has no site "${site}"`
  if (!Object.values(NAMES).some((names) => names.includes(bound.metric)))
    return `no line asks for ${bound.metric}, by which nothing is added up`
  if (bound.hi === NO_UPPER_BOUND) return "it has no upper bound"
  const shown = shownLedgers(world, site)
  return ledgersOf(one).some((ledger) => shown.has(ledger))
    ? "certificates of its ledgers are counted, and go before it"
    : null
}

/** Claims of the period that bound no number of a filing, each with the reason. */
export const idleClaims = (world: World): readonly string[] =>
  world.claims.flatMap((one) => {
    const reason = idleness(one, world)
    return reason === null ? [] : [`the claim of ${one.document.name} fills no number: ${reason}`]
  })

/**
 * The claims that bound a number at a site, or of all, beside ledgers that certificates show. Of a ledger the sharpest one counts,
 * and only those at the outermost boundary of any, since it holds the others.
 */
function bounding(world: World, what: Claimed, site: string | null, shown: Ledgers): readonly ClaimEntry[] {
  if (world.subject.kind === "job" || world.subject.kind === "model") return []
  const about = world.claims.filter(
    (one) =>
      isAbout(one, site) &&
      NAMES[what].includes(one.claim.bound.metric) &&
      one.claim.bound.hi !== NO_UPPER_BOUND &&
      !ledgersOf(one).some((ledger) => shown.has(ledger)),
  )
  const at = BOUNDARIES.findLast((boundary) => about.some(({ claim }) => claim.scope.filters.boundary === boundary))
  const sorted = about
    .filter(({ claim }) => claim.scope.filters.boundary === at)
    .toSorted(
      (a, b) =>
        order(b.claim.scope.owners.length, a.claim.scope.owners.length) ||
        order(a.claim.bound.hi, b.claim.bound.hi) ||
        order(a.document.digest, b.document.digest),
    )
  // A quotient of one ledger says nothing of another's.
  return what === "pue" || what === "wue" ? sorted.slice(0, 1) : disjoint(sorted)
}

/**
 * What claims say of a number at a site, or of all: "at most"; null where none does. Quantities of different ledgers are added, so
 * that no small ledger speaks for a large one; short of the facility they bound a part.
 */
export function claimed(world: World, what: Claimed, site: string | null, shown = NONE): Amount | null {
  const counted = bounding(world, what, site, shown)
  const at = counted[0]?.claim.scope.filters.boundary
  if (at === undefined) return null
  return lacking(
    total(counted.map((one) => boundBy(one, world))),
    ...(at === "facility"
      ? []
      : [`a claim at the facility boundary: at the ${at} cooling, distribution and everything else there is left out`]),
    ...ledgerNeeds(counted, world, shown),
  )
}

/** A sum of which claims may bound a part. */
export type Bounded = Exclude<Claimed, "pue" | "wue">

/** Ledgers that count at a site or, of the whole, anywhere by certificates or by a claim of one site. */
function countedLedgers(world: World, what: Bounded, site: string | null): Ledgers {
  const own = shownLedgers(world, site)
  if (site !== null) return own
  const sites = world.profile.sites.filter(({ id }) => shownLedgers(world, id).size === 0)
  return new Set([...own, ...sites.flatMap(({ id }) => bounding(world, what, id, NONE).flatMap(ledgersOf))])
}

/** Ledgers that a filing's number counts by claims over them whole, beside certificates of others. */
export function boundedLedgers(world: World, what: Bounded): Ledgers {
  const site = world.subject.kind === "site" ? world.subject.name : null
  return new Set(bounding(world, what, site, countedLedgers(world, what, site)).flatMap(ledgersOf))
}

/**
 * Devices that a filing's number counts by claims, as the chain has them: of its ledger and at its boundary a claim over the whole
 * counts them all. It names none, so that an extract must; and of a claim of one site only its runs say which devices stand there.
 */
export function boundedDevices(world: World, what: Bounded): ReadonlyMap<Hex, DeviceExtract> {
  const { subject, standing } = world
  if (subject.kind !== "entity") return new Map()
  const counted = bounding(world, what, null, countedLedgers(world, what, null))
  const isCounted = (held: DeviceExtract) =>
    counted.some(
      (one) =>
        one.claim.coverage?.expectedMs != null &&
        one.claim.scope.filters.boundary === held.boundary &&
        ledgersOf(one).includes(ledgerKey(held)),
    )
  return new Map([...standing.devices].flatMap(([device, { held }]) => (isCounted(held) ? [[device, held]] : [])))
}

/**
 * What certificates show, and what claims bound of ledgers that none of them shows. A run stands in one ledger, and both are of
 * the runs that end in the period: together at most so much. What one device holds of another counts twice, and the bound stays true.
 */
export function withBound(world: World, what: Bounded, site: string | null, shown: Amount): Amount {
  const bound = claimed(world, what, site, countedLedgers(world, what, site))
  if (bound === null) return shown
  return noted(
    total([shown, bound]),
    "at most: certificates show some ledgers, a claim bounds the others; what meters of one ledger hold of another's counts twice",
  )
}

/** The time that the chain expects of a boundary's devices, by claims over ledgers of which none stands twice; null: no claim says it. */
export function chainExpects(
  { claims }: World,
  boundary: string,
  bounded: Ledgers,
): { readonly expectedMs: bigint; readonly documents: readonly string[]; readonly ledgers: Ledgers } | null {
  const expectedOf = ({ claim }: ClaimEntry) => claim.coverage?.expectedMs ?? 0n
  const about = claims
    .filter(({ claim }) => claim.scope.filters.boundary === boundary && claim.coverage?.expectedMs != null)
    // What a bound counts says its own time.
    .filter((one) => !ledgersOf(one).every((ledger) => bounded.has(ledger)))
    // Of two claims over as many ledgers the one that expects more.
    .toSorted(
      (a, b) => order(b.claim.scope.owners.length, a.claim.scope.owners.length) || order(expectedOf(b), expectedOf(a)),
    )
  const counted = disjoint(about)
  if (counted.length === 0) return null
  return {
    expectedMs: counted.reduce((all, one) => all + expectedOf(one), 0n),
    documents: [...new Set(counted.map(({ document }) => document.name))],
    ledgers: new Set(counted.flatMap(ledgersOf)),
  }
}
