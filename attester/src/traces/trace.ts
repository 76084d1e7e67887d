import { HintedError } from "@wattest/command"
import type { Boundary, Gauges, MeteredSensor, SensorReading } from "@wattest/protocol"

/** What one line of a trace says of one instant. */
export type TracePoint = {
  readonly timeMs: number
  /** Number of the line, from 1. */
  readonly line: number
  /** What it is of, a board or the whole: order in time is judged for each. */
  readonly part: string
  readonly readings: readonly SensorReading[]
  readonly gauges: Partial<Pick<Gauges, "smOccupancy" | "acceleratorCentikelvin">>
  /** Energy sensors that say at this time that they have no reading. */
  readonly missing?: readonly string[]
}

/** A line that cannot be used, and the time between its neighbours: a window that meets it is refused. */
export type TraceFault = {
  readonly line: number
  readonly reason: string
  readonly fromMs: number
  readonly toMs: number
  /** It is the last line and has no end: a writer was stopped, and nothing follows. */
  readonly torn?: true
}

/** A power trace as its file holds it, in the order of time. */
export type Trace = {
  readonly file: string
  readonly points: readonly TracePoint[]
  readonly faults: readonly TraceFault[]
  readonly metering: readonly MeteredSensor[]
  /** The boundary that such a trace is metered at, unless the caller knows better. */
  readonly boundary: Boundary
  readonly accelerators: readonly string[]
}

/** A file's lines. `torn` is the number of a last line that has no end. */
export type TraceText = { readonly file: string; readonly lines: readonly string[]; readonly torn: number | null }

/** How to read times without a zone, and which of several power columns to meter. */
export type TraceOptions = {
  /** Epoch milliseconds of a local time; throws a {@link LineError} that has a hint where no zone was given. */
  readonly localTime: (local: LocalTime) => number
  /** Added to every time of the trace: its clock was behind by so much. */
  readonly shiftMs: number
  /** Name of a column such as `power.draw.instant`. */
  readonly powerColumn?: string
  /** How many boards a log holds: expected of one that names them, taken in turn from one that does not. */
  readonly boards?: number
  /** Which record of a file that holds several runs, from 1. */
  readonly record?: number
  /** When the trace began, for formats that do not say. */
  readonly startMs?: number
  /** Prefix of the sensors' names, unique among the traces of a run. */
  readonly sensorPrefix: string
}

/** A time of day without a zone. */
export type LocalTime = {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly ms: number
}

/** A trace that cannot be read: names the file, the line (from 1), the reason, and what to do. */
export class TraceError extends HintedError {
  override readonly name = "TraceError"
  readonly file: string
  readonly line: number
  constructor(file: string, line: number, reason: string, hint: string) {
    super(`${file}:${line}: ${reason}`, hint)
    this.file = file
    this.line = line
  }
}

/** A line of a trace that cannot be used; the reader adds file and number. One that has a hint concerns every line. */
export class LineError extends Error {
  override readonly name = "LineError"
  readonly hint: string | undefined
  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

/** What a format makes of a file, in the order of its lines. */
export type Recorded = Omit<Trace, "file">

export type TraceFormat = {
  readonly name: string
  /** Whether a file that begins with these lines is of this format. */
  recognises(firstLines: readonly string[]): boolean
  /** Throws {@link TraceError} where no line can be used, or not without being told more. */
  parse(text: TraceText, options: TraceOptions): Recorded
}

const DECIMAL = /^-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?$/

/** A measured value as a trace prints it. */
export function decimalOf(text: string, what: string): string {
  const trimmed = text.trim()
  if (!DECIMAL.test(trimmed)) throw new LineError(`${what} is ${JSON.stringify(trimmed)}, not a decimal number`)
  if (trimmed.startsWith("-")) throw new LineError(`${what} is ${trimmed}, below zero`)
  return trimmed
}

/** Captures hold times below 2^48 ms. */
const TIMES_END = 2 ** 48

/** What to do about a line that cannot be used where the window needs it. */
export const FAULT_HINT =
  "leave it out of the window by --from and --to, or let it count as a missing reading by --bridge"

/**
 * Reads a trace line by line. A line that `read` cannot use becomes a fault between its neighbours; null skips it.
 * A last line without an end is one too, unless `isWhole` can tell by its form.
 */
export function collect(
  { file, lines, torn }: TraceText,
  read: (line: string, number: number) => TracePoint | null,
  isWhole: (line: string) => boolean = () => false,
): Pick<Recorded, "points" | "faults"> {
  const points: TracePoint[] = []
  const faults: { line: number; reason: string; after: number }[] = []
  for (const [i, line] of lines.entries()) {
    const number = i + 1
    if (line.trim() === "") continue
    try {
      if (number === torn && !isWhole(line)) throw new LineError("the last line has no end and may be torn")
      if (line.includes("\uFFFD")) throw new LineError("it holds bytes that are no UTF-8 text")
      const point = read(line, number)
      if (point === null) continue
      if (point.timeMs < 0 || point.timeMs >= TIMES_END) throw new LineError(`${point.timeMs} ms is no time of a run`)
      points.push(point)
    } catch (error) {
      if (!(error instanceof LineError)) throw error
      if (error.hint !== undefined) throw new TraceError(file, number, error.message, error.hint)
      faults.push({ line: number, reason: error.message, after: points.length })
    }
  }
  const placed = faults.map(({ line, reason, after }) => ({
    line,
    reason,
    fromMs: points[after - 1]?.timeMs ?? Number.NEGATIVE_INFINITY,
    toMs: points[after]?.timeMs ?? Number.POSITIVE_INFINITY,
    ...(line === torn ? { torn: true as const } : {}),
  }))
  return { points, faults: placed }
}
