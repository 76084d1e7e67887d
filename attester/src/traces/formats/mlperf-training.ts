import type { SensorReading } from "@wattest/protocol"
import {
  collect,
  decimalOf,
  LineError,
  type Recorded,
  TraceError,
  type TraceFormat,
  type TracePoint,
} from "../trace.ts"

const PREFIX = ":::MLLOG "
const READING = "power_reading"

/** The rules of MLPerf training state no accuracy of node power; 5 % is what data sheets of server power supplies allow. */
const ACCURACY = { gainLimit: "0.05", updateMs: "2000" }

type LogLine = { readonly key: string; readonly time_ms: number; readonly value: unknown }

function parseLogLine(line: string): LogLine {
  if (!line.startsWith(PREFIX)) throw new LineError(`expected ${PREFIX.trim()} and JSON`)
  let value: unknown
  try {
    value = JSON.parse(line.slice(PREFIX.length))
  } catch (error) {
    throw new LineError(`the text after ${PREFIX.trim()} is not JSON: ${(error as Error).message}`)
  }
  const { key, time_ms } = (value ?? {}) as Partial<LogLine>
  if (typeof key !== "string") throw new LineError("the line has no key")
  if (typeof time_ms !== "number" || !Number.isSafeInteger(time_ms) || time_ms < 0)
    throw new LineError("time_ms is no whole number of milliseconds since 1970")
  return value as LogLine
}

/** A log without readings may hold an estimate, such as `interconnect_power_est`: said by name, counted by nothing. */
function assertReadings(file: string, readings: number, keys: ReadonlySet<string>): void {
  const others = [...keys].filter((key) => !key.startsWith("power_measurement"))
  if (readings > 0 || others.length === 0) return
  throw new TraceError(
    file,
    1,
    `it holds no ${READING}, but ${others.join(", ")}: an estimate for a whole run without a unit is no trace of power`,
    "leave this file out: what it stands for is not metered and not part of the run's energy",
  )
}

/**
 * MLPerf training's power log of one node: `:::MLLOG {json}`, key `power_reading`, value in W, time_ms since 1970.
 * The times of the start and stop markers are not used: logs exist whose stop marker repeats the start's time.
 * A reading of "null" is one that the collector missed. `conversion_eff` is not applied: the energy is that of the
 * side which was metered.
 */
export const mlperfTraining: TraceFormat = {
  name: "mlperf-training",
  recognises: (lines) => lines.some((line) => line.startsWith(PREFIX)),
  parse(text, { sensorPrefix, shiftMs }): Recorded {
    const sensor = `${sensorPrefix}/power`
    const keys = new Set<string>()
    const read = (line: string, number: number): TracePoint | null => {
      const { key, time_ms, value } = parseLogLine(line)
      keys.add(key)
      if (key !== READING) return null
      const point = { line: number, timeMs: time_ms + shiftMs, part: "", gauges: {} }
      if (value === "null" || value === null) return { ...point, readings: [], missing: [sensor] }
      const watts = decimalOf(String(value), READING)
      const source = { sensor, surface: "mlperf-training", quantity: "power", unit: "W", grade: "measured" } as const
      const reading: SensorReading = { ...source, value: watts, timeMs: point.timeMs, accuracy: ACCURACY }
      return { ...point, readings: [reading] }
    }
    // JSON is whole where its last brace is there, with or without the line's end.
    const { points, faults } = collect(text, read, (line) => line.trimEnd().endsWith("}"))
    assertReadings(text.file, points.length + faults.length, keys)
    const metering = [{ sensor, role: "energy", method: "trapezoid" }] as const
    return { points, faults, metering, boundary: "node", accelerators: [] }
  },
}
