import {
  captureSources,
  createMeter,
  GRADES,
  type Grade,
  type Group,
  type Hex,
  type MeteredSensor,
  Rejection,
  type RunContext,
  type Tags,
  toJson,
  worseGrade,
} from "@wattest/protocol"
import { OtherOrigin, RunsOverlap } from "./run/admission.ts"
import type { ClosedRun, Device } from "./run/device.ts"
import type { Observation, RunLabels } from "./run/run.ts"
import { type Declarations, declarations } from "./traces/recording/declared.ts"
import { observationsOf } from "./traces/recording/observations.ts"
import { type Recording, type RecordingChoice, readRecording } from "./traces/recording/recording.ts"
import { WindowError } from "./traces/recording/window.ts"
import { AGENT_VERSION } from "./version.ts"

export type ReplayOptions = RecordingChoice &
  Declarations & {
    /** Between captures. */
    readonly intervalMs: number
    /** Grade of the trace's values where it is worse than that of its format, such as `simulated`. */
    readonly grade?: Grade
    readonly tags: Tags
    readonly workload?: string
    readonly job?: string
    /** The place of the run in a job of several devices. */
    readonly group?: Group
    readonly beacon?: RunContext["beacon"]
  }

/** Traces that are read, cut and metered once, ready to become a run. */
export type PreparedReplay = {
  readonly recording: Recording
  readonly labels: RunLabels
  readonly opening: Observation
  readonly rest: readonly Observation[]
}

/**
 * Makes one run of a device out of recorded traces. Everything is read and checked before the run takes its number,
 * so a trace that cannot be read leaves no output. Throws as {@link prepareReplay} and {@link replayPrepared} do.
 */
export const replay = async (device: Device, options: ReplayOptions): Promise<ClosedRun> =>
  replayPrepared(device, await prepareReplay(options))

/** Reads and checks traces without a device. Throws TraceError, TimeZoneError, {@link WindowError}, or the system's errors. */
export async function prepareReplay(options: ReplayOptions): Promise<PreparedReplay> {
  const recording = await readRecording(options)
  assertNoBetter(options.grade, recording)
  const declared = declarations(options, recording)
  const context = contextOf(options, recording, declared.metering)
  const [opening, ...rest] = observationsOf(recording, options, declared)
  if (opening === undefined) throw new WindowError("the window holds no reading", "give --from and --to")
  const labels = { tags: options.tags, context, boundary: recording.boundary }
  assertFits(labels, [opening, ...rest])
  return { recording, labels, opening, rest }
}

/** Makes a run of what was prepared. Throws {@link WindowError} where the device's time is past its start. */
export async function replayPrepared(device: Device, replay: PreparedReplay): Promise<ClosedRun> {
  const { labels, opening, rest } = replay
  const context = { ...labels.context, jobStart: device.state.nextRun }
  const run = await device.openRun({ ...labels, context }, opening).catch((error: unknown) => {
    if (error instanceof RunsOverlap || error instanceof OtherOrigin) throw new WindowError(error.message, OWN_DEVICE)
    throw error
  })
  for (let i = 0; i < rest.length; i += 256) await run.capture(rest.slice(i, i + 256))
  return device.closeRun()
}

const OWN_DEVICE = "replay traces in the order of their time, or into a device of their own (wattest device init)"

/** The highest value of a register, at which a meter stands still. */
const REGISTER_MAX = (1n << 60n) - 1n

/** Meters once what the run will sign, so that nothing which it cannot hold takes a number. */
function assertFits({ tags, context }: RunLabels, observations: readonly Observation[]): void {
  try {
    const meter = createMeter(context.metering)
    const nonce: Hex = `0x${"00".repeat(16)}`
    for (const [i, { timeMs, readings }] of observations.entries()) {
      captureSources(toJson({ nonce, readings, ...(i === 0 ? { opening: { ...tags, context } } : {}) }), "sources")
      const { registers } = meter.advance(timeMs, readings)
      const over = Object.entries(registers).find(([, value]) => value >= REGISTER_MAX)
      if (over !== undefined) throw new WindowError(`${over[0]} would be ${over[1]} or more`, FIT_HINT)
    }
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new WindowError(`a run cannot hold this: ${error.message}`, FIT_HINT)
  }
}

const FIT_HINT = "look at the units and sizes in the log, and at the labels of the run"

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

function contextOf(options: ReplayOptions, recording: Recording, declared: readonly MeteredSensor[]): RunContext {
  const factors = declared
    .filter(({ method }) => method === "hold")
    .map(({ role }) => [role, "declared by the operator"] as const)
  return {
    workload: options.workload ?? "replay of a recorded trace",
    job: options.job ?? options.group?.job ?? "",
    ...(options.group && { group: options.group }),
    modelDigest: null,
    versions: { attester: AGENT_VERSION },
    task: null,
    qualityRule: "",
    vouchDocument: null,
    accelerators: recording.accelerators.map((sku) => ({ sku, id: "" })),
    calibrations: [],
    factors: Object.fromEntries(factors),
    metering: [...recording.metering, ...declared],
    beacon: options.beacon ?? null,
  }
}
