import type { MeteredSensor, SensorReading } from "@wattest/protocol"
import { type Window, WindowError } from "./window.ts"

/** Totals and factors of a whole window that its caller declares. */
export type Declarations = {
  readonly work?: bigint
  readonly accepted?: bigint
  readonly input?: bigint
  /** gCO2e/kWh and L/kWh. */
  readonly carbonIntensity?: string
  readonly waterIntensity?: string
}

export type Declared = {
  readonly metering: readonly MeteredSensor[]
  readonly opening: readonly SensorReading[]
  readonly closing: readonly SensorReading[]
}

/** What the caller declares beside the trace: counts at both ends, intensities for the whole window. */
export function declarations(
  { work, accepted, input, carbonIntensity, waterIntensity }: Declarations,
  window: Window,
): Declared {
  if ((accepted ?? 0n) > (work ?? 0n))
    throw new WindowError(`${accepted} units are accepted of ${work ?? 0n}`, "give --accepted at most --work")
  const counts = [
    { role: "work", value: work },
    { role: "accepted", value: accepted },
    { role: "input", value: input },
  ] as const
  const factors = [
    { role: "carbon-intensity", value: carbonIntensity, unit: "gCO2e/kWh" },
    { role: "water-intensity", value: waterIntensity, unit: "L/kWh" },
  ] as const
  const metering: MeteredSensor[] = []
  const opening: SensorReading[] = []
  const closing: SensorReading[] = []
  const reading = (role: string, unit: string, value: string, timeMs: number): SensorReading => {
    const sensor = { sensor: `declared/${role}`, surface: "declaration", quantity: role, unit }
    return { ...sensor, value, timeMs, grade: "declared", accuracy: {} }
  }
  for (const { role, value } of counts) {
    if (value === undefined) continue
    metering.push({ sensor: `declared/${role}`, role, method: "counter" })
    opening.push(reading(role, "1", "0", window.startMs))
    closing.push(reading(role, "1", value.toString(), window.endMs))
  }
  for (const { role, value, unit } of factors) {
    if (value === undefined) continue
    metering.push({ sensor: `declared/${role}`, role, method: "hold" })
    opening.push(reading(role, unit, value, window.startMs))
  }
  return { metering, opening, closing }
}
