import { createHash } from "node:crypto"
import { basename, resolve } from "node:path"
import type { Boundary, MeteredSensor, SensorReading } from "@wattest/protocol"
import { readTrace } from "../read-trace.ts"
import { createLocalTime } from "../time-zone.ts"
import { FAULT_HINT, type Trace, TraceError, type TraceFault, type TracePoint } from "../trace.ts"
import { bridgingPoints, clippedReading, heldPoints, lackOf, type Series, seriesOf } from "./coverage.ts"
import { instantOf, type Window, type WindowChoice, WindowError, windowOf } from "./window.ts"

/** How a trace's times are to be understood. */
export type TraceClock = {
  readonly utcOffset?: string
  readonly timeZone?: string
  /** Added to every time of the trace. */
  readonly shiftMs?: number
}

export type RecordingChoice = WindowChoice &
  TraceClock & {
    /** Files whose energies add up. */
    readonly traces: readonly string[]
    /** Clocks of single traces, by file name. */
    readonly clocks?: ReadonlyMap<string, TraceClock>
    readonly powerColumn?: string
    /** How many boards each log holds. */
    readonly boards?: number
    /** Which run of a file that holds several, from 1. */
    readonly record?: number
    /** Lines that cannot be used count as missing readings. */
    readonly bridge?: boolean
    readonly boundary?: Boundary
    /** The most that can flow where each sensor measures, W: what a silence may hide. */
    readonly ratingWatts?: string
  }

/** Traces cut to one window: what a run is made of. */
export type Recording = Window & {
  readonly points: readonly TracePoint[]
  readonly metering: readonly MeteredSensor[]
  readonly boundary: Boundary
  readonly accelerators: readonly string[]
  /** What the run says of its traces beside their readings: how far they were shifted and clipped. */
  readonly remarks: readonly SensorReading[]
  /** The same and more, for people. */
  readonly notes: readonly string[]
}

/** Metered sensors that a run's context holds at most. */
const MAX_METERED = 1000

/** Reads traces and cuts them to their window. Throws TraceError, TimeZoneError, or {@link WindowError}. */
export async function readRecording(choice: RecordingChoice): Promise<Recording> {
  const { coverage, bridge = false } = choice
  const traces = await readTraces(choice)
  const boundary = boundaryOf(traces, choice.boundary)
  refuseTwice(traces)
  const series = traces.map((trace) => seriesOf(trace, bridge ? trace.faults.map(midOf) : []))
  const window = windowOf(series, choice, createLocalTime(choice))
  const { startMs, endMs } = window
  if (!bridge) for (const trace of traces) refuseFaults(trace, choice, window)
  const all = series.flat()
  const copies = copiesOf(series)
  const short = all.filter((one) => lackOf(one, startMs, endMs).before + lackOf(one, startMs, endMs).after > 0)
  const held = coverage === "hold" ? short.flatMap((one) => holdOf(one, window)) : []
  const clipped = coverage === "hold" ? [] : short.flatMap((one) => clippedReading(one, startMs, endMs) ?? [])
  const bridging = all.flatMap((one) => bridgingPoints(one, startMs, endMs))
  const points = [...traces.flatMap(({ points }) => points), ...bridging, ...held].sort((a, b) => a.timeMs - b.timeMs)
  const metering = traces.flatMap(({ metering }) => metering)
  if (metering.length > MAX_METERED)
    throw new WindowError(`${metering.length} sensors in one run`, `replay fewer traces: ${MAX_METERED} fit in a run`)
  return {
    ...window,
    points,
    metering: withPeriods(metering, all, choice),
    boundary,
    accelerators: traces.flatMap(({ accelerators }) => accelerators),
    remarks: [...shiftRemarks(choice, startMs), ...copyRemarks(choice, copies, startMs), ...clipped],
    notes: [
      ...copyNotes(choice, copies),
      ...traces.flatMap((trace) => faultNotes(trace, bridge)),
      ...coverageNotes(short, choice, window),
    ],
  }
}

