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

/** A bound as it was written, exactly: `value / divisor` in the unit of the proof, or so much of it `per` units of work. */
export type Amount = {
  readonly text: string
  /** Of the written unit, in that of the proof; with `per`, of so much for one of those units of work. */
  readonly size: bigint
  /** `kWh/Mtoken`, empty where none was written. */
  readonly unit: string
  readonly value: bigint
  readonly divisor: bigint
  /** `token`, `ktoken`, `Mtoken`; null where none was written. Of the metric `work`: what is counted. */
  readonly per: string | null
}

type Fraction = { readonly value: bigint; readonly divisor: bigint }

/** An amount in the unit of the proof, and what one of its written unit is there. */
export type Sized = Fraction & { readonly unit: Fraction }

type WrittenUnit = { readonly size: bigint; readonly per: string | null }

const PREFIXES: { readonly [prefix: string]: bigint } = { k: 10n ** 3n, M: 10n ** 6n, G: 10n ** 9n }

/** How many units of work a written one is: 1000 of `token` for `ktoken`. Null where it is of another kind of work. */
export function unitsIn(per: string, work: string): bigint | null {
  if (per === work) return 1n
  return per.slice(1) === work ? (PREFIXES[per.slice(0, 1)] ?? null) : null
}

/** Reads a bound as a person writes it (`0.07`, `70 mJ`, `0.2 kWh/Mtoken`, `0.2 kWh per Mtoken`), exactly. */
export function readAmount(text: string, metric: MetricName): Amount | QuantityFault {
  const { whole = "", fraction = "", unit } = NUMBER.exec(text)?.groups ?? {}
  if (whole === "") return { fault: `"${text}" is not a decimal number with a unit` }
  const sized = unit === undefined ? usualUnit(metric) : sizeOf(unit, metric)
  if ("fault" in sized) return sized
  const value = BigInt(whole + fraction) * sized.size
  return { ...{ text, ...sized, unit: unit ?? "" }, value, divisor: 10n ** BigInt(fraction.length) }
}

/** An amount for a document that counts `work`, as a fraction in the unit of the proof. */
export function amountFor(
  { text, size, value, divisor, per }: Amount,
  metric: MetricName,
  work: string,
): Sized | QuantityFault {
  if (per === null) return { value, divisor, unit: { value: size, divisor: 1n } }
  const units = unitsIn(per, work)
  if (units === null)
    return { fault: `"${text}" is ${metric === "work" ? "of" : "per"} ${per}, the claim counts ${work}` }
  return metric === "work"
    ? { value: value * units, divisor, unit: { value: size * units, divisor: 1n } }
    : { value, divisor: divisor * units, unit: { value: size, divisor: units } }
}

/**
 * A bound as a person writes it, in the unit of the proof, exactly: a number finer than that unit is a fault, never
 * rounded. `work` is the claim's unit of work, of which a written `/unit` must be.
 */
export function parseQuantity(text: string, metric: MetricName, work: string): bigint | QuantityFault {
  const amount = readAmount(text, metric)
  const exact = "fault" in amount ? amount : amountFor(amount, metric, work)
  if ("fault" in exact) return exact
  if (exact.value % exact.divisor !== 0n)
    return { fault: `"${text}" is finer than a proof's unit, ${METRICS[metric].unit}` }
  const value = exact.value / exact.divisor
  return value < NO_UPPER_BOUND ? value : { fault: `"${text}" does not fit 80 bits of ${METRICS[metric].unit}` }
}

function usualUnit(metric: MetricName): WrittenUnit | QuantityFault {
  const [size] = Object.values(METRICS[metric].units)
  return size === undefined ? { fault: `${metric} has no unit` } : { size, per: null }
}

/** The size of a written unit, and the unit of work that the number is per. */
function sizeOf(written: string, metric: MetricName): WrittenUnit | QuantityFault {
  const { units }: Metric = METRICS[metric]
  const sizeIn = (name: string) => (Object.hasOwn(units, name) ? units[name] : undefined)
  const whole = sizeIn(written)
  if (whole !== undefined) return { size: whole, per: null }
  if (metric === "work") return { size: 1n, per: written }
  const [unit = "", per] = written.split(/ ?\/ ?(.+)| per (.+)/).filter((part) => part !== undefined)
  const size = sizeIn(unit)
  if (size === undefined || per === undefined || per === "")
    return { fault: `"${written}" is no unit of ${metric}; it has ${unitsOf(metric).join(", ")}` }
  return isPerWork(metric) ? { size, per } : { fault: `${metric} is not a number per unit of work` }
}

/** Whether a metric's numbers are per unit of work, so that its unit must be known. */
export const isPerWork = (metric: MetricName) => countsWork(METRICS[metric]) && metric !== "work"

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
