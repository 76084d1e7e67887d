import { createMeter, JOULES, type MeteredSensor, type SensorReading, WATTS } from "@wattest/protocol"
import type { Known } from "../resolve.ts"

const TEN_MINUTES_MS = 600_000
const LEAST_STEP_MS = 1000

/** What a sensor, or the power beside a counter, shows now in watts; null where only time will tell. */
export function wattsOf({ sensor, method, witness }: MeteredSensor, known: Known): number | null {
  const shown = known.get(method === "counter" ? (witness ?? "") : sensor)
  return shown === undefined ? null : Number(shown.value.value) * (WATTS[shown.value.unit] ?? 1)
}

/** A sensor's readings of ten minutes at the power that it shows now, as the device would sign them. */
function readingsOf(entry: MeteredSensor, known: Known): readonly SensorReading[] {
  const seen = known.get(entry.sensor)
  const watts = wattsOf(entry, known)
  if (seen === undefined || watts === null) return []
  const stepMs = Math.max(entry.periodMs ?? 0, LEAST_STEP_MS)
  const { reading } = seen
  return Array.from({ length: Math.floor(TEN_MINUTES_MS / stepMs) + 1 }, (_, i) => {
    const joules = (watts * i * stepMs) / 1000 / (JOULES[reading.unit] ?? 1)
    const value = entry.method === "counter" ? joules.toFixed(6) : reading.value
    return { ...reading, value, timeMs: i * stepMs }
  })
}

/** Energy of ten minutes as it is now, with its uncertainty, in J; null where a counter has no power beside it. */
export function estimate(
  plan: readonly MeteredSensor[],
  known: Known,
): { readonly joules: number; readonly uncertainty: number; readonly grade: string } | null {
  const energy = plan.filter(({ role }) => role === "energy").map(({ witness: _, ...entry }) => entry)
  const isUnknown = plan.some(
    (entry) => entry.role === "energy" && known.has(entry.sensor) && wattsOf(entry, known) === null,
  )
  if (energy.length === 0 || isUnknown) return null
  const meter = createMeter(energy)
  meter.advance(0, [])
  const readings = plan.filter(({ role }) => role === "energy").flatMap((entry) => readingsOf(entry, known))
  const { registers, energyGrade } = meter.advance(TEN_MINUTES_MS, readings)
  return {
    joules: Number(registers.energyMillijoules) / 1000,
    uncertainty: Number(registers.uncertaintyMillijoules) / 1000,
    grade: energyGrade,
  }
}