const clockOf = (choice: RecordingChoice, file: string): TraceClock => {
  const { utcOffset, timeZone, shiftMs } = choice
  const own = choice.clocks?.get(basename(file))
  // A zone of its own replaces the common offset, and the other way round.
  const zone = own?.utcOffset !== undefined || own?.timeZone !== undefined ? own : { utcOffset, timeZone }
  return {
    ...(zone.utcOffset === undefined ? {} : { utcOffset: zone.utcOffset }),
    ...(zone.timeZone === undefined ? {} : { timeZone: zone.timeZone }),
    shiftMs: own?.shiftMs ?? shiftMs ?? 0,
  }
}

const prefixOf = ({ traces }: RecordingChoice, i: number) => (traces.length === 1 ? "trace" : `trace-${i}`)

async function readTraces(choice: RecordingChoice): Promise<readonly Trace[]> {
  const { powerColumn, boards, record, from } = choice
  const given = {
    ...(powerColumn === undefined ? {} : { powerColumn }),
    ...(boards === undefined ? {} : { boards }),
    ...(record === undefined ? {} : { record }),
    ...(from === undefined ? {} : { startMs: instantOf(from, "start", createLocalTime(choice)) }),
  }
  const traces: Trace[] = []
  for (const [i, file] of choice.traces.entries()) {
    const clock = clockOf(choice, file)
    const options = { localTime: createLocalTime(clock), shiftMs: clock.shiftMs ?? 0, ...given }
    traces.push(await readTrace(file, { ...options, sensorPrefix: prefixOf(choice, i) }))
  }
  if (traces.length === 0) throw new WindowError("no trace was given", "name a file")
  return traces
}

/** Boards are part of their node: both in one run would count twice. Several nodes are no node. */
function boundaryOf(traces: readonly Trace[], said: Boundary | undefined): Boundary {
  const boundaries = new Set(traces.map(({ boundary }) => boundary))
  const [boundary = "node"] = boundaries
  if (boundaries.size > 1)
    throw new WindowError(
      `the traces are of ${[...boundaries].join(" and ")}: boards are part of their node and would count twice`,
      "replay the traces of each boundary into a device of its own",
    )
  if (traces.length > 1 && boundary === "node" && said === undefined)
    throw new WindowError(
      `${traces.length} traces of nodes add up to another boundary`,
      "say what their sum is by --boundary rack or facility; or node, where each is of a part of one",
    )
  return said ?? boundary
}

/** One file or one board given twice would count twice. */
function refuseTwice(traces: readonly Trace[]): void {
  const seen = new Map<string, string>()
  for (const { file, metering } of traces) {
    const boards = metering.flatMap(({ part, role }) =>
      role === "accelerator" && part?.startsWith("GPU-") ? [part] : [],
    )
    for (const identity of [resolve(file), ...boards]) {
      const other = seen.get(identity)
      if (other !== undefined)
        throw new WindowError(`${file} and ${other} are one file or hold one board`, "give each trace once")
      seen.set(identity, file)
    }
  }
}

/**
 * Traces whose readings repeat those of another to the last digit, by the place of that other. Published jobs have
 * them, so they count as declared, and the run says so.
 */
function copiesOf(series: readonly (readonly Series[])[]): ReadonlyMap<number, number> {
  const seen = new Map<string, number>()
  const copies = new Map<number, number>()
  for (const [i, own] of series.entries()) {
    const digest = createHash("sha256")
    for (const { readings } of own) for (const { timeMs, value } of readings) digest.update(`${timeMs} ${value}\n`)
    const key = digest.digest("hex")
    const first = seen.get(key)
    if (first === undefined) seen.set(key, i)
    else copies.set(i, first)
  }
  return copies
}

/**
 * Refuses faults that the window meets. Where the caller names no end, all that the file holds is meant, apart from a
 * torn last line.
 */
