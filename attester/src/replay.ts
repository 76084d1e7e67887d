import {
  type Boundary,
  type Grade,
  type MeteredSensor,
  NO_GAUGES,
  type RunContext,
  type SensorReading,
  type Tags,
} from "@wattest/protocol"
import type { ClosedRun, Device } from "./run/device.ts"
import { checkNames } from "./run/labels.ts"
import type { Observation } from "./run/run.ts"
import { readTrace } from "./traces/read-trace.ts"
import { createLocalTime, parseInstant } from "./traces/time-zone.ts"
import { LineError, type TracePoint } from "./traces/trace.ts"
import { AGENT_VERSION } from "./version.ts"

export type ReplayOptions = {
  /** Files of one machine's run: their energies add up. */
  readonly traces: readonly string[]
  /** Window within the traces: epoch ms, ISO 8601, or local time in the traces' zone; the whole trace where absent. */
  readonly from?: string
  readonly to?: string
  /** Between captures. */
  readonly intervalMs: number
  readonly utcOffset?: string
  readonly timeZone?: string
  readonly powerColumn?: string
  /** Which run of a file that holds several, from 1. */
  readonly record?: number
  readonly boundary?: Boundary
  /** Grade of the trace's values where it is not that of its format, such as `simulated`. */
  readonly grade?: Grade
  readonly tags: Tags
  readonly workload?: string
  readonly job?: string
  /** Declared totals of the whole window. */
  readonly work?: bigint
  readonly accepted?: bigint
  /** Declared factors of the window: gCO2e/kWh and L/kWh. */
  readonly carbonIntensity?: string
  readonly waterIntensity?: string
  readonly beacon?: RunContext["beacon"]
}

/** Declared totals that no register could hold, or that contradict each other. */
export class TotalsError extends Error {
  override readonly name = "TotalsError"
}

/** The window does not lie within the traces. */
export class WindowError extends Error {
  override readonly name = "WindowError"
}

const MAX_READINGS = 4000

type Recording = {
  readonly points: readonly TracePoint[]
  readonly metering: readonly MeteredSensor[]
  readonly boundary: Boundary
  readonly accelerators: readonly string[]
  readonly startMs: number
  readonly endMs: number
}

/**
 * Makes one run of a device out of recorded traces. Everything is read and checked before the run takes its number,
 * so a trace that cannot be read leaves no output. Throws TraceError, TimeZoneError, {@link TotalsError},
 * {@link WindowError}, or a Rejection of its labels.
 */
export async function replay(device: Device, options: ReplayOptions): Promise<ClosedRun> {
  const { tags, workload = "", job = "" } = options
  checkNames({ tags, workload, job })
  checkTotals(options)
  const recording = await readRecording(options)
  const declared = declarations(options, recording)
  const context = { ...contextOf(options, recording, declared.metering), jobStart: device.state.nextRun }
  const [opening, ...rest] = observationsOf(recording, options, declared)
  if (opening === undefined) throw new WindowError("the window holds no reading")
  const boundary = options.boundary ?? recording.boundary
  const run = await device.openRun({ tags: options.tags, context, boundary }, opening)
  for (let i = 0; i < rest.length; i += 256) await run.capture(rest.slice(i, i + 256))
  return device.closeRun()
}

async function readRecording(options: ReplayOptions): Promise<Recording> {
  const localTime = createLocalTime(options)
  const { powerColumn, record, from } = options
  const choices = {
    ...(powerColumn === undefined ? {} : { powerColumn }),
    ...(record === undefined ? {} : { record }),
    ...(from === undefined ? {} : { startMs: instant(from, "start", localTime) }),
  }
  const traces = []
  for (const [i, file] of options.traces.entries()) {
    const sensorPrefix = options.traces.length === 1 ? "trace" : `trace-${i}`
    traces.push(await readTrace(file, { localTime, sensorPrefix, ...choices }))
  }
  const [first] = traces
  if (first === undefined) throw new WindowError("no trace was given")
  const points = traces.flatMap(({ points }) => points).sort((a, b) => a.timeMs - b.timeMs)
  // Where several traces run side by side, only the time that all of them cover is metered.
  const spanStart = Math.max(...traces.map(({ points }) => points[0]?.timeMs ?? 0))
  const spanEnd = Math.min(...traces.map(({ points }) => points.at(-1)?.timeMs ?? 0))
  const startMs = options.from === undefined ? spanStart : instant(options.from, "start", localTime)
  const endMs = options.to === undefined ? spanEnd : instant(options.to, "end", localTime)
  if (startMs < spanStart || endMs > spanEnd || startMs >= endMs)
    throw new WindowError(
      `the window ${iso(startMs)} to ${iso(endMs)} does not lie within the traces' ${iso(spanStart)} to ${iso(spanEnd)}`,
    )
  return {
    points,
    metering: traces.flatMap(({ metering }) => metering),
    boundary: first.boundary,
    accelerators: traces.flatMap(({ accelerators }) => accelerators),
    startMs,
    endMs,
  }
}

