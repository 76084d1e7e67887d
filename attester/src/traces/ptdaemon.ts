import { parseLocalTime } from "./time-zone.ts"
import { assertForward, decimalOf, eachLine, LineError, type TraceFormat, type TracePoint } from "./trace.ts"

/** PTDaemon refuses a range whose uncertainty passes 1 % (SPEC Power Measurement Setup Guide); it samples once a second. */
const ACCURACY = { gainLimit: "0.01", updateMs: "1000" }

/** The fixed names of the first fields; the sum channel's Volts, Amps and PF are −1 and not used. */
const NAMES: readonly (readonly [number, string])[] = [
  [0, "Time"],
  [2, "Watts"],
  [4, "Volts"],
  [6, "Amps"],
  [8, "PF"],
  [10, "Mark"],
]

/** SPEC PTDaemon's log as MLPerf inference ships it: `Time,MM-DD-YYYY HH:MM:SS.mmm,Watts,x,…`, local time. */
export const ptdaemon: TraceFormat = {
  name: "ptdaemon",
  recognises: ([first]) => first?.startsWith("Time,") === true,
  parse(file, lines, { localTime, sensorPrefix }) {
    const sensor = `${sensorPrefix}/watts`
    const points: TracePoint[] = []
    eachLine(file, lines, (line) => {
      if (line.trim() === "") return
      const fields = line.split(",")
      for (const [at, name] of NAMES)
        if (fields[at] !== name)
          throw new LineError(`expected ${name} as field ${at + 1}, got ${fields[at] ?? "nothing"}`)
      const timeMs = localTime(parseLocalTime(fields[1] ?? ""))
      const value = decimalOf(fields[3] ?? "", "Watts")
      assertForward(points.at(-1)?.timeMs, timeMs)
      const source = { sensor, surface: "ptdaemon", quantity: "power", unit: "W", grade: "measured" } as const
      points.push({ timeMs, readings: [{ ...source, value, timeMs, accuracy: ACCURACY }], gauges: {} })
    })
    return { points, metering: [{ sensor, role: "energy", method: "trapezoid" }], boundary: "node", accelerators: [] }
  },
}
