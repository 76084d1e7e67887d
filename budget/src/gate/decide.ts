import { type Expectation, visible } from "@wattest/protocol"
import { type Fraction, isAtMost } from "@wattest/verifier"
import { boundOf, type Known, knownOf, knownOfClaim, sayEnd } from "../books/amount.ts"
import type { Books, JudgedRun } from "../books/books.ts"
import { isAskedFor, isSelected, valuesOf } from "../books/select.ts"
import { endsIn, type NamedPeriod, periodOf } from "../file/period.ts"
import type { Budget } from "../file/shape.ts"
import { type Trend, trendOf } from "./trend.ts"

/**
 * How a number stands to its budget. `over`: also its lower end passes it. `warning`: the upper end alone does. `unknown`:
 * neither can be said.
 */
export const STANDINGS = ["over", "unknown", "warning", "within"] as const
export type Standing = (typeof STANDINGS)[number]

/** A limit, what was found, and how it stands. */
export type Line = {
  readonly limit: string
  /** `runs`, or the presentation whose claim it is. */
  readonly source: string
  readonly standing: Standing
  /** Both ends in the limit's unit; null where nothing is known. */
  readonly lower: string | null
  readonly upper: string | null
  /** The upper end as a share of the budget, else the lower; null where neither is known. */
  readonly used: number | null
  /** Why it is not known better; null where it is. */
  readonly why: string | null
}

export type BudgetResult = {
  readonly name: string
  readonly period: NamedPeriod | null
  readonly runs: number
  /** The gravest of its lines. */
  readonly standing: Standing
  readonly lines: readonly Line[]
  /** What may belong to it and is not here, in words. */
  readonly missing: readonly string[]
  readonly trends: readonly Trend[]
}

const shareOf = ({ value, divisor }: Fraction, bound: Fraction) => {
  const whole = bound.value * divisor
  return whole === 0n ? null : Number((value * bound.divisor * 1_000_000n) / whole) / 1e6
}

/** An alarm goes off on what is certain: the lower end. Both ends may be the budget itself. */
function standingOf({ range: { lo, hi } }: Known, bound: Fraction): Standing {
  if (lo !== null && !isAtMost(lo, bound)) return "over"
  if (hi !== null && isAtMost(hi, bound)) return "within"
  return lo === null || hi === null ? "unknown" : "warning"
}

/** Compares what is known, of work that is counted in `unit`, with a limit. */
export function lineOf(limit: Expectation, source: string, known: Known, unit: string): Line {
  const bound = boundOf(limit, unit)
  const told = { limit: limit.text, source }
  if (typeof bound === "string")
    return { ...told, standing: "unknown", lower: null, upper: null, used: null, why: known.why ?? visible(bound) }
  const { lo, hi } = known.range
  const end = hi ?? lo
  return {
    ...told,
    standing: standingOf(known, bound),
    lower: sayEnd(lo, bound, limit, false),
    upper: sayEnd(hi, bound, limit, true),
    used: end && shareOf(end, bound),
    why: known.why,
  }
}

/** The gravest of lines; without any nothing is known. */
export const gravest = (lines: readonly Pick<Line, "standing">[]): Standing =>
  STANDINGS.find((standing) => lines.some((line) => line.standing === standing)) ?? "unknown"

function linesOf(limit: Expectation, runs: readonly JudgedRun[], claims: Books["claims"]): readonly Line[] {
  const about = claims.filter(({ claim: { bound } }) => bound.metric === limit.metric)
  const proven = about.map((one) =>
    lineOf(limit, one.document, knownOfClaim(one.claim.bound), one.claim.scope.filters.unit ?? ""),
  )
  if (runs.length === 0 && proven.length > 0) return proven
  return [lineOf(limit, "runs", knownOf(runs, limit.metric), valuesOf(runs, "unit")[0] ?? ""), ...proven]
}

/** Runs that nobody shows may belong to any selection, and to a period in which they can have ended. */
function missingIn({ refused, gaps }: Books, period: NamedPeriod): readonly string[] {
  const inside = gaps.filter(({ afterMs, beforeMs }) => beforeMs > period.from * 1000 && afterMs <= period.to * 1000)
  return [
    ...refused.map(({ name, status, code, detail }) => `${name} does not enter: it is ${status}, ${code}: ${detail}`),
    ...inside.map(({ device, first, last }) =>
      first === last
        ? `run ${first} of ${device} is in no valid certificate here`
        : `runs ${first} to ${last} of ${device} are in no valid certificate here`,
    ),
  ]
}

/** Runs of a tally whose energy nobody knows. */
function uncountedIn(claims: Books["claims"]): readonly string[] {
  return claims.flatMap(({ document, claim: { scope } }) => {
    const { unopened, voids } = scope
    return unopened + voids === 0
      ? []
      : [`the claim in ${document} leaves out ${unopened} unopened and ${voids} void runs`]
  })
}

/** A budget over judged documents, in the period around `atMs`, else around the last run of its selection. Pure. */
export function decideBudget(budget: Budget, books: Books, atMs: number | null): BudgetResult {
  const { name, select = {}, limits } = budget
  const selected = books.runs.filter((run) => isSelected(run, select))
  const lastMs = selected.at(-1)?.certified.statement.endTimeMs ?? null
  const period = periodOf(budget, atMs ?? lastMs)
  if (period === null) return { name, period, runs: 0, ...nothing(limits), missing: refusedOf(books), trends: [] }
  const runs = selected.filter(({ certified }) => endsIn(period, certified.statement.endTimeMs))
  const claims = books.claims.filter(
    ({ claim: { scope } }) => scope.from === period.from && scope.to === period.to && isAskedFor(scope, select),
  )
  const lines = limits.flatMap((limit) => linesOf(limit, runs, claims))
  const missing = [...missingIn(books, period), ...new Set(uncountedIn(claims))]
  const trends = limits.flatMap((limit) => trendOf(limit, selected, budget.trend) ?? [])
  return { name, period, runs: runs.length, standing: gravest(lines), lines, missing, trends }
}

const refusedOf = (books: Books) => missingIn({ ...books, gaps: [] }, { name: "", from: 0, to: 0 })

function nothing(limits: readonly Expectation[]): Pick<BudgetResult, "standing" | "lines"> {
  const lines = limits.map((limit) => lineOf(limit, "runs", knownOf([], limit.metric), limit.work ?? ""))
  return { standing: "unknown", lines }
}
