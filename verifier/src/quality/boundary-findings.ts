import { isEnergy, JOULES, type OpenedCapture, type SensorReading, WATCH_SURFACE, WATTS } from "@wattest/protocol"
import type { WatchContext } from "./watch-context.ts"

/** Step of a counter that states none, J: 1 Wh. */
const UNKNOWN_STEP_JOULES = 3600
/** A counter that is this many steps behind the power beside it stands still. */
const MOST_STEPS = 4
/** Its updates may come late by as much. */
const LEAST_MS = 60_000

/** What a comparison is called that did not hold, in evidence of the device. */
const DISAGREES = "implausible difference"

/** Since when a counter has had its value, and what the power beside it has shown since. */
type Still = {
  readonly value: string
  readonly sinceMs: number
  joules: number
  step: number
  last: SensorReading | null
}

const stillAt = ({ value, timeMs, unit, accuracy }: SensorReading): Still => {
  const step = Number(accuracy.step ?? 0) * (JOULES[unit] ?? 1)
  return { value, sinceMs: timeMs, joules: 0, step: step > 0 ? step : UNKNOWN_STEP_JOULES, last: null }
}

/** Looks at how the plan's sensors make up the boundary: silent ones, counters that stand, comparisons that fail. */
export function createBoundaryWatch({ log, statement }: WatchContext): {
  readonly add: (capture: OpenedCapture) => void
  readonly end: () => void
} {
  const energies = statement.context.metering.filter(({ role }) => isEnergy(role))
  const silent = new Set(energies.map(({ sensor }) => sensor))
  const counters = new Map<string, Still>()
  const witnesses = Map.groupBy(energies, ({ witness }) => witness)
  const count = (reading: SensorReading) => {
    if (counters.get(reading.sensor)?.value !== reading.value) counters.set(reading.sensor, stillAt(reading))
  }
  const witness = (reading: SensorReading, sequence: number) => {
    for (const { sensor } of witnesses.get(reading.sensor) ?? []) {
      const still = counters.get(sensor)
      if (still === undefined) continue
      const ms = still.last === null ? 0 : Math.max(0, reading.timeMs - still.last.timeMs)
      still.joules += (Number(still.last?.value ?? 0) * (WATTS[reading.unit] ?? 1) * ms) / 1000
      still.last = reading
      const isLong = reading.timeMs - still.sinceMs > LEAST_MS
      if (isLong && still.joules > MOST_STEPS * still.step)
        log.add("COUNTER_STUCK", () => `${sensor} stood at ${still.value} over ${still.joules.toFixed(0)} J`, sequence)
    }
  }
  return {
    add({ sources, sequence }) {
      for (const reading of sources.readings) {
        silent.delete(reading.sensor)
        if (energies.some(({ sensor, method }) => sensor === reading.sensor && method === "counter")) count(reading)
        if (witnesses.has(reading.sensor)) witness(reading, sequence)
        if (reading.surface === WATCH_SURFACE && reading.quantity === DISAGREES)
          log.add("SENSORS_DISAGREE", () => `${reading.sensor}: ${reading.value} ${reading.unit}`, sequence)
      }
    },
    end() {
      for (const sensor of silent) log.add("SENSOR_SILENT", sensor)
    },
  }
}
