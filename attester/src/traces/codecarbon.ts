import type { MeteredSensor, SensorReading } from "@wattest/protocol"
import { splitCsvLine } from "../sources/net/csv.ts"
import { parseLocalTime } from "./time-zone.ts"
import { eachLine, LineError, type TraceFormat, type TraceOptions, type TracePoint } from "./trace.ts"

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

type Row = { readonly get: (column: string) => string }

function number(row: Row, column: string): string {
  const value = row.get(column)
  if (!FLOAT.test(value)) throw new LineError(`${column} is ${JSON.stringify(value)}, not a number of zero or more`)
  return value
}

function readRow(row: Row, { localTime, sensorPrefix }: TraceOptions) {
  const endMs = localTime(parseLocalTime(row.get("timestamp").replace(/\.[0-9]+$/, "")))
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
  const points: TracePoint[] = [
    { timeMs: startMs, readings: energies(startMs, () => "0"), gauges: {} },
    { timeMs: endMs, readings: end, gauges: {} },
  ]
  return { points, accelerators: [row.get("gpu_model")].filter((name) => name !== "") }
}

function meteringOf(prefix: string, spanMs: number): readonly MeteredSensor[] {
  // Two readings a run, whatever its length: the distance between them is no gap.
  const counter = { method: "counter", maxGapMs: spanMs } as const
  return [
    ...ENERGIES.map((column) => ({ ...counter, sensor: `${prefix}/${column}`, role: "energy" as const })),
    { ...counter, sensor: `${prefix}/gpu_energy`, role: "accelerator" },
  ]
}

/** CodeCarbon's emissions.csv, read by column name since the order differs between versions; a row is a run. */
export const codecarbon: TraceFormat = {
  name: "codecarbon",
  recognises: ([first]) => first?.includes("emissions_rate") === true && first.includes("energy_consumed"),
  records: (lines) => lines.filter((line) => line.trim() !== "").length - 1,
  parse(file, lines, options) {
    let header: readonly string[] | undefined
    let found: ReturnType<typeof readRow> | undefined
    let record = 0
    eachLine(file, lines, (line) => {
      if (line.trim() === "") return
      const fields = splitCsvLine(line)
      if (fields === null) throw new LineError("a quoted field does not end, or text follows it")
      if (header === undefined) {
        header = fields
        return
      }
      if (++record !== (options.record ?? 1)) return
      const names = header
      if (fields.length !== names.length)
        throw new LineError(`${fields.length} fields under a header of ${names.length}`)
      const get = (column: string) => {
        const value = fields[names.indexOf(column)]
        if (value === undefined) throw new LineError(`no column ${column}`)
        return value
      }
      found = readRow({ get }, options)
    })
    const { points = [], accelerators = [] } = found ?? {}
    const spanMs = Math.max(1, (points.at(-1)?.timeMs ?? 0) - (points[0]?.timeMs ?? 0))
    return { points, metering: meteringOf(options.sensorPrefix, spanMs), boundary: "node", accelerators }
  },
}
