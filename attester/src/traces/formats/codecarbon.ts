import type { MeteredSensor, SensorReading } from "@wattest/protocol"
import { splitCsvLine } from "../../sources/net/csv.ts"
import { parseLocalTime } from "../time-zone.ts"
import { LineError, type Recorded, TraceError, type TraceFormat, type TraceOptions, type TracePoint } from "../trace.ts"

/**
 * CodeCarbon reads boards every 15 s and estimates processor and memory from models; published comparisons with wall
 * meters differ by a few tenths, so 30 % is taken as the limit.
 */
const ACCURACY = { gainLimit: "0.3", updateMs: "15000" }

const ENERGIES = ["cpu_energy", "gpu_energy", "ram_energy"] as const
/** Recorded as they are and metered by nothing: the tool's own totals. */
const KEPT: readonly (readonly [column: string, quantity: string, unit: string])[] = [
  ["emissions", "emissions", "kgCO2e"],
  ["energy_consumed", "energy", "kWh"],
  ["gpu_power", "power", "W"],
]

/** Python prints floats with exponents and down to 10^-22: real values, which stay as they are. */
const FLOAT = /^(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,30})?(?:e[+-]?[0-9]{1,2})?$/

type Row = { readonly line: number; readonly get: (column: string) => string }

function number({ get }: Row, column: string): string {
  const value = get(column)
  if (!FLOAT.test(value)) throw new LineError(`${column} is ${JSON.stringify(value)}, not a number of zero or more`)
  return value
}

function pointsOf(row: Row, { localTime, sensorPrefix, shiftMs }: TraceOptions): readonly TracePoint[] {
  const endMs = localTime(parseLocalTime(row.get("timestamp").replace(/\.[0-9]+$/, ""))) + shiftMs
  const startMs = endMs - Math.round(Number(number(row, "duration")) * 1000)
  if (startMs >= endMs) throw new LineError("the duration is zero")
  const source = { surface: "codecarbon", grade: "estimated" } as const
  const energies = (timeMs: number, value: (column: string) => string): readonly SensorReading[] =>
    ENERGIES.map((column) => ({
      ...source,
      sensor: `${sensorPrefix}/${column}`,
      quantity: "energy",
      unit: "kWh",
      value: value(column),
      timeMs,
      accuracy: ACCURACY,
    }))
  const kept = KEPT.map(([column, quantity, unit]): SensorReading => {
    const value = number(row, column)
    return { ...source, sensor: `${sensorPrefix}/${column}`, quantity, unit, value, timeMs: endMs, accuracy: {} }
  })
  const end = [...energies(endMs, (column) => number(row, column)), ...kept]
  const point = { line: row.line, part: "", gauges: {} }
  return [
    { ...point, timeMs: startMs, readings: energies(startMs, () => "0") },
    { ...point, timeMs: endMs, readings: end },
  ]
}

function meteringOf(prefix: string): readonly MeteredSensor[] {
  const counter = { method: "counter" } as const
  return [
    ...ENERGIES.map((column) => ({ ...counter, sensor: `${prefix}/${column}`, role: "energy" as const })),
    { ...counter, sensor: `${prefix}/gpu_energy`, role: "accelerator" },
  ]
}

const isHeader = (line: string) =>
  line.includes("emissions_rate") && line.includes("energy_consumed") && line.includes("timestamp")

/** The rows of a file under the header above each: one that is appended to by another version has several. */
function rowsOf(lines: readonly string[], torn: number | null): readonly Row[] {
  let names: readonly string[] = []
  return lines.flatMap((line, i): Row[] => {
    if (line.trim() === "") return []
    const number = i + 1
    const fields = splitCsvLine(line)
    if (fields !== null && isHeader(line)) {
      names = fields
      return []
    }
    const header = names
    const get = (column: string) => {
      if (number === torn) throw new LineError("the last line has no end and may be torn")
      if (fields?.length !== header.length)
        throw new LineError(`${fields?.length ?? 0} fields under a header of ${header.length}`)
      const value = fields[header.indexOf(column)]
      if (value === undefined) throw new LineError(`no column ${column}`)
      return value
    }
    return [{ line: number, get }]
  })
}

/**
 * The runs of a file, each by its last row: rows of one run_id are running totals, so that a later one contains those
 * before it. Where a total falls, they are something else, and nobody can know what.
 */
function runsOf(rows: readonly Row[]): readonly Row[] {
  const runs = Map.groupBy(rows, (row) => runIdOf(row) ?? row.line)
  return [...runs.values()].flatMap((rows) => rows.slice(-1))
}

/** Null for a row that cannot be read: a run of its own, refused when it is chosen. */
function runIdOf({ get }: Row): string | null {
  try {
    return get("run_id")
  } catch {
    return null
  }
}

function assertTotals(rows: readonly Row[], last: Row): void {
  const run = runIdOf(last)
  const own = rows.filter((row) => run !== null && runIdOf(row) === run)
  for (const [i, row] of own.entries()) {
    const before = own[i - 1]
    const falls = ["duration", ...ENERGIES].find((name) => before && Number(before.get(name)) > Number(row.get(name)))
    if (falls !== undefined) throw new LineError(`${falls} is lower than in line ${before?.line} of the same run_id`)
  }
}

/** CodeCarbon's emissions.csv, read by column name since the order differs between versions; a run_id is a run. */
export const codecarbon: TraceFormat = {
  name: "codecarbon",
  recognises: ([first]) => first !== undefined && isHeader(first),
  parse({ file, lines, torn }, options): Recorded {
    const rows = rowsOf(lines, torn)
    const runs = runsOf(rows)
    const { record } = options
    const row = runs[(record ?? 1) - 1]
    if (row === undefined || (record === undefined && runs.length > 1))
      throw new TraceError(file, 1, `the file holds ${runs.length} runs`, "say which of them by --record, from 1")
    try {
      assertTotals(rows, row)
      const points = pointsOf(row, options)
      const accelerators = [row.get("gpu_model")].filter((name) => name !== "")
      return { points, faults: [], metering: meteringOf(options.sensorPrefix), boundary: "node", accelerators }
    } catch (error) {
      if (!(error instanceof LineError)) throw error
      const hint = error.hint ?? "replay another run of the file by --record, or mend the row from its source"
      throw new TraceError(file, row.line, error.message, hint)
    }
  },
}
