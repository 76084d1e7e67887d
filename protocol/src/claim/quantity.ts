import { countsWork, NO_UPPER_BOUND } from "./measure.ts"
import { METRIC_NAMES, METRICS, type Metric, type MetricName } from "./metric.ts"

/** A metric by its name or by a spoken one (`joules-per-token`), which may name the unit of work. Null: there is none. */
export function findMetric(name: string): { readonly metric: MetricName; readonly unit: string | null } | null {
  const exact = METRIC_NAMES.find((known) => known === name)
  if (exact !== undefined) return { metric: exact, unit: null }
  for (const metric of METRIC_NAMES) {
    const match = (METRICS[metric] as Metric).spoken?.exec(name)
    if (match) return { metric, unit: match.groups?.unit ?? null }
  }
  return null
}

/** The units in which a metric's bounds may be said, the usual one first. */
export function unitsOf(metric: MetricName): readonly string[] {
  return Object.keys(METRICS[metric].units)
}

const NUMBER = /^(?<whole>0|[1-9][0-9]{0,29})(?:\.(?<fraction>[0-9]{1,30}))?(?: ?(?<unit>[^\s0-9./].*))?$/

export type QuantityFault = { readonly fault: string }

/**
 * A bound as a person writes it (`0.07`, `70 mJ`, `0.07 J/token`) in the unit of the proof, exactly: a number finer than
 * that unit is a fault, never rounded. `work` is the claim's unit of work, which a written `/unit` must be.
 */
export function parseQuantity(text: string, metric: MetricName, work: string): bigint | QuantityFault {
  const { whole = "", fraction = "", unit } = NUMBER.exec(text)?.groups ?? {}
  if (whole === "") return { fault: `"${text}" is not a decimal number with a unit` }
  const size = unit === undefined ? Object.values(METRICS[metric].units)[0] : sizeOf(unit, metric, work)
  if (size === undefined) return { fault: `${metric} has no unit` }
  if (typeof size !== "bigint") return size
  const scaled = BigInt(whole + fraction) * size
  const divisor = 10n ** BigInt(fraction.length)
  if (scaled % divisor !== 0n) return { fault: `"${text}" is finer than a proof's unit, ${METRICS[metric].unit}` }
  const value = scaled / divisor
  return value < NO_UPPER_BOUND ? value : { fault: `"${text}" does not fit 80 bits of ${METRICS[metric].unit}` }
}

/** The size of a written unit, with or without the unit of work that the number is per. */
function sizeOf(written: string, metric: MetricName, work: string): bigint | QuantityFault {
  const { units }: Metric = METRICS[metric]
  const sizeIn = (name: string) => (Object.hasOwn(units, name) ? units[name] : undefined)
  const whole = sizeIn(written)
  if (whole !== undefined) return whole
  const [unit = "", per] = written.split(/ ?\/ ?(.+)/)
  const size = sizeIn(unit)
  if (size === undefined || per === undefined)
    return { fault: `"${written}" is no unit of ${metric}; it has ${unitsOf(metric).join(", ")}` }
  if (!isPerWork(metric)) return { fault: `${metric} is not a number per unit of work` }
  if (per !== work) return { fault: `"${written}" is per ${per}, the claim counts ${work}` }
  return size
}

const isPerWork = (metric: MetricName) => countsWork(METRICS[metric]) && metric !== "work"

/** A value in the unit of the proof, exactly, in the metric's usual unit: 70000 of energy-per-work is `0.07 J per token`. */
export function formatQuantity(value: bigint, metric: MetricName, work: string): string {
  const { units, kindOfWork }: Metric = METRICS[metric]
  const [unit = "", size = 1n] = Object.entries(units)[0] ?? []
  // The usual unit is a power of ten of the proof's: its decimals end
  const decimals = (value % size).toString().padStart(size.toString().length - 1, "0")
  const fraction = decimals.replace(/0+$/, "")
  const number = `${value / size}${fraction === "" ? "" : `.${fraction}`}`
  if (metric === "work") return `${number} ${work}`
  const per = isPerWork(metric) ? ` per ${kindOfWork === undefined ? "" : `${kindOfWork} `}${work}` : ""
  return `${number}${unit === "" ? "" : ` ${unit}`}${per}`
}
