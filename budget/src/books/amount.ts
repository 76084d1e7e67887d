import {
  amountFor,
  type CertifiedRun,
  countsWork,
  type Expectation,
  type Fed,
  hasUncertainty,
  METRICS,
  type MetricName,
  NO_UPPER_BOUND,
  type ProvenBound,
  type Sized,
  unitText,
} from "@wattest/protocol"
import { type Range, rangeOf, sayFraction } from "@wattest/verifier"
import type { JudgedRun } from "./books.ts"
import { valuesOf } from "./select.ts"

/** What is known of a number: both ends, and why it is not known better. */
export type Known = { readonly range: Range; readonly why: string | null }

const NOTHING: Range = { lo: null, hi: null }
const unknown = (why: string): Known => ({ range: NOTHING, why })

const FEEDS: { readonly [metric: string]: readonly Fed[] } = {
  "energy-per-work": ["work"],
  "energy-per-accepted": ["accepted"],
  "energy-per-input": ["input"],
  carbon: ["carbon"],
  "carbon-per-work": ["carbon", "work"],
  water: ["water"],
  "water-per-work": ["water", "work"],
}

const certifiedOf = (runs: readonly JudgedRun[]): readonly CertifiedRun[] => runs.map(({ certified }) => certified)
const isTotal = (metric: MetricName) => METRICS[metric].denominator.length === 0

/** Numbers of different boundaries, and per different units, are not one number. */
function unlike(runs: readonly JudgedRun[], metric: MetricName): string | null {
  const boundaries = valuesOf(runs, "boundary")
  if (boundaries.length > 1) return `the runs are metered at ${boundaries.join(" and ")}: select one boundary`
  const units = valuesOf(runs, "unit")
  if (countsWork(METRICS[metric]) && units.length > 1)
    return `the runs count ${units.map(unitText).join(" and ")}: select one unit`
  return null
}

/** What judged runs know of a number together. What is metered in some of them alone has a lower end. */
export function knownOf(runs: readonly JudgedRun[], metric: MetricName): Known {
  if (runs.length === 0) return unknown("no run here is of it: nothing is known")
  const fault = unlike(runs, metric)
  if (fault !== null) return unknown(fault)
  const needed = FEEDS[metric] ?? []
  const isFed = ({ certified: { statement } }: JudgedRun) => needed.every((name) => statement.fed.includes(name))
  const fed = runs.filter(isFed)
  const range = rangeOf(certifiedOf(isTotal(metric) ? fed : runs), metric)
  const missing = runs.find((run) => !isFed(run))
  if (missing === undefined) return range === null ? unknown("there is nothing to divide by") : { range, why: null }
  const why = `run ${missing.certified.run} of ${missing.device} does not feed ${needed.join(" and ")}`
  return { range: { lo: isTotal(metric) && fed.length > 0 ? (range?.lo ?? null) : null, hi: null }, why }
}

/** What a claim proves of its number. Uncertainty is added to it as proved, so that its lower end is not known. */
export function knownOfClaim({ lo, hi, metric }: Pick<ProvenBound, "lo" | "hi" | "metric">): Known {
  const low = hasUncertainty(metric) || lo === 0n ? null : { value: lo, divisor: 1n }
  const high = hi === NO_UPPER_BOUND ? null : { value: hi, divisor: 1n }
  const why = low === null && high === null ? "the claim bounds it from neither end" : null
  return { range: { lo: low, hi: high }, why }
}

/** A budget's amount for work in `unit`, in the unit of a proof; a text says why there is none. */
export function boundOf({ amount, metric, work }: Expectation, unit: string): Sized | string {
  const bound = work !== null && work !== unit ? null : amountFor(amount, metric, unit)
  return bound === null || "fault" in bound ? `the work is counted in ${unitText(unit)}` : bound
}

/** An end of a number in the written unit of a budget. */
export function sayEnd(end: Range["lo"], bound: Sized, { amount }: Expectation, isUpper: boolean): string | null {
  if (end === null) return null
  return `${sayFraction(end, bound.unit, isUpper)}${amount.unit === "" ? "" : ` ${amount.unit}`}`
}
