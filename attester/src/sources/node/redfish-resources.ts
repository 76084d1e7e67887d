import { numberToDecimal } from "../decimal.ts"
import type { Meter } from "../meter.ts"
import { field, list } from "../net/json.ts"
import type { Coverage, Quantity, SensorValue, Unit } from "../source.ts"

export type Link = string | null

export type Reading = {
  readonly sensor: string
  readonly quantity: Quantity
  readonly unit: Unit
  readonly reading: unknown
}
export type Place = Meter & { readonly part?: string }

/** A value, or none when the reading is null or absent: Redfish's way to say "not now". */
export const toValues = ({ sensor, quantity, unit, reading }: Reading, place: Place): SensorValue[] => {
  const value = typeof reading === "number" ? numberToDecimal(reading) : null
  if (value === null) return []
  return [{ sensor, surface: "redfish", quantity, unit, value, timeMs: Date.now(), ...place }]
}

/** EnvironmentMetrics of a chassis (DSP2046): PowerWatts, and of its two counters the finer. */
export const readEnvironment = (metrics: unknown, meter: Meter): SensorValue[] => {
  const read = (name: string, quantity: Quantity, unit: Unit) => {
    const reading = field(field(metrics, name), "Reading")
    return toValues({ sensor: `EnvironmentMetrics/${name}`, quantity, unit, reading }, meter)
  }
  const joules = read("EnergyJoules", "energy", "J")
  return [...read("PowerWatts", "power", "W"), ...(joules.length > 0 ? joules : read("EnergykWh", "energy", "kWh"))]
}

/** Of what a power control is, where it is not of the whole. */
const INNER: readonly (readonly [RegExp, Coverage])[] = [
  [/cpu|processor/i, "processor"],
  [/mem|dimm|dram/i, "memory"],
  [/gpu|accelerator/i, "accelerator"],
]
const WHOLE = /^(?:server|system|chassis|total|node)\b/i

type Control = { readonly id: string; readonly text: string; readonly isWhole: boolean; readonly reading: unknown }

const controlOf = (control: unknown, index: number): Control => {
  const id = String(field(control, "MemberId") ?? index)
  const [name, context] = [String(field(control, "Name") ?? ""), field(control, "PhysicalContext")]
  const isWhole = context === "Chassis" || (context === undefined && WHOLE.test(name))
  return { id, text: `${context ?? ""} ${name}`, isWhole, reading: field(control, "PowerConsumedWatts") }
}

/**
 * The older Power resource: what each power control consumes now. Where there are several, one of the whole stands
 * among controls of what lies within it (Lenovo's XCC); where none or two say that they are, each may be.
 */
export const readPower = (power: unknown, meter: Meter): SensorValue[] => {
  const controls = list(field(power, "PowerControl")).map(controlOf)
  const wholes = controls.filter(({ isWhole }) => isWhole)
  const candidates = wholes.length > 0 ? wholes : controls.length === 1 ? controls : controls.filter(isPlaceless)
  return controls.flatMap((control): SensorValue[] => {
    const { id, text, reading } = control
    const given = { sensor: `PowerControl/${id}/PowerConsumedWatts`, quantity: "power", unit: "W", reading } as const
    if (candidates.includes(control)) return toValues(given, meter)
    const covers = INNER.find(([pattern]) => pattern.test(text))?.[1]
    return covers === undefined ? [] : toValues(given, { ...meter, covers, part: `PowerControl/${id}` })
  })
}

const isPlaceless = ({ text }: Control): boolean => !INNER.some(([pattern]) => pattern.test(text))

/** Metrics of one power supply: what it takes from the line. */
export const readSupply = (id: unknown, metrics: unknown, meter: Meter): SensorValue[] => {
  if (typeof id !== "string") return []
  const place = { ...meter, part: id }
  const read = (name: string, quantity: Quantity, unit: Unit) => {
    const reading = field(field(metrics, name), "Reading")
    return toValues({ sensor: `PowerSupplies/${id}/${name}`, quantity, unit, reading }, place)
  }
  return [...read("InputPowerWatts", "power", "W"), ...read("EnergykWh", "energy", "kWh")]
}