function refuseFaults({ file, faults }: Trace, { from, to }: RecordingChoice, { startMs, endMs }: Window): void {
  const meets = ({ fromMs, toMs, torn }: TraceFault) =>
    (fromMs < endMs || (to === undefined && torn === undefined)) && (toMs > startMs || from === undefined)
  const [fault, ...more] = faults.filter(meets)
  if (fault === undefined) return
  const others = more.length === 0 ? "" : ` (and ${more.length} more lines within the window)`
  throw new TraceError(file, fault.line, `${fault.reason}${others}`, FAULT_HINT)
}

/** A time within a fault, for the gap that it leaves. */
const midOf = ({ fromMs, toMs }: TraceFault) =>
  Number.isFinite(fromMs) && Number.isFinite(toMs) ? (fromMs + toMs) / 2 : Number.isFinite(fromMs) ? fromMs : toMs

function holdOf(series: Series, { startMs, endMs }: Window): readonly TracePoint[] {
  if (series.entry.method === "trapezoid") return heldPoints(series, startMs, endMs)
  throw new WindowError(
    `${series.file}: ${series.entry.sensor} is a total of its own time, which has no power to hold`,
    "count what it covers by --clip",
  )
}

/** How often each sensor was read, which says when its silence is blind, and what it may hide. */
function withPeriods(
  metering: readonly MeteredSensor[],
  all: readonly Series[],
  { ratingWatts }: RecordingChoice,
): readonly MeteredSensor[] {
  const rating = ratingWatts === undefined ? {} : { ratingWatts }
  const periods = new Map(all.map(({ entry, periodMs }) => [entry.sensor, periodMs]))
  return metering.map((entry): MeteredSensor => {
    const periodMs = entry.method === "trapezoid" ? periods.get(entry.sensor) : undefined
    return periodMs === undefined ? entry : { ...entry, periodMs, ...rating }
  })
}

/** What a run says of one of its traces, as a reading that no register counts. */
function remark(
  choice: RecordingChoice,
  i: number,
  said: { quantity: string; unit: string; value: number; timeMs: number },
) {
  const { quantity, unit, value, timeMs } = said
  const sensor = `${prefixOf(choice, i)}/${quantity}`
  const about = { sensor, surface: "replay", quantity, unit, value: String(value), timeMs }
  return { ...about, grade: "declared", accuracy: {} } satisfies SensorReading
}

/** A shift changes what the log says of its time. */
const shiftRemarks = (choice: RecordingChoice, timeMs: number): readonly SensorReading[] =>
  choice.traces.flatMap((file, i) => {
    const { shiftMs: value = 0 } = clockOf(choice, file)
    return value === 0 ? [] : [remark(choice, i, { quantity: "shift", unit: "ms", value, timeMs })]
  })

const copyRemarks = (choice: RecordingChoice, copies: ReadonlyMap<number, number>, timeMs: number) =>
  [...copies].map(([i, value]) => remark(choice, i, { quantity: "copyOf", unit: "1", value, timeMs }))

function copyNotes({ traces }: RecordingChoice, copies: ReadonlyMap<number, number>): readonly string[] {
  const pairs = [...copies].map(([i, other]) => `${basename(traces[i] ?? "")} of ${basename(traces[other] ?? "")}`)
  return pairs.length === 0 ? [] : [`${pairs.length} traces are copies to the last digit: ${pairs.join(", ")}`]
}

function faultNotes({ file, faults }: Trace, bridged: boolean): readonly string[] {
  const [fault, ...more] = faults
  if (fault === undefined) return []
  const others = more.length === 0 ? "" : `, and ${more.length} lines more`
  return [`${file}:${fault.line}: ${fault.reason}: ${bridged ? "taken as missing" : "not used"}${others}`]
}

function coverageNotes(short: readonly Series[], { coverage }: RecordingChoice, { startMs, endMs }: Window) {
  if (short.length === 0 || coverage === undefined) return []
  const lackMs = short.reduce((sum, one) => {
    const { before, after } = lackOf(one, startMs, endMs)
    return sum + before + after
  }, 0)
  const how = coverage === "clip" ? "clipped: it is not counted" : "held: it is an estimate"
  return [`${short.length} sensors do not reach the window's ends by ${lackMs / 1000} s in all, ${how}`]
}
