import {
  GRADES,
  type Grade,
  type MeteredSensor,
  NO_GAUGES,
  type RunContext,
  type SensorReading,
  type Tags,
  worseGrade,
} from "@wattest/protocol"
import type { ClosedRun, Device } from "./run/device.ts"
import { lastRunEnd } from "./run/last-run.ts"
import type { Observation } from "./run/run.ts"
import { type Recording, type RecordingChoice, readRecording } from "./traces/recording.ts"
import type { TracePoint } from "./traces/trace.ts"
import { WindowError } from "./traces/window.ts"
import { AGENT_VERSION } from "./version.ts"

export type ReplayOptions = RecordingChoice & {
  /** Between captures. */
  readonly intervalMs: number
  /** Grade of the trace's values where it is worse than that of its format, such as `simulated`. */
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

/** Traces that are read and checked, ready to become a run. */
export type PreparedReplay = { readonly recording: Recording; readonly options: ReplayOptions }

const MAX_READINGS = 4000

/**
 * Makes one run of a device out of recorded traces. Everything is read and checked before the run takes its number,
 * so a trace that cannot be read leaves no output. Throws TraceError, TimeZoneError or {@link WindowError}.
 */
export const replay = async (device: Device, options: ReplayOptions): Promise<ClosedRun> =>
  replayPrepared(device, await prepareReplay(options))

/** Reads and checks traces without a device. Throws TraceError, TimeZoneError or {@link WindowError}. */
export async function prepareReplay(options: ReplayOptions): Promise<PreparedReplay> {
  const recording = await readRecording(options)
  assertNoBetter(options.grade, recording)
  return { recording, options }
}

/** Makes a run of what was prepared. Throws {@link WindowError} where the device's time is past its start. */
export async function replayPrepared(device: Device, { recording, options }: PreparedReplay): Promise<ClosedRun> {
  await assertForward(device, recording)
  const declared = declarations(options, recording)
  const context = { ...contextOf(options, recording, declared.metering), jobStart: device.state.nextRun }
  const [opening, ...rest] = observationsOf(recording, options, declared)
  if (opening === undefined) throw new WindowError("the window holds no reading", "give --from and --to")
  const run = await device.openRun({ tags: options.tags, context, boundary: recording.boundary }, opening)
  for (let i = 0; i < rest.length; i += 256) await run.capture(rest.slice(i, i + 256))
  return device.closeRun()
}

/** A caller knows of a trace what makes it worse than its format, never what makes it better. */
function assertNoBetter(grade: Grade | undefined, { points, metering }: Recording): void {
  if (grade === undefined) return
  const energies = new Set(metering.filter(({ role }) => role === "energy").map(({ sensor }) => sensor))
  const own = points
    .flatMap(({ readings }) => readings)
    .filter(({ sensor }) => energies.has(sensor))
    .reduce<Grade>((worst, reading) => worseGrade(worst, reading.grade), "calibrated")
  if (worseGrade(grade, own) === grade) return
  const choices = GRADES.slice(GRADES.indexOf(own)).join(", ")
  throw new WindowError(`the trace is ${own}: a grade can be made worse, not ${grade}`, `use --grade ${choices}`)
}

/** A device's runs follow one another: the same minutes replayed twice would count their energy twice. */
async function assertForward(device: Device, { startMs }: Recording): Promise<void> {
  const end = await lastRunEnd(device)
  if (end === null || end.timeMs <= startMs) return
  const iso = (timeMs: number) => new Date(timeMs).toISOString()
  throw new WindowError(
    `the window begins at ${iso(startMs)}, but the device's last run ended at ${iso(end.timeMs)}: its runs would overlap`,
    "replay traces in the order of their time, or into a device of their own (wattest-attest init)",
  )
}

type Declared = {
  readonly metering: readonly MeteredSensor[]
  readonly opening: readonly SensorReading[]
  readonly closing: readonly SensorReading[]
}

/** What the caller declares beside the trace: counts at both ends, intensities for the whole window. */
function declarations({ work, accepted, carbonIntensity, waterIntensity }: ReplayOptions, window: Recording): Declared {
  if ((accepted ?? 0n) > (work ?? 0n))
    throw new WindowError(`${accepted} units are accepted of ${work ?? 0n}`, "give --accepted at most --work")
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
  const { points, startMs, endMs, remarks } = recording
  const worst = options.grade ?? "calibrated"
  const regrade = (readings: readonly SensorReading[]) =>
    readings.map((reading) => ({ ...reading, grade: worseGrade(reading.grade, worst) }))
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
