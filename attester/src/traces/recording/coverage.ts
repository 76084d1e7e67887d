import { DEFAULT_MAX_GAP_MS, type MeteredSensor, type SensorReading } from "@wattest/protocol"
import { evidenceDecimal, numberToDecimal } from "../../sources/decimal.ts"
import { periodOf } from "../order.ts"
import type { Trace, TracePoint } from "../trace.ts"

/**
 * What becomes of a window that a sensor's readings do not reach: `clip` counts each sensor from its first reading to
 * its last, `hold` lets its first and last value stand beyond them, as an estimate.
 */
export const COVERAGES = ["clip", "hold"] as const
export type Coverage = (typeof COVERAGES)[number]

/** The readings of one sensor that carries energy, in the order of time. */
export type Series = {
  readonly file: string
  readonly entry: MeteredSensor
  readonly readings: readonly SensorReading[]
  readonly firstMs: number
  readonly lastMs: number
  readonly periodMs: number
  /** Times at which it said, or a bridged fault says, that it has no reading. */
  readonly missing: readonly number[]
}

/** Each energy sensor of a trace, once. */
export function seriesOf({ file, points, metering }: Trace, bridged: readonly number[]): readonly Series[] {
  const energies = new Map(metering.filter(({ role }) => role === "energy").map((entry) => [entry.sensor, entry]))
  const readings = Map.groupBy(
    points.flatMap(({ readings }) => readings).filter(({ sensor }) => energies.has(sensor)),
    ({ sensor }) => sensor,
  )
  const missing = Map.groupBy(
    points.flatMap(({ timeMs, missing = [] }) => missing.map((sensor) => ({ sensor, timeMs }))),
    ({ sensor }) => sensor,
  )
  return [...energies].map(([sensor, entry]) => {
    const own = readings.get(sensor) ?? []
    const times = own.map(({ timeMs }) => timeMs)
    return {
      file,
      entry,
      readings: own,
      firstMs: times[0] ?? 0,
      lastMs: times.at(-1) ?? 0,
      periodMs: periodOf(times),
      missing: [...(missing.get(sensor) ?? []).map(({ timeMs }) => timeMs), ...bridged],
    }
  })
}

/** A log of slow readings is not silent between them. */
const GAP_PERIODS = 3

/**
 * The longest silence of a sensor that is no gap. A missing reading is a gap however short it is, so where the window
 * holds one, the shortest distance over such a mark decides.
 */
export function maxGapOf({ readings, periodMs, missing }: Series, startMs: number, endMs: number): number {
  const usual = Math.max(GAP_PERIODS * periodMs, DEFAULT_MAX_GAP_MS)
  const marked = missing
    .filter((timeMs) => timeMs > startMs && timeMs < endMs)
    .map((timeMs) => distanceOver(readings, timeMs))
  const shortest = marked.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  // No distance that an ordinary step may have: a mark beside a reading leaves no gap.
  return Math.min(usual, Math.max(shortest - 1, Math.ceil(periodMs * 1.25)))
}

/** Between the last reading at or before a time and the first after it. */
function distanceOver(readings: readonly SensorReading[], timeMs: number): number {
  let lo = 0
  let hi = readings.length
  while (lo < hi) {
    const middle = (lo + hi) >> 1
    if ((readings[middle]?.timeMs ?? 0) <= timeMs) lo = middle + 1
    else hi = middle
  }
  const [before, after] = [readings[lo - 1]?.timeMs, readings[lo]?.timeMs]
  return before === undefined || after === undefined ? Number.POSITIVE_INFINITY : after - before
}

/** How much of a window lies before a sensor's first reading and after its last, ms. */
export const lackOf = ({ firstMs, lastMs }: Series, startMs: number, endMs: number) => ({
  before: Math.max(0, firstMs - startMs),
  after: Math.max(0, endMs - lastMs),
})

const HALF = 0.5

/**
 * Readings that hold a sensor's first and last power to the window's ends: estimates, whose error is half of what they
 * add. That error is the offset of the reading which ends each held stretch.
 */
export function heldPoints(series: Series, startMs: number, endMs: number): readonly TracePoint[] {
  const { readings } = series
  const { before, after } = lackOf(series, startMs, endMs)
  const [first, last] = [readings[0], readings.at(-1)]
  if (first === undefined || last === undefined) return []
  const held = (reading: SensorReading, timeMs: number, unsure: boolean): TracePoint => {
    const half = evidenceDecimal(numberToDecimal(Number(reading.value) * HALF) ?? "") ?? reading.value
    const accuracy = unsure ? { ...reading.accuracy, offsetLimit: half } : reading.accuracy
    const estimate: SensorReading = { ...reading, timeMs, grade: "estimated", accuracy }
    return { timeMs, line: 0, part: "", readings: [estimate], gauges: {} }
  }
  return [
    ...(before > 0 ? [held(first, startMs, false)] : []),
    ...(before > 1 ? [held(first, first.timeMs - 1, true)] : []),
    ...(after > 0 ? [held(last, endMs, true)] : []),
  ]
}

/** What a sensor's readings leave of the window uncounted, as a reading that the run signs; null where nothing is. */
export function clippedReading(series: Series, startMs: number, endMs: number): SensorReading | null {
  const { before, after } = lackOf(series, startMs, endMs)
  if (before + after === 0) return null
  return {
    sensor: `${series.entry.sensor}/clipped`,
    surface: "replay",
    quantity: "clipped",
    unit: "ms",
    value: String(before + after),
    timeMs: endMs,
    grade: "declared",
    accuracy: {},
  }
}
