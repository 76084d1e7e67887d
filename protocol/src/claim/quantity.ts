import { U64_MAX } from "../encoding/pack.ts"
import { METRIC_NAMES, METRICS, type MetricName } from "./metric.ts"

/** A metric by its name or by a spoken one (`joules-per-token`), which may name the unit of work. Null: there is none. */
export function findMetric(name: string): { readonly metric: MetricName; readonly unit: string | null } | null {
  const exact = METRIC_NAMES.find((known) => known === name)
  if (exact !== undefined) return { metric: exact, unit: null }
  for (const metric of METRIC_NAMES) {
    const match = METRICS[metric].spoken?.exec(name)
    if (match) return { metric, unit: match.groups?.unit ?? null }
  }
  return null
}

/** The units in which a metric's bounds may be said, the usual one first. */
export function unitsOf(metric: MetricName): readonly string[] {
  return Object.keys(METRICS[metric].units)
}

const QUANTITY =
  /^(?<whole>0|[1-9][0-9]{0,29})(?:\.(?<fraction>[0-9]{1,30}))?(?: ?(?<unit>[^\s/0-9.][^\s/]*)(?: ?\/ ?(?<per>.+))?)?$/

export type QuantityFault = { readonly fault: string }

/**
 * A bound as a person writes it (`0.07`, `70 mJ`, `0.07 J/token`) in the unit of the proof, exactly: a number finer than
 * that unit is a fault, never rounded. `work` is the claim's unit of work, which a written `/unit` must be.
 */
export function parseQuantity(text: string, metric: MetricName, work: string): bigint | QuantityFault {
  const { whole = "", fraction = "", unit = unitsOf(metric)[0] ?? "", per } = QUANTITY.exec(text)?.groups ?? {}
  if (whole === "") return { fault: `"${text}" is not a decimal number with a unit` }
  const { units } = METRICS[metric]
  const size = Object.hasOwn(units, unit) ? units[unit] : undefined
  if (size === undefined) return { fault: `"${unit}" is no unit of ${metric}; it has ${unitsOf(metric).join(", ")}` }
  const isPerWork = METRICS[metric].countsWork && metric !== "work"
  if (per !== undefined && !isPerWork) return { fault: `${metric} is not a number per unit of work` }
  if (per !== undefined && per !== work) return { fault: `"${text}" is per ${per}, the claim counts ${work}` }
  const scaled = BigInt(whole + fraction) * size
  const divisor = 10n ** BigInt(fraction.length)
  if (scaled % divisor !== 0n) return { fault: `"${text}" is finer than a proof's unit, ${METRICS[metric].unit}` }
  const value = scaled / divisor
  return value <= U64_MAX ? value : { fault: `"${text}" does not fit 64 bits of ${METRICS[metric].unit}` }
}

/** A value in the unit of the proof, exactly, in the metric's usual unit: 70000 of energy-per-work is `0.07 J per token`. */
export function formatQuantity(value: bigint, metric: MetricName, work: string): string {
  const [unit = "", size = 1n] = Object.entries(METRICS[metric].units)[0] ?? []
  const fraction = (value % size)
    .toString()
    .padStart(size.toString().length - 1, "0")
    .replace(/0+$/, "")
  const number = `${value / size}${fraction === "" ? "" : `.${fraction}`}`
  if (metric === "work") return `${number} ${work}`
  const per = { "energy-per-accepted": ` per accepted ${work}` }[metric as string] ?? ` per ${work}`
  const isPerWork = METRICS[metric].countsWork
  return `${number}${unit === "%" ? " %" : ` ${unit}`}${isPerWork ? per : ""}`
}
