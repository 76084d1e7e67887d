import type { Boundary, Gauges, MeteredSensor, SensorReading } from "@wattest/protocol"

/** What one instant of a trace says. */
export type TracePoint = {
  readonly timeMs: number
  readonly readings: readonly SensorReading[]
  readonly gauges: Partial<Pick<Gauges, "smOccupancy" | "acceleratorCentikelvin">>
}

/** A power trace as its file holds it, in the order of time. */
export type Trace = {
  readonly points: readonly TracePoint[]
  readonly metering: readonly MeteredSensor[]
  /** The boundary that such a trace is metered at, unless the caller knows better. */
  readonly boundary: Boundary
  readonly accelerators: readonly string[]
}

/** How to read times without a zone, and which of several power columns to meter. */
export type TraceOptions = {
  /** Epoch milliseconds of a local time; throws where no zone was given. */
  readonly localTime: (local: LocalTime) => number
  /** Name of a column such as `power.draw.instant`. */
  readonly powerColumn?: string
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

/** A trace that cannot be read: names the file, the line (from 1) and the reason. */
export class TraceError extends Error {
  override readonly name = "TraceError"
  readonly file: string
  readonly line: number
  constructor(file: string, line: number, reason: string) {
    super(`${file}:${line}: ${reason}`)
    this.file = file
    this.line = line
  }
}

/** A line of a trace that cannot be used; the reader adds file and number. */
export class LineError extends Error {
  override readonly name = "LineError"
}

/** Reads a trace's lines; `readLine` throws a {@link LineError} on what it cannot use, and skips with null. */
export type TraceFormat = {
  readonly name: string
  /** Whether a file that begins with these lines is of this format. */
  recognises(firstLines: readonly string[]): boolean
  /** How many runs the file holds; 1 where a format has no such thing. */
  records?(lines: readonly string[]): number
  /** Throws {@link TraceError}. */
  parse(file: string, lines: readonly string[], options: TraceOptions): Trace
}

const DECIMAL = /^-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?$/

/** A measured value as a trace prints it, leading zeros aside. */
export function decimalOf(text: string, what: string): string {
  const trimmed = text.trim()
  if (!DECIMAL.test(trimmed)) throw new LineError(`${what} is ${JSON.stringify(trimmed)}, not a decimal number`)
  if (trimmed.startsWith("-")) throw new LineError(`${what} is ${trimmed}, below zero`)
  return trimmed
}

/** Calls `read` for each line with its number, and names file and line where it throws. */
export function eachLine(file: string, lines: readonly string[], read: (line: string, number: number) => void): void {
  for (const [i, line] of lines.entries()) {
    try {
      read(line, i + 1)
    } catch (error) {
      throw error instanceof LineError ? new TraceError(file, i + 1, error.message) : error
    }
  }
}

/** Traces are written in the order of time; a step back means a damaged file or two files in one. */
export function assertForward(before: number | undefined, after: number): void {
  if (before !== undefined && after < before)
    throw new LineError(`time goes back by ${before - after} ms: lines are missing, doubled or of another recording`)
}
