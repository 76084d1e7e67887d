import type { SensorReading } from "@wattest/protocol"
import { parseLocalTime } from "../time-zone.ts"
import { collect, decimalOf, LineError, type Recorded, type TraceFormat } from "../trace.ts"

/** PTDaemon refuses a range whose uncertainty passes 1 % (SPEC Power Measurement Setup Guide); it samples once a second. */
const ACCURACY = { gainLimit: "0.01", updateMs: "1000" }

/** What it writes for a sample in which the analyser changes its range. */
const NO_READING = /^-1(?:\.0+)?$/

/**
 * The fields of the sum channel by name: names and values take turns, and `Ch1` begins the channels one by one. Its
 * Volts, Amps and PF are −1 where there are several channels, and not used.
 */
function sumChannel(line: string): ReadonlyMap<string, string> {
  const fields = line.split(",").map((field) => field.trim())
  const end = fields.findIndex((name, i) => i % 2 === 0 && /^Ch[0-9]+$/.test(name))
  const own = end < 0 ? fields : fields.slice(0, end)
  const pairs = new Map<string, string>()
  for (let i = 0; i < own.length; i += 2) {
    const [name = "", value] = own.slice(i)
    if (value === undefined) throw new LineError(`${name === "" ? "a field" : name} has no value`)
    if (pairs.has(name)) throw new LineError(`${name} is there twice`)
    pairs.set(name, value)
  }
  return pairs
}

/** SPEC PTDaemon's log as MLPerf inference ships it: `Time,MM-DD-YYYY HH:MM:SS.mmm,Watts,x,…`, local time. */
export const ptdaemon: TraceFormat = {
  name: "ptdaemon",
  recognises: (lines) => lines.some((line) => /(?:^|,)Time,[0-9-]{10} .*,?Watts,/.test(line)),
  parse(text, { localTime, sensorPrefix, shiftMs }): Recorded {
    const sensor = `${sensorPrefix}/watts`
    const { points, faults } = collect(text, (line, number) => {
      const channel = sumChannel(line)
      const [time, watts] = ["Time", "Watts"].map((name) => channel.get(name))
      if (time === undefined || watts === undefined) throw new LineError("no Time or no Watts of the sum channel")
      const timeMs = localTime(parseLocalTime(time)) + shiftMs
      const point = { line: number, timeMs, part: "", gauges: {} }
      if (NO_READING.test(watts)) return { ...point, readings: [], missing: [sensor] }
      const source = { sensor, surface: "ptdaemon", quantity: "power", unit: "W", grade: "measured" } as const
      const reading: SensorReading = { ...source, value: decimalOf(watts, "Watts"), timeMs, accuracy: ACCURACY }
      return { ...point, readings: [reading] }
    })
    const metering = [{ sensor, role: "energy", method: "trapezoid" }] as const
    return { points, faults, metering, boundary: "node", accelerators: [] }
  },
}
