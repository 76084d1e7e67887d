import { METRICS, type MetricName, NO_UPPER_BOUND } from "@wattest/protocol"
import type { Claim } from "../books/books.ts"
import { saidOf } from "../draw/intervals.ts"

/** What a claim's numbers are shown in: a unit of people, and how many of the metric's smallest ones that is. */
export type Measure = { readonly name: string; readonly size: number }

const isMetric = (name: string): name is MetricName => Object.hasOwn(METRICS, name)

/** Numbers from one up to this are easy to read. */
const EASY = 10_000

/** Joules and watt hours of one number would be two scales: people are shown the usual one. */
const isOther = (unit: string) => unit.endsWith("Wh") || unit === "ppm" || unit === ""

/** The unit in which a claim's larger bound is easy to read: the usual one if it is, else the largest of which there is one. */
export function measureOf({ metric, unit, lo, hi, work }: Claim): Measure {
  if (!isMetric(metric)) return { name: unit, size: 1 }
  const units = Object.entries(METRICS[metric].units).map(([name, size]) => ({ name, size: Number(size) }))
  const value = Number(hi === NO_UPPER_BOUND ? lo : hi)
  const [usual = { name: unit, size: 1 }] = units
  const isEasy = ({ size }: Measure) => value === 0 || (value >= size && value < size * EASY)
  const sizes = units.filter(({ name }) => !isOther(name)).toSorted((a, b) => b.size - a.size)
  const chosen =
    isEasy(usual) || isOther(usual.name) ? usual : (sizes.find(({ size }) => value >= size) ?? sizes.at(-1))
  const per = unit.includes("per unit") ? ` per ${work === null ? "unit of work" : work || "unit"}` : ""
  const { name, size } = chosen ?? usual
  return { name: `${name}${per}`, size }
}

const NUMBER = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 })
export const say = (value: number): string => NUMBER.format(value)

/** A claim's bounds in a unit; null: no upper bound. */
export const boundsOf = ({ lo, hi }: Claim, { size }: Measure) => ({
  lo: Number(lo) / size,
  hi: hi === NO_UPPER_BOUND ? null : Number(hi) / size,
})

const ABBREVIATED = ["pue", "wue", "erf"]

/** "Energy per work". */
export function metricText(metric: string): string {
  if (ABBREVIATED.includes(metric)) return metric.toUpperCase()
  const text = metric.replaceAll("-", " ")
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}

/** "Energy per work: at most 4.1 J per token". */
export function gist(claim: Claim): string {
  const measure = measureOf(claim)
  return `${metricText(claim.metric)}: ${saidOf(boundsOf(claim, measure), say)} ${measure.name}`
}