const iso = (timeMs: number) => new Date(timeMs).toISOString()

function instant(text: string, which: "start" | "end", localTime: Parameters<typeof parseInstant>[1]): number {
  try {
    return parseInstant(text, localTime)
  } catch (error) {
    throw error instanceof LineError ? new WindowError(`the window's ${which}: ${error.message}`) : error
  }
}

/** More than any window can hold, with room for all runs of a device. */
const MOST_UNITS = 10n ** 17n

function checkTotals({ work = 0n, accepted = 0n }: ReplayOptions): void {
  for (const [name, units] of Object.entries({ work, accepted }))
    if (units < 0n || units > MOST_UNITS) throw new TotalsError(`${name}: ${units} units, from 0 to ${MOST_UNITS}`)
  if (accepted > work) throw new TotalsError(`${accepted} units accepted of ${work}: no more than were delivered`)
}

type Declared = {
  readonly metering: readonly MeteredSensor[]
  readonly opening: readonly SensorReading[]
  readonly closing: readonly SensorReading[]
}

/** What the caller declares beside the trace: counts at both ends, intensities for the whole window. */
function declarations({ work, accepted, carbonIntensity, waterIntensity }: ReplayOptions, window: Recording): Declared {
  const counts = [
    { role: "work", value: work },
    { role: "accepted", value: accepted },
  ] as const
  const factors = [
    { role: "carbon-intensity", value: carbonIntensity, unit: "gCO2e/kWh" },
    { role: "water-intensity", value: waterIntensity, unit: "L/kWh" },
  ] as const
  const metering: MeteredSensor[] = []
  const opening: SensorReading[] = []
  const closing: SensorReading[] = []
  const reading = (role: string, unit: string, value: string, timeMs: number): SensorReading => {
    const sensor = { sensor: `declared/${role}`, surface: "declaration", quantity: role, unit }
    return { ...sensor, value, timeMs, grade: "declared", accuracy: {} }
  }
  for (const { role, value } of counts) {
    if (value === undefined) continue
    metering.push({ sensor: `declared/${role}`, role, method: "counter" })
    opening.push(reading(role, "1", "0", window.startMs))
    closing.push(reading(role, "1", value.toString(), window.endMs))
  }
  for (const { role, value, unit } of factors) {
    if (value === undefined) continue
    metering.push({ sensor: `declared/${role}`, role, method: "hold" })
    opening.push(reading(role, unit, value, window.startMs))
  }
  return { metering, opening, closing }
}

function contextOf(options: ReplayOptions, recording: Recording, declared: readonly MeteredSensor[]): RunContext {
  const factors = declared
    .filter(({ method }) => method === "hold")
    .map(({ role }) => [role, "declared by the operator"] as const)
  return {
    workload: options.workload ?? "replay of a recorded trace",
    job: options.job ?? "",
    modelDigest: null,
    versions: { attester: AGENT_VERSION },
    accelerators: recording.accelerators,
    calibrations: [],
    factors: Object.fromEntries(factors),
    metering: [...recording.metering, ...declared],
    beacon: options.beacon ?? null,
  }
}

/**
 * One observation for the start, one for each interval in which something was read, one for the end. The first
 * carries each sensor's last reading before the window and the last one its first reading after it, so that power at
 * both ends is interpolated from what was measured.
 */
function observationsOf(recording: Recording, options: ReplayOptions, declared: Declared): readonly Observation[] {
  const { points, startMs, endMs } = recording
  const regrade = (readings: readonly SensorReading[]) =>
    options.grade === undefined ? readings : readings.map((reading) => ({ ...reading, grade: options.grade as Grade }))
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
  let dueMs = startMs + options.intervalMs
  for (const point of points) {
    if (point.timeMs <= startMs || point.timeMs > endMs) continue
    if (within.length > 0 && (point.timeMs > dueMs || count > MAX_READINGS)) {
      observations.push(observe(Math.min(dueMs, within.at(-1)?.timeMs ?? dueMs), within, []))
      within = []
      count = 0
    }
    while (point.timeMs > dueMs) dueMs += options.intervalMs
    within.push(point)
    count += point.readings.length
  }
  observations.push(observe(endMs, [...within, ...after], declared.closing))
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
