import type { MeteredSensor, SensorReading } from "@wattest/protocol"
import { parseLocalTime } from "./time-zone.ts"
import { assertForward, decimalOf, eachLine, LineError, type TraceFormat, type TracePoint } from "./trace.ts"

/**
 * Power of NVIDIA boards is good to ±5 % and taken anew every 100 ms; on A100 and H100 only 25 ms of each 100 ms are
 * looked at (Yang, Adamek, Armour: "Part-time Power Measurements", arXiv 2312.02741).
 */
const ACCURACY = { gainLimit: "0.05", updateMs: "100", gapMs: "75" }
/** From Ampere on `power.draw` is a mean over one second (nvidia-smi --help-query-gpu). */
const AVERAGED = { ...ACCURACY, windowMs: "1000" }

const POWER_COLUMNS = ["power.draw.instant", "power.draw", "power.draw.average"]
const ABSENT = new Set(["[N/A]", "N/A", "[Not Supported]", "[Unknown Error]", "[GPU requires reset]"])

type Column = { readonly at: number; readonly unit: string }

function parseHeader(line: string): ReadonlyMap<string, Column> {
  const columns = new Map<string, Column>()
  for (const [at, field] of line.split(",").entries()) {
    const [, name, unit = ""] = /^\s*([^[\s]+)\s*(?:\[(.*)\])?\s*$/.exec(field) ?? []
    if (name === undefined) throw new LineError(`${JSON.stringify(field)} is no column name`)
    if (columns.has(name)) throw new LineError(`column ${name} is there twice`)
    columns.set(name, { at, unit })
  }
  return columns
}

/** The power column to meter: the one asked for, else the most direct one that the file has. */
function powerColumn(columns: ReadonlyMap<string, Column>, wanted: string | undefined): string {
  const name = wanted ?? POWER_COLUMNS.find((column) => columns.has(column))
  if (name === undefined || !columns.has(name))
    throw new LineError(`no column ${wanted ?? POWER_COLUMNS.join(" or ")} among ${[...columns.keys()].join(", ")}`)
  return name
}

/** A field without its unit; null where the driver could not tell. A unit in the field must be the header's. */
function fieldOf(fields: readonly string[], column: Column | undefined): string | null {
  const text = column && fields[column.at]?.trim()
  if (!text || ABSENT.has(text)) return null
  return text.replace(/ (?:W|%|MiB|MHz)$/, "")
}

type Reader = { readonly columns: ReadonlyMap<string, Column>; readonly power: string; readonly prefix: string }

function readRow(
  { columns, power, prefix }: Reader,
  fields: readonly string[],
  timeMs: number,
): TracePoint & { part: string } {
  const get = (name: string) => fieldOf(fields, columns.get(name))
  const part = get("uuid") ?? get("index") ?? "0"
  const source = { surface: "nvidia-smi", timeMs, grade: "measured" } as const
  const readings: SensorReading[] = []
  const watts = get(power)
  if (watts !== null) {
    const accuracy = power === "power.draw.instant" ? ACCURACY : AVERAGED
    const value = decimalOf(watts, power)
    readings.push({ ...source, sensor: `${prefix}/${part}/${power}`, quantity: "power", unit: "W", value, accuracy })
  }
  const busy = get("utilization.gpu")
  if (busy !== null) {
    const value = decimalOf(busy, "utilization.gpu")
    const sensor = `${prefix}/${part}/utilization.gpu`
    readings.push({ ...source, sensor, quantity: "kernelTime", unit: "%", value, accuracy: {} })
  }
  const celsius = get("temperature.gpu")
  const gauges =
    celsius === null
      ? {}
      : { acceleratorCentikelvin: Math.round(Number(decimalOf(celsius, "temperature.gpu")) * 100) + 27_315 }
  return { timeMs, readings, gauges, part }
}

/** Utilisation is the share of time with any kernel at all, so it is never below SM occupancy: idle by it is idle. */
const meteringOf = ({ power, prefix }: Reader, part: string): readonly MeteredSensor[] => [
  { sensor: `${prefix}/${part}/${power}`, role: "energy", method: "trapezoid" },
  { sensor: `${prefix}/${part}/${power}`, role: "accelerator", method: "trapezoid", part },
  { sensor: `${prefix}/${part}/utilization.gpu`, role: "occupancy", method: "hold", part },
]

/** What `nvidia-smi --query-gpu=timestamp,power.draw,… --format=csv` prints, one or several boards, local time. */
export const nvidiaSmi: TraceFormat = {
  name: "nvidia-smi",
  recognises: ([first]) => first?.startsWith("timestamp,") === true && first.includes("power.draw"),
  parse(file, lines, { localTime, powerColumn: wanted, sensorPrefix: prefix }) {
    const points: TracePoint[] = []
    const parts = new Map<string, string>()
    let reader: Reader | undefined
    eachLine(file, lines, (line) => {
      if (line.trim() === "") return
      if (reader === undefined) {
        const columns = parseHeader(line)
        reader = { columns, power: powerColumn(columns, wanted), prefix }
        return
      }
      const fields = line.split(",")
      if (fields.length !== reader.columns.size)
        throw new LineError(`${fields.length} fields under a header of ${reader.columns.size}`)
      const timestamp = fieldOf(fields, reader.columns.get("timestamp"))
      if (timestamp === null) throw new LineError("no timestamp")
      const timeMs = localTime(parseLocalTime(timestamp))
      assertForward(points.at(-1)?.timeMs, timeMs)
      const { part, ...point } = readRow(reader, fields, timeMs)
      parts.set(part, fieldOf(fields, reader.columns.get("name")) ?? "")
      points.push(point)
    })
    const known = reader
    return {
      points,
      metering: known === undefined ? [] : [...parts.keys()].flatMap((part) => meteringOf(known, part)),
      boundary: "gpu",
      accelerators: [...parts.values()].filter((name) => name !== ""),
    }
  },
}
