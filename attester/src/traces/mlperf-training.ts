import type { SensorReading } from "@wattest/protocol"
import { assertForward, decimalOf, eachLine, LineError, type TraceFormat, type TracePoint } from "./trace.ts"

const PREFIX = ":::MLLOG "

/** The rules of MLPerf training state no accuracy of node power; 5 % is what data sheets of server power supplies allow. */
const ACCURACY = { gainLimit: "0.05", updateMs: "2000" }

type LogLine = { readonly key: string; readonly time_ms: number; readonly value: unknown }

function parseLogLine(line: string): LogLine {
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

/**
 * MLPerf training's power log of one node: `:::MLLOG {json}`, key `power_reading`, value in W, time_ms since 1970.
 * The times of the start and stop markers are not used: logs exist whose stop marker repeats the start's time.
 * A reading of "null" is one that the collector missed, and is left out. `conversion_eff` is not applied: the energy
 * is that of the side which was metered.
 */
export const mlperfTraining: TraceFormat = {
  name: "mlperf-training",
  recognises: (lines) => lines.some((line) => line.startsWith(PREFIX)),
  parse(file, lines, { sensorPrefix }) {
    const sensor = `${sensorPrefix}/power`
    const points: TracePoint[] = []
    eachLine(file, lines, (line) => {
      if (!line.startsWith(PREFIX)) {
        if (line.trim() === "") return
        throw new LineError(`expected ${PREFIX.trim()} and JSON`)
      }
      const { key, time_ms: timeMs, value } = parseLogLine(line)
      if (key !== "power_reading" || value === "null" || value === null) return
      const watts = decimalOf(String(value), "power_reading")
      assertForward(points.at(-1)?.timeMs, timeMs)
      const reading: SensorReading = {
        sensor,
        surface: "mlperf-training",
        quantity: "power",
        unit: "W",
        value: watts,
        timeMs,
        grade: "measured",
        accuracy: ACCURACY,
      }
      points.push({ timeMs, readings: [reading], gauges: {} })
    })
    return { points, metering: [{ sensor, role: "energy", method: "trapezoid" }], boundary: "node", accelerators: [] }
  },
}
