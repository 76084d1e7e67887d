import { U64_MAX } from "../encoding/pack.ts"
import { METRIC_NAMES, METRICS, type MetricName } from "./metric.ts"

/** Units in which people say a metric's bounds, each with its size in the unit of the proof; the first is the usual one. */
const ENERGY = { J: 1_000n, mJ: 1n, kJ: 10n ** 6n, MJ: 10n ** 9n, GJ: 10n ** 12n, TJ: 10n ** 15n }
const HOURS = { Wh: 3_600_000n, kWh: 3_600_000_000n, MWh: 3_600_000_000_000n, GWh: 3_600_000_000_000_000n }
const ENERGY_PER = {
  J: 10n ** 6n,
  µJ: 1n,
  mJ: 1_000n,
  kJ: 10n ** 9n,
  MJ: 10n ** 12n,
  Wh: 3_600_000_000n,
  kWh: 3_600_000_000_000n,
}
const SHARE = { "%": 10_000n, ppm: 1n }

const UNITS: { readonly [M in MetricName]: { readonly [unit: string]: bigint } } = {
  energy: { ...ENERGY, ...HOURS },
  "energy-per-work": ENERGY_PER,
  "energy-per-accepted": ENERGY_PER,
  "idle-tax": SHARE,
  "accelerator-share": SHARE,
  carbon: { kg: 10n ** 6n, mg: 1n, g: 1_000n, t: 10n ** 9n, kt: 10n ** 12n },
  "carbon-per-work": { g: 10n ** 6n, µg: 1n, mg: 1_000n, kg: 10n ** 9n },
  water: { L: 1_000n, mL: 1n, m3: 10n ** 6n },
  "water-per-work": { mL: 10n ** 6n, nL: 1n, µL: 1_000n, L: 10n ** 9n },
  work: { units: 1n },
  "ledger-share": SHARE,
}

/** Names of metrics as people say them; `UNIT` stands for any unit of work. */
const SPOKEN: readonly (readonly [RegExp, MetricName])[] = [
  [/^(?:energy-with-uncertainty)$/, "energy"],
  [/^(?:joules|energy)-per-accepted-(?<unit>.+)$/, "energy-per-accepted"],
  [/^joules-per-(?<unit>.+)$/, "energy-per-work"],
  [/^carbon-per-(?<unit>.+)$/, "carbon-per-work"],
  [/^water-per-(?<unit>.+)$/, "water-per-work"],
]

/** A metric by its name or by a spoken one (`joules-per-token`), which may name the unit of work. Null: there is none. */
export function findMetric(name: string): { readonly metric: MetricName; readonly unit: string | null } | null {
  const exact = METRIC_NAMES.find((known) => known === name)
  if (exact !== undefined) return { metric: exact, unit: null }
  for (const [pattern, metric] of SPOKEN) {
    const match = pattern.exec(name)
    if (match) return { metric, unit: match.groups?.unit ?? null }
  }
  return null
}

/** The units in which a metric's bounds may be said, the usual one first. */
export function unitsOf(metric: MetricName): readonly string[] {
  return Object.keys(UNITS[metric])
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
  const size = Object.hasOwn(UNITS[metric], unit) ? UNITS[metric][unit] : undefined
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
  const [unit = "", size = 1n] = Object.entries(UNITS[metric])[0] ?? []
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
