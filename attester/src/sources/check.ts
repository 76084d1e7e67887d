import { boardRatingWatts, tableRatingWatts, visible } from "@wattest/protocol"
import { toSourceError } from "./guard.ts"
import type { SensorValue, Source, SourceFault } from "./source.ts"

/** What one source answers now: its values, or why it has none (or not all). */
export type SourceReport = {
  readonly source: string
  readonly periodMs: number
  readonly tookMs: number
  readonly values: readonly SensorValue[]
  readonly fault: { readonly kind: SourceFault; readonly detail: string } | null
}

/**
 * Reads every source once, all at the same time, so that an operator sees what a configuration gives before a run
 * depends on it. Never throws for a source's sake; the sources stay open.
 */
export const checkSources = (sources: readonly Source[], signal: AbortSignal): Promise<SourceReport[]> =>
  Promise.all(sources.map((source) => checkSource(source, signal)))

const checkSource = async (source: Source, signal: AbortSignal): Promise<SourceReport> => {
  const started = performance.now()
  const report = (values: readonly SensorValue[], fault: SourceReport["fault"]): SourceReport => {
    const tookMs = Math.round(performance.now() - started)
    return { source: source.id, periodMs: source.periodMs, tookMs, values, fault }
  }
  try {
    return report(await source.read(signal), null)
  } catch (error) {
    const { fault: kind, detail, values } = toSourceError(source.id, error)
    return report(values, { kind, detail })
  }
}

/** The reports as text for people: a line per source, then a line per value. */
export const formatReports = (reports: readonly SourceReport[]): string =>
  reports.flatMap((report) => [formatSource(report), ...report.values.map(formatValue)]).join("\n")

const formatSource = ({ source, periodMs, tookMs, values, fault }: SourceReport): string => {
  const outcome = fault ? `${fault.kind}: ${fault.detail}` : `${values.length} values`
  return `${source} (every ${periodMs} ms, took ${tookMs} ms): ${outcome}`
}

/** What bounds blind time of a value that tells energy, unless a vouch document says otherwise. */
const formatRating = ({ surface, quantity, sku, ratingWatts }: SensorValue): string => {
  if (quantity !== "power" && quantity !== "energy") return ""
  if (ratingWatts !== undefined) return `, rated ${ratingWatts} W as stated`
  const watts = tableRatingWatts(surface, sku ?? null)
  if (watts === null) return ", not rated"
  const isKnown = sku !== undefined && boardRatingWatts(sku) !== null
  return `, rated ${watts} W ${isKnown ? `as ${visible(sku)}` : `by ${surface}, no known board`}`
}

const formatValue = (known: SensorValue): string => {
  const { sensor, quantity, value, unit, grade, accuracy, covers, identity } = known
  const gain = `gain ±${(accuracy.gainLimit * 100).toFixed(2)} %`
  const blind = accuracy.gapMs > 0 ? `, sees ${accuracy.updateMs - accuracy.gapMs} of ${accuracy.updateMs} ms` : ""
  const who = identity === undefined ? "" : `, is ${visible(identity)}`
  return `  ${quantity} ${value} ${unit} of ${covers}, ${grade}, ${gain}${blind} (${accuracy.origin})${formatRating(known)}${who}  [${sensor}]`
}
