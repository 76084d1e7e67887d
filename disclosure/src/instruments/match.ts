import type { Instrument } from "@wattest/protocol"
import type { Evidence } from "../filing.ts"
import type { Graded } from "./grade.ts"
import { HOUR_MS, type Hourly } from "./hours.ts"

const HOURS_PER_DAY = 24

/** How closely production must meet consumption in time; in place it is the zone always. */
export const MATCHINGS = ["hour", "day", "year"] as const
export type Matching = (typeof MATCHINGS)[number]

/** So much of an instrument was spent on consumption of its zone. */
export type Spent = { readonly instrument: Instrument; readonly evidence: Evidence; readonly millijoules: bigint }

const smaller = (a: bigint, b: bigint) => (a < b ? a : b)

/** The buckets of time in which consumption of a zone is summed up. */
function bucketsOf(hours: ReadonlyMap<number, bigint>, matching: Matching): Map<number, bigint> {
  const width = { hour: 1, day: HOURS_PER_DAY, year: Number.POSITIVE_INFINITY }[matching]
  const buckets = new Map<number, bigint>()
  for (const [hour, millijoules] of hours) {
    const bucket = Math.floor(hour / width)
    buckets.set(bucket, (buckets.get(bucket) ?? 0n) + millijoules)
  }
  return buckets
}

/** The one bucket in which an instrument was produced; null where its interval is longer, so that nobody knows which. */
function bucketOf({ from, to }: Instrument, matching: Matching): number | null {
  if (matching === "year") return 0
  const width = HOUR_MS * (matching === "day" ? HOURS_PER_DAY : 1)
  const [first, last] = [Math.floor((from * 1000) / width), Math.ceil((to * 1000) / width) - 1]
  return first === last ? first : null
}

/** What instruments may be spent on: all that the entity metered, and the part of it that is spoken of. */
export type Consumed = { readonly all: Hourly; readonly own: Hourly }

/** So much of an instrument met no consumption, and why. */
export type Unspent = { readonly instrument: Instrument; readonly millijoules: bigint; readonly reason: string }

const WITHIN = { hour: "hour", day: "day", year: "period" } as const

/**
 * Spends instruments on consumption, each joule of both once, in the instruments' order: those of the best evidence
 * first. They are spent on all that the entity metered, of which a part has its share, so that filings of several sites spend
 * nothing twice. What is produced in another zone, or beyond what is consumed in its time, stays unspent.
 */
export function spend(
  { all, own }: Consumed,
  instruments: readonly Graded[],
  matching: Matching,
): { readonly spent: readonly Spent[]; readonly unspent: readonly Unspent[] } {
  const bucketed = (consumed: Hourly) =>
    new Map([...consumed].map(([zone, hours]) => [zone, bucketsOf(hours, matching)]))
  const [whole, part, left] = [bucketed(all), bucketed(own), bucketed(all)]
  const spent: Spent[] = []
  const unspent: Unspent[] = []
  for (const { instrument, evidence, millijoules } of instruments) {
    const { zone } = instrument
    const [bucket, buckets] = [bucketOf(instrument, matching), left.get(zone)]
    if (bucket === null || buckets === undefined) {
      const reason =
        buckets === undefined
          ? `no run shows energy in zone "${zone}"`
          : `it was made over more than one ${WITHIN[matching]}`
      unspent.push({ instrument, millijoules, reason })
      continue
    }
    const taken = smaller(buckets.get(bucket) ?? 0n, millijoules)
    if (taken < millijoules) {
      const reason = `no more was metered in its zone and ${WITHIN[matching]}`
      unspent.push({ instrument, millijoules: millijoules - taken, reason })
    }
    if (taken === 0n) continue
    buckets.set(bucket, (buckets.get(bucket) ?? 0n) - taken)
    const [ours, theirs] = [part.get(zone)?.get(bucket) ?? 0n, whole.get(zone)?.get(bucket) ?? 0n]
    if (ours > 0n) spent.push({ instrument, evidence, millijoules: (taken * smaller(ours, theirs)) / theirs })
  }
  return { spent, unspent }
}
