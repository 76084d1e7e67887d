import { type MetricName, NO_UPPER_BOUND } from "@wattest/protocol"
import type { ClaimEntry } from "../books/entry.ts"
import { exact } from "../exact/exact.ts"
import { type Amount, nothing } from "./amount.ts"
import type { World } from "./world.ts"

/** The metrics that bound a number from above, the sharpest first. */
const NAMES: { readonly [K in Claimed]: readonly MetricName[] } = {
  energy: ["energy-central", "energy"],
  carbon: ["carbon"],
  water: ["water"],
  pue: ["pue"],
  wue: ["wue"],
}
export type Claimed = "energy" | "carbon" | "water" | "pue" | "wue"

/** Units of a proof in a base unit: mJ, mg, mL as they are; quotients in millionths. WUE: µL for a kWh is 10^-6 L/kWh. */
const DIVISORS: { readonly [K in Claimed]: bigint } = {
  energy: 1n,
  carbon: 1n,
  water: 1n,
  pue: 1_000_000n,
  wue: 1_000_000n,
}

/** Whether a claim counts all runs of the place, and no others: with a label more it would leave runs out. */
function isAbout({ claim: { scope } }: ClaimEntry, site: string | null): boolean {
  const { model, unit, party, zone, site: asked } = scope.filters
  return model === null && unit === null && party === null && zone === null && asked === site
}

const order = <T extends bigint | string>(a: T, b: T): number => (a < b ? -1 : Number(a > b))

/** What claims say of a number at a site, or of all: "at most", by the sharpest of them; null where none does. */
export function claimed(world: World, what: Claimed, site: string | null): Amount | null {
  if (world.subject.kind === "job" || world.subject.kind === "model") return null
  const about = world.claims.filter((one) => isAbout(one, site) && one.claim.bound.hi !== NO_UPPER_BOUND)
  const found = NAMES[what].flatMap((metric) => about.filter(({ claim }) => claim.bound.metric === metric))
  // Of different boundaries the outermost holds most; of one boundary all hold, so the least does.
  const rank = ({ claim }: ClaimEntry) => ["gpu", "node", "rack", "facility"].indexOf(claim.scope.filters.boundary)
  const [best] = found.toSorted(
    (a, b) =>
      rank(b) - rank(a) || order(a.claim.bound.hi, b.claim.bound.hi) || order(a.document.digest, b.document.digest),
  )
  if (best === undefined) return null
  const { document, claim } = best
  const { bound, scope, sentence, completeness, coverage } = claim
  const value = exact(bound.hi, DIVISORS[what])
  return {
    ...{ ...nothing(), value, bound: "at-most" },
    pieces: [
      {
        ...{
          document: document.name,
          digest: document.digest,
          kind: "presentation",
          evidence: "proved",
          verdict: "valid",
        },
        ...{ block: null, quantity: value, grade: scope.conditions.energyGrade },
      },
    ],
    coverage: coverage && {
      ...{
        meteredMs: `${coverage.meteredMs}`,
        expectedMs: coverage.expectedMs === null ? null : `${coverage.expectedMs}`,
      },
      blindMs: `${(coverage.meteredMs * coverage.blindPpm) / 1_000_000n}`,
      ...{ voids: `${scope.voids}`, notShown: `${scope.unopened}`, behind: [] },
    },
    needs: scope.unopened > 0 ? [`a claim that opens all runs: ${scope.unopened} of them are not counted`] : [],
    notes: [
      "at most: a claim bounds it, and no certificate shows it",
      sentence,
      ...(completeness === null ? [] : [completeness]),
    ],
  }
}

/** The time that the chain expects of a boundary's devices, by claims over ledgers of which none stands twice; null: no claim says it. */
export function chainExpects(
  { claims }: World,
  boundary: string,
): { readonly expectedMs: bigint; readonly documents: readonly string[] } | null {
  const seen = new Set<string>()
  const documents = new Set<string>()
  let expectedMs = 0n
  const about = claims
    .filter(({ claim }) => claim.scope.filters.boundary === boundary && claim.coverage?.expectedMs !== null)
    // Of two claims over as many ledgers the one that expects more.
    .toSorted(
      (a, b) =>
        b.claim.scope.owners.length - a.claim.scope.owners.length ||
        order(b.claim.coverage?.expectedMs ?? 0n, a.claim.coverage?.expectedMs ?? 0n),
    )
  for (const { document, claim } of about) {
    const ledgers = claim.scope.owners.map(({ operator, voucher }) => `${claim.scope.chainId}/${operator}/${voucher}`)
    if (claim.coverage === null || ledgers.some((ledger) => seen.has(ledger))) continue
    for (const ledger of ledgers) seen.add(ledger)
    expectedMs += claim.coverage.expectedMs ?? 0n
    documents.add(document.name)
  }
  return documents.size === 0 ? null : { expectedMs, documents: [...documents] }
}
