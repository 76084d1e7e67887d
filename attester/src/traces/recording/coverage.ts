import type { MeteredSensor, SensorReading } from "@wattest/protocol"
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

/** An ordinary step, with jitter: a mark beside a reading leaves no gap. */
const STEP_PERIODS = 1.25

/**
 * Readings that bridge the gaps which missing readings leave within a window: just before each gap's end, on the line
 * between the readings on both sides, as estimates whose error is half of what they bridge.
 */
export function bridgingPoints({ readings, periodMs, missing }: Series, startMs: number, endMs: number): TracePoint[] {
  const ends = new Set(missing.map((timeMs) => firstAfter(readings, timeMs)))
  return [...ends].flatMap((at) => {
    const [from, to] = [readings[at - 1], readings[at]]
    if (from === undefined || to === undefined || to.timeMs <= startMs || from.timeMs >= endMs) return []
    const gapMs = to.timeMs - from.timeMs
    if (gapMs <= periodMs * STEP_PERIODS || gapMs < 2) return []
    const [before, after] = [Number(from.value), Number(to.value)]
    const value = after - (after - before) / gapMs
    return [estimate(to, to.timeMs - 1, { value, offset: (before + after) / 4 })]
  })
}

/** The place of the first reading after a time. */
function firstAfter(readings: readonly SensorReading[], timeMs: number): number {
  let lo = 0
  let hi = readings.length
  while (lo < hi) {
    const middle = (lo + hi) >> 1
    if ((readings[middle]?.timeMs ?? 0) <= timeMs) lo = middle + 1
    else hi = middle
  }
  return lo
}

const decimalOf = (value: number): string => evidenceDecimal(numberToDecimal(value) ?? "") ?? "0"

/** A value that the log does not have, for the stretch that ends with it: `offset` is its error, in the value's unit. */
function estimate(
  like: SensorReading,
  timeMs: number,
  { value, offset }: { value: number; offset: number },
): TracePoint {
  const accuracy = { ...like.accuracy, ...(offset > 0 ? { offsetLimit: decimalOf(offset) } : {}) }
  const reading: SensorReading = {
    ...like,
    surface: "replay",
    value: decimalOf(value),
    timeMs,
    grade: "estimated",
    accuracy,
  }
  return { timeMs, line: 0, part: "", readings: [reading], gauges: {} }
}

/** How much of a window lies before a sensor's first reading and after its last, ms. */
export const lackOf = ({ firstMs, lastMs }: Series, startMs: number, endMs: number) => ({
  before: Math.max(0, firstMs - startMs),
  after: Math.max(0, endMs - lastMs),
})

/**
 * Readings that hold a sensor's first and last power to the window's ends: estimates, whose error is half of what they
 * add. That error is the offset of the reading which ends each held stretch.
 */
export function heldPoints(series: Series, startMs: number, endMs: number): readonly TracePoint[] {
  const { before, after } = lackOf(series, startMs, endMs)
  const [first, last] = [series.readings[0], series.readings.at(-1)]
  if (first === undefined || last === undefined) return []
  const held = (reading: SensorReading, timeMs: number, share: number) =>
    estimate(reading, timeMs, { value: Number(reading.value), offset: Number(reading.value) * share })
  return [
    ...(before > 0 ? [held(first, startMs, 0)] : []),
    ...(before > 1 ? [held(first, first.timeMs - 1, 0.5)] : []),
    ...(after > 0 ? [held(last, endMs, 0.5)] : []),
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
