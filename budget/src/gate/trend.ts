import type { Expectation } from "@wattest/protocol"
import { type Fraction, isAtMost } from "@wattest/verifier"
import { boundOf, knownOf, sayEnd } from "../books/amount.ts"
import type { JudgedRun } from "../books/books.ts"
import { valuesOf } from "../books/select.ts"

/** A certificate's number: both ends, in the limit's unit. */
type TrendPoint = { readonly document: string; readonly lower: number; readonly upper: number }

/** A number over the last certificates of a selection, oldest first. */
export type Trend = {
  readonly limit: string
  readonly points: readonly TrendPoint[]
  readonly line: string
  readonly sentence: string
}

/** Certificates that a trend shows unless its budget says otherwise. */
export const TREND = 12

const BARS = "▁▂▃▄▅▆▇█"

/** One character for each value, from the lowest to the highest of them. */
export function sparkline(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const step = (value: number) => (most === least ? 0 : Math.round(((value - least) / (most - least)) * 7))
  return values.map((value) => BARS[step(value)] ?? "").join("")
}

type Ends = { readonly document: string; readonly lo: Fraction; readonly hi: Fraction }

function endsByDocument({ metric }: Expectation, runs: readonly JudgedRun[]): readonly Ends[] {
  // The order of a map is that of the last run of each document.
  const byDocument = new Map<string, JudgedRun[]>()
  for (const run of runs) {
    const own = byDocument.get(run.document) ?? []
    byDocument.delete(run.document)
    byDocument.set(run.document, [...own, run])
  }
  return [...byDocument].flatMap(([document, own]) => {
    const { lo, hi } = knownOf(own, metric).range
    return lo === null || hi === null ? [] : [{ document, lo, hi }]
  })
}

function sentenceOf(first: Ends, last: Ends, say: (end: Fraction, isUpper: boolean) => string): string {
  const ends = ({ lo, hi }: Ends) => `${say(lo, false)} to ${say(hi, true)}`
  const isTie = isAtMost(last.lo, first.hi) && isAtMost(first.lo, last.hi)
  const word = isTie ? "no change beyond uncertainty" : isAtMost(first.hi, last.lo) ? "higher" : "lower"
  return `first ${ends(first)}, last ${ends(last)}: ${word}`
}

/** The trend of a limit's number; null where fewer than two certificates have it. */
export function trendOf(limit: Expectation, runs: readonly JudgedRun[], length = TREND): Trend | null {
  const bound = boundOf(limit, valuesOf(runs, "unit")[0] ?? "")
  const ends = endsByDocument(limit, runs).slice(-length)
  const [first, last] = [ends[0], ends.at(-1)]
  if (typeof bound === "string" || first === undefined || last === undefined || ends.length < 2) return null
  const inUnit = ({ value, divisor }: Fraction) =>
    Number(value) / Number(divisor) / (Number(bound.unit.value) / Number(bound.unit.divisor))
  const points = ends.map(({ document, lo, hi }) => ({ document, lower: inUnit(lo), upper: inUnit(hi) }))
  const say = (end: Fraction, isUpper: boolean) => sayEnd(end, bound, limit, isUpper) ?? ""
  const line = sparkline(points.map(({ lower, upper }) => (lower + upper) / 2))
  return { limit: limit.text, points, line, sentence: sentenceOf(first, last, say) }
}
