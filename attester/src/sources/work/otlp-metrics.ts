import { createHash } from "node:crypto"
import { addDecimals, numberToDecimal, toDecimal } from "../decimal.ts"
import { field, list } from "../net/json.ts"
import type { Quantity } from "../source.ts"

export type OtlpQuantity = Extract<Quantity, "work" | "accepted" | "prefillWork" | "decodeWork">

/** A total that an exporter has counted up to a time, or an increment of it. */
export type OtlpPoint = {
  /** Which counter: digest of metric, resource and attributes, so that two servers of one model stay apart. */
  readonly series: string
  /** Who counts: digest of the exporter's resource. */
  readonly owner: string
  readonly quantity: OtlpQuantity
  readonly value: string
  readonly cumulative: boolean
  /** Start and time of the point, in ns since 1970. */
  readonly start: bigint
  readonly time: bigint
}

/** Names are as long as the sender likes, and each counter bears its resource's: digests fill no memory. */
const digestOf = (name: string): string => createHash("sha256").update(name).digest("base64")

/** OpenTelemetry's GenAI convention: tokens by type; and two counters of our own for whatever else is work. */
const TOKENS = "gen_ai.client.token.usage"
const COUNTERS: ReadonlyMap<string, OtlpQuantity> = new Map<string, OtlpQuantity>([
  ["wattest.work", "work"],
  ["wattest.accepted", "accepted"],
])
const TOKEN_TYPES: ReadonlyMap<unknown, OtlpQuantity> = new Map<unknown, OtlpQuantity>([
  ["input", "prefillWork"],
  ["output", "decodeWork"],
])

/**
 * The points of an ExportMetricsServiceRequest (OTLP 1, JSON) that count work. Other metrics are passed over; null
 * when the request or a point that counts is not of OTLP's form.
 */
export const parseOtlp = (request: unknown, model: string | undefined): OtlpPoint[] | null => {
  if (!Array.isArray(field(request, "resourceMetrics"))) return null
  const points: OtlpPoint[] = []
  for (const resource of list(field(request, "resourceMetrics"))) {
    const owner = digestOf(JSON.stringify(field(field(resource, "resource"), "attributes") ?? []))
    for (const metric of list(field(resource, "scopeMetrics")).flatMap((scope) => list(field(scope, "metrics")))) {
      const found = readMetric(metric, owner, model)
      if (!found) return null
      points.push(...found)
    }
  }
  return points
}

const readMetric = (metric: unknown, owner: string, model: string | undefined): OtlpPoint[] | null => {
  const name = field(metric, "name")
  if (name !== TOKENS && !COUNTERS.has(String(name))) return []
  const data = field(metric, "histogram") ?? field(metric, "sum")
  const temporality = field(data, "aggregationTemporality")
  const cumulative = temporality === 2 || temporality === "AGGREGATION_TEMPORALITY_CUMULATIVE"
  const delta = temporality === 1 || temporality === "AGGREGATION_TEMPORALITY_DELTA"
  if (!cumulative && !delta) return null
  const points: OtlpPoint[] = []
  for (const point of list(field(data, "dataPoints"))) {
    const found = readPoint(String(name), point, model)
    if (found === null) return null
    if (found) points.push({ ...found, series: digestOf(`${owner}/${found.series}`), owner, cumulative })
  }
  return points
}

type Point = Omit<OtlpPoint, "cumulative" | "owner">

/** Undefined: a point of another model or token type. */
const readPoint = (name: string, point: unknown, model: string | undefined): Point | null | undefined => {
  const attributes = readAttributes(point)
  const quantity = COUNTERS.get(name) ?? TOKEN_TYPES.get(attributes.get("gen_ai.token.type"))
  const own = attributes.get("gen_ai.response.model") ?? attributes.get("gen_ai.request.model")
  if (!quantity || (model !== undefined && own !== model)) return undefined
  const value = readValue(point)
  const [start, time] = [readTime(point, "startTimeUnixNano") ?? 0n, readTime(point, "timeUnixNano")]
  if (value === null || time === null) return null
  const series = `${name}/${JSON.stringify([...attributes].sort(([a], [b]) => (a < b ? -1 : 1)))}`
  return { series, quantity, value, start, time }
}

const readAttributes = (point: unknown): Map<string, string> =>
  new Map(
    list(field(point, "attributes")).flatMap((attribute) => {
      const key = field(attribute, "key")
      const value = field(field(attribute, "value"), "stringValue")
      return typeof key === "string" && typeof value === "string" ? [[key, value] as const] : []
    }),
  )

/** A histogram's sum, or a counter's value; 64-bit integers are texts in OTLP's JSON. */
const readValue = (point: unknown): string | null => {
  const found = field(point, "sum") ?? field(point, "asInt") ?? field(point, "asDouble")
  const value = typeof found === "number" ? numberToDecimal(found) : typeof found === "string" ? toDecimal(found) : null
  return value?.startsWith("-") ? null : value
}

const readTime = (point: unknown, name: string): bigint | null => {
  const text = String(field(point, name) ?? "")
  return /^\d{1,20}$/.test(text) ? BigInt(text) : null
}

/** More counters than this are not one workload's. */
const MAX_SERIES = 1000

type Series = { readonly quantity: OtlpQuantity; base: string; latest: string; start: bigint; time: bigint }

/**
 * Running totals over all counters, through restarts of exporters and repeated requests. Each counter is remembered: one
 * that is away counts nothing and loses nothing, and an exporter that comes later than the first and has counted since
 * before it counts from there, or it would have done all of its life's work at once.
 */
export class OtlpTotals {
  readonly #series = new Map<string, Series>()
  readonly #owners = new Set<string>()
  /** Time of the first points, ns. */
  #opened: bigint | undefined

  /** Takes points in; false when there are too many counters. A point that is not newer was counted already. */
  add(points: readonly OtlpPoint[]): boolean {
    const known = new Set(this.#owners)
    const opened = this.#opened
    for (const point of points) {
      this.#opened ??= point.time
      const series = this.#series.get(point.series)
      if (!series) {
        if (this.#series.size >= MAX_SERIES) return false
        this.#owners.add(point.owner)
        const { quantity, value, start, time } = point
        // The first total of a quantity is nobody's work yet: it is where a run begins to count.
        const isLater = opened !== undefined && !known.has(point.owner) && this.total(quantity) !== null
        const isPast = isLater && point.cumulative && start < opened
        this.#series.set(point.series, { quantity, base: isPast ? `-${value}` : "0", latest: value, start, time })
      } else if (point.time > series.time) advance(series, point)
    }
    return true
  }

  /** Total and newest time in ms of a quantity; null when nobody has counted it. */
  total(quantity: OtlpQuantity): { readonly value: string; readonly timeMs: number } | null {
    const series = [...this.#series.values()].filter((one) => one.quantity === quantity)
    if (series.length === 0) return null
    const value = series.reduce((sum, { base, latest }) => addDecimals(sum, addDecimals(base, latest)), "0")
    const timeMs = Math.max(...series.map(({ time }) => Number(time / 1_000_000n)))
    return { value, timeMs }
  }
}

/** A cumulative counter with a new start has lost its past, which stays counted in `base`. */
const advance = (series: Series, { value, cumulative, start, time }: OtlpPoint): void => {
  if (!cumulative || start > series.start) series.base = addDecimals(series.base, series.latest)
  series.latest = value
  series.start = start
  series.time = time
}
