import { type Grade, NO_GAUGES, type SensorReading, worseGrade } from "@wattest/protocol"
import type { Observation } from "../../run/run.ts"
import type { TracePoint } from "../trace.ts"
import type { Declared } from "./declared.ts"
import type { Recording } from "./recording.ts"

/** Readings that one capture takes, below the protocol's limit of its sources. */
const MAX_READINGS = 4000

/**
 * One observation for the start, one for each interval in which something was read, one for the end. The first
 * carries each sensor's last reading before the window and the last one its first reading after it, so that power at
 * both ends is interpolated from what was measured.
 */
export function observationsOf(
  recording: Recording,
  { intervalMs, grade = "calibrated" }: { readonly intervalMs: number; readonly grade?: Grade },
  declared: Declared,
): readonly Observation[] {
  const { points, startMs, endMs, remarks } = recording
  const regrade = (readings: readonly SensorReading[]) =>
    readings.map((reading) => ({ ...reading, grade: worseGrade(reading.grade, grade) }))
  const observe = (timeMs: number, within: readonly TracePoint[], extra: readonly SensorReading[]): Observation => {
    const { phase, clock, dramActivity, computeActivity, inletCentikelvin, ...momentary } = NO_GAUGES
    const gauges = { ...momentary, ...within.at(-1)?.gauges }
    const { smOccupancy, acceleratorCentikelvin } = gauges
    return {
      timeMs,
      readings: [...extra, ...regrade(within.flatMap(({ readings }) => readings))],
      gauges: { smOccupancy, acceleratorCentikelvin, dramActivity, computeActivity, inletCentikelvin, phase, clock },
    }
  }
  const before = nearest(points.filter(({ timeMs }) => timeMs <= startMs).reverse())
  const after = nearest(points.filter(({ timeMs }) => timeMs > endMs))
  const observations = [observe(startMs, before.reverse(), declared.opening)]
  let within: TracePoint[] = []
  let count = 0
  let dueMs = startMs + intervalMs
  for (const point of points) {
    if (point.timeMs <= startMs || point.timeMs > endMs) continue
    if (within.length > 0 && (point.timeMs > dueMs || count > MAX_READINGS)) {
      observations.push(observe(Math.min(dueMs, within.at(-1)?.timeMs ?? dueMs), within, []))
      within = []
      count = 0
    }
    if (point.timeMs > dueMs) dueMs += Math.ceil((point.timeMs - dueMs) / intervalMs) * intervalMs
    within.push(point)
    count += point.readings.length
  }
  observations.push(observe(endMs, [...within, ...after], [...declared.closing, ...remarks]))
  return observations
}

/** Of points in the order of nearness, those that give a sensor its nearest reading. */
function nearest(points: readonly TracePoint[]): TracePoint[] {
  const seen = new Set<string>()
  const kept: TracePoint[] = []
  for (const point of points) {
    const readings = point.readings.filter(({ sensor }) => !seen.has(sensor))
    for (const { sensor } of readings) seen.add(sensor)
    if (readings.length > 0) kept.push({ ...point, readings })
  }
  return kept
}
