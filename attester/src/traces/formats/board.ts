import type { MeteredSensor, SensorReading } from "@wattest/protocol"
import { decimalOf, LineError, type TracePoint } from "../trace.ts"

/**
 * Power of NVIDIA boards is good to ±5 % and taken anew every 100 ms; on A100 and H100 only 25 ms of each 100 ms are
 * looked at (Yang, Adamek, Armour: "Part-time Power Measurements", arXiv 2312.02741).
 */
const INSTANT = { gainLimit: "0.05", updateMs: "100", gapMs: "75" }
/** From Ampere on `power.draw`, and `pwr` of dmon, is a mean over one second (nvidia-smi --help-query-gpu). */
const AVERAGED = { ...INSTANT, windowMs: "1000" }

const POWER_UNITS = ["W", "mW", "kW"]

/** One board at one time, as a log of NVIDIA's tool has it; null where the driver could not tell. */
export type BoardRow = {
  readonly line: number
  readonly timeMs: number
  readonly part: string
  readonly watts: { readonly value: string; readonly unit: string } | null
  readonly busyPercent: string | null
  readonly celsius: string | null
}

/** How a log's power is called, and how fine it is printed. */
export type PowerColumn = { readonly name: string; readonly prefix: string; readonly step?: string }

const accuracyOf = ({ name, step }: PowerColumn) => ({
  ...(name === "power.draw.instant" ? INSTANT : AVERAGED),
  ...(step === undefined ? {} : { step }),
})

export function boardPoint(power: PowerColumn, row: BoardRow): TracePoint {
  const { timeMs, part, watts, busyPercent, celsius, line } = row
  const sensor = (name: string) => `${power.prefix}/${part}/${name}`
  const source = { surface: "nvidia-smi", timeMs, grade: "measured" } as const
  const readings: SensorReading[] = []
  if (watts !== null) {
    if (!POWER_UNITS.includes(watts.unit)) throw new LineError(`${power.name} is in ${watts.unit}, no unit of power`)
    const value = decimalOf(watts.value, power.name)
    const accuracy = accuracyOf(power)
    readings.push({ ...source, sensor: sensor(power.name), quantity: "power", unit: watts.unit, value, accuracy })
  }
  if (busyPercent !== null) {
    const value = decimalOf(busyPercent, "utilization")
    readings.push({ ...source, sensor: sensor(BUSY), quantity: "kernelTime", unit: "%", value, accuracy: {} })
  }
  const gauges = celsius === null ? {} : { acceleratorCentikelvin: centikelvinOf(celsius) }
  return { timeMs, line, part, readings, gauges, missing: watts === null ? [sensor(power.name)] : [] }
}

/** The gauge of a board's temperature, which ends at 382 °C. */
function centikelvinOf(celsius: string): number {
  const centikelvin = Math.round(Number(decimalOf(celsius, "temperature")) * 100) + 27_315
  if (centikelvin >= 2 ** 16 - 1) throw new LineError(`${celsius} °C is no temperature of a board`)
  return centikelvin
}

const BUSY = "utilization.gpu"

/** Utilisation is the share of time with any kernel at all, so it is never below SM occupancy: idle by it is idle. */
export const boardMetering = ({ prefix, name }: PowerColumn, part: string): readonly MeteredSensor[] => [
  { sensor: `${prefix}/${part}/${name}`, role: "energy", method: "trapezoid" },
  { sensor: `${prefix}/${part}/${name}`, role: "accelerator", method: "trapezoid", part },
  { sensor: `${prefix}/${part}/${BUSY}`, role: "occupancy", method: "hold", part },
]
