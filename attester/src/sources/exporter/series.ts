import { scaleByTen } from "../decimal.ts"
import type { Sample } from "../net/prometheus.ts"
import { skuOf } from "../sku.ts"
import type { SensorValue } from "../source.ts"

/** Which series of a page to read, and what they say. */
export type Selector = Pick<SensorValue, "quantity" | "unit" | "grade" | "accuracy" | "covers"> & {
  /** One metric by the names that it has in several versions or boards: the first that the page has counts. */
  readonly metrics: readonly string[]
  /** Label values of which one must be there. */
  readonly labels: Readonly<Record<string, readonly string[]>>
  /** Labels that tell equal parts of the whole apart; none where the page must have one series. */
  readonly parts: readonly string[]
  /** The label that names the board; absent where none does. */
  readonly sku?: string
  /** The page's number is in units of 10^exponent of `unit`: hundredths of a kW, say. */
  readonly exponent: number
  /** How many parts there must be; null where nobody said. */
  readonly expect: number | null
  /** A page without it is a fault. */
  readonly required: boolean
}

/** What a page gives of one selector, and in words what is wrong with it. */
export type Found = { readonly values: readonly SensorValue[]; readonly problems: readonly string[] }

/** OpenMetrics ends the names of counters in `_total`; the text format does not. */
const isNamed = (sample: Sample, metric: string) => sample.name === metric || sample.name === `${metric}_total`

const fits = (own: ReadonlyMap<string, string>, labels: Selector["labels"]): boolean =>
  Object.entries(labels).every(([name, values]) => values.includes(own.get(name) ?? ""))

const textOf = ({ labels }: Sample) => `{${[...labels].map(([name, value]) => `${name}="${value}"`).join(", ")}}`

/**
 * Reads one selector of a page. Nothing ambiguous is chosen: where several series fit and no label tells parts apart,
 * there is no value but a problem that names them and the option to write.
 */
export function readSeries(selector: Selector, samples: readonly Sample[], surface: string): Found {
  const { metrics, labels, parts, required, expect } = selector
  const named = metrics.map((metric) => samples.filter((sample) => isNamed(sample, metric)))
  const chosen = named.find((series) => series.some((sample) => fits(sample.labels, labels))) ?? []
  const series = chosen.filter((sample) => fits(sample.labels, labels))
  const name = metrics[0] ?? ""
  if (series.length === 0)
    return { values: [], problems: required ? [`the page has no ${metrics.join(" or ")}${narrowed(labels)}`] : [] }
  const byPart = Map.groupBy(series, ({ labels }) => parts.map((label) => labels.get(label) ?? "").join("/"))
  const twice = [...byPart.values()].find((same) => same.length > 1)
  if (twice !== undefined) return { values: [], problems: [ambiguous(name, twice, parts)] }
  const found = [...byPart].flatMap(([part, [sample]]) =>
    sample === undefined || (sample.value === null && !required) ? [] : [toValue(selector, sample, part, surface)],
  )
  const count = expect !== null && found.length !== expect ? [`${name}: ${found.length} parts, not ${expect}`] : []
  return {
    values: found.flatMap((one) => (typeof one === "string" ? [] : [one])),
    problems: [...count, ...found.filter((one) => typeof one === "string")],
  }
}

const narrowed = (labels: Selector["labels"]) =>
  Object.keys(labels).length === 0 ? "" : ` with ${JSON.stringify(labels)}`

function ambiguous(name: string, same: readonly Sample[], parts: readonly string[]): string {
  const candidates = same.slice(0, 4).map(textOf).join(", ")
  const rule = parts.length === 0 ? "select one by labels, or name the labels of equal parts" : "select by labels"
  return `${same.length} series of ${name} are one part: ${candidates}; ${rule}`
}

/** The value, or what is wrong with it. A machine that answers draws power: 0 W of it is no reading. */
function toValue(selector: Selector, sample: Sample, part: string, surface: string): SensorValue | string {
  const { quantity, unit, grade, accuracy, covers, exponent } = selector
  const { name, labels, value, timeMs } = sample
  if (value === null) return `${name}${textOf(sample)} is no number`
  if (value.startsWith("-") && quantity !== "inletTemperature") return `${name}${textOf(sample)} is below zero`
  const isWhole = covers === "accelerator" || part === ""
  if (quantity === "power" && isWhole && Number(value) === 0) return `${name}${textOf(sample)} says 0 W`
  return {
    sensor: part === "" ? name : `${name}/${part}`,
    surface,
    quantity,
    unit,
    value: exponent === 0 ? value : scaleByTen(value, exponent),
    timeMs: timeMs ?? Date.now(),
    grade,
    accuracy,
    covers,
    ...(part === "" ? {} : { part }),
    ...skuOf(selector.sku === undefined ? null : (labels.get(selector.sku) ?? null)),
  }
}
