import { METRICS, type MetricName } from "@wattest/protocol"

/** A number of a closed tally, with what it is about. */
export type ProvedNumber = {
  readonly number: number
  readonly place: number
  readonly metric: string
  readonly denominator: number
  readonly lo: string
  readonly hi: string
  readonly opens: number
  readonly ends: number
  /** What is asked of runs, joined to one text. */
  readonly asked: string
  readonly ledgers: ReadonlySet<string>
}

export const RELATIONS = ["same", "within", "around", "overlaps"] as const
export type Relation = (typeof RELATIONS)[number]

const isIn = (a: ProvedNumber, b: ProvedNumber) =>
  b.opens <= a.opens && a.ends <= b.ends && [...a.ledgers].every((ledger) => b.ledgers.has(ledger))

/** How the runs of one number lie to those of another; null: they have none in common, or ask other things. */
export function relationOf(a: ProvedNumber, b: ProvedNumber): Relation | null {
  if (a.metric !== b.metric || a.asked !== b.asked) return null
  const meets = a.opens < b.ends && b.opens < a.ends && [...a.ledgers].some((ledger) => b.ledgers.has(ledger))
  if (!meets) return null
  const [inside, outside] = [isIn(a, b), isIn(b, a)]
  if (inside && outside) return "same"
  return inside ? "within" : outside ? "around" : "overlaps"
}

/** Sums grow with their runs; what divides by a total does not. */
const isSum = (metric: string) => (METRICS[metric as MetricName]?.denominator.length ?? 1) === 0

/**
 * Whether two numbers cannot both be true: bounds of the same runs that do not meet, or a sum over some of the runs that is
 * above the sum over all of them. A ratio that names its own totals is of something else each time.
 */
export function contradicts(a: ProvedNumber, b: ProvedNumber, relation: Relation): boolean {
  if (a.metric === "ratio") return false
  const [aLo, aHi, bLo, bHi] = [a.lo, a.hi, b.lo, b.hi].map(BigInt) as [bigint, bigint, bigint, bigint]
  const isOwn = a.denominator === a.number && b.denominator === b.number
  if (relation === "same") return (isSum(a.metric) || isOwn) && (aLo > bHi || bLo > aHi)
  if (!isSum(a.metric)) return false
  return relation === "within" ? aLo > bHi : relation === "around" && bLo > aHi
}
