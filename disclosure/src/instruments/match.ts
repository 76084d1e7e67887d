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

/**
 * Spends instruments on consumption, each joule of both once, in the instruments' order: those of the best evidence
 * first. What is produced in another zone, or beyond what is consumed in its time, stays unspent.
 */
export function spend(consumed: Hourly, instruments: readonly Graded[], matching: Matching): readonly Spent[] {
  const left = new Map([...consumed].map(([zone, hours]) => [zone, bucketsOf(hours, matching)]))
  return instruments.flatMap(({ instrument, evidence, millijoules }) => {
    const bucket = bucketOf(instrument, matching)
    const buckets = left.get(instrument.zone)
    if (bucket === null || buckets === undefined) return []
    const taken = smaller(buckets.get(bucket) ?? 0n, millijoules)
    if (taken === 0n) return []
    buckets.set(bucket, (buckets.get(bucket) ?? 0n) - taken)
    return [{ instrument, evidence, millijoules: taken }]
  })
}
