import { numberToDecimal } from "../decimal.ts"
import type { Meter } from "../meter.ts"
import { field, list } from "../net/json.ts"
import type { Accuracy, Coverage, Quantity, SensorValue, Unit } from "../source.ts"

export type Link = string | null

type Reading = { readonly sensor: string; readonly quantity: Quantity; readonly unit: Unit; readonly reading: unknown }
type Place = Meter & { readonly part?: string }

/** A value, or none when the reading is null or absent: Redfish's way to say "not now". */
const toValues = ({ sensor, quantity, unit, reading }: Reading, place: Place): SensorValue[] => {
  const value = typeof reading === "number" ? numberToDecimal(reading) : null
  if (value === null) return []
  return [{ sensor, surface: "redfish", quantity, unit, value, timeMs: Date.now(), ...place }]
}

/** EnvironmentMetrics of a chassis (DSP2046): PowerWatts, EnergykWh, EnergyJoules. */
export const readEnvironment = (metrics: unknown, meter: Meter): SensorValue[] => {
  const read = (name: string, quantity: Quantity, unit: Unit) => {
    const reading = field(field(metrics, name), "Reading")
    return toValues({ sensor: `EnvironmentMetrics/${name}`, quantity, unit, reading }, meter)
  }
  return [
    ...read("PowerWatts", "power", "W"),
    ...read("EnergykWh", "energy", "kWh"),
    ...read("EnergyJoules", "energy", "J"),
  ]
}

/** The older Power resource: what each power control consumes now. */
export const readPower = (power: unknown, meter: Meter): SensorValue[] => {
  const controls = list(field(power, "PowerControl"))
  return controls.flatMap((control, index) => {
    const reading = field(control, "PowerConsumedWatts")
    const id = String(field(control, "MemberId") ?? index)
    const place = controls.length === 1 ? meter : { ...meter, part: `PowerControl/${id}` }
    return toValues({ sensor: `PowerControl/${id}/PowerConsumedWatts`, quantity: "power", unit: "W", reading }, place)
  })
}

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

const TYPES: ReadonlyMap<unknown, readonly [Quantity, Unit]> = new Map<unknown, readonly [Quantity, Unit]>([
  ["Power", ["power", "W"]],
  ["EnergykWh", ["energy", "kWh"]],
  ["EnergyWh", ["energy", "Wh"]],
  ["EnergyJoules", ["energy", "J"]],
])
const TEMPERATURES: ReadonlyMap<unknown, Quantity> = new Map<unknown, Quantity>([
  ["Intake", "inletTemperature"],
  ["Exhaust", "outletTemperature"],
  ["GPU", "acceleratorTemperature"],
  ["Accelerator", "acceleratorTemperature"],
])
/** Where a sensor sits, when that is only a part of what the chassis meters. */
const PLACES: ReadonlyMap<unknown, Coverage> = new Map<unknown, Coverage>([
  ["GPU", "accelerator"],
  ["Accelerator", "accelerator"],
  ["CPU", "processor"],
  ["Memory", "memory"],
])

/**
 * A Sensor resource: power, energy, and the temperatures of intake, exhaust and accelerators. What supplies give out is
 * left aside: what they take in is what is paid for, and both may not be added.
 */
export const readSensor = (sensor: unknown, meter: Meter): SensorValue[] => {
  const id = field(sensor, "Id")
  const context = field(sensor, "PhysicalContext")
  if (typeof id !== "string" || !isEnabled(sensor) || field(sensor, "PhysicalSubContext") === "Output") return []
  const known = knownType(sensor)
  if (!known) return []
  const [quantity, unit] = known
  const accuracy = sensorAccuracy(sensor, unit === "Cel" ? { ...meter.accuracy, gainLimit: 0 } : meter.accuracy)
  const covers = PLACES.get(context) ?? meter.covers
  const whole = covers === meter.covers && (context === "Chassis" || context === undefined)
  const place = { ...meter, covers, accuracy, ...(!whole && { part: id }) }
  return toValues({ sensor: `Sensors/${id}`, quantity, unit, reading: field(sensor, "Reading") }, place)
}

/** Sensors that are absent, disabled or offline may still show an old reading. */
const isEnabled = (sensor: unknown): boolean => {
  const state = field(field(sensor, "Status"), "State")
  return state === undefined || state === "Enabled"
}

const knownType = (sensor: unknown): readonly [Quantity, Unit] | undefined => {
  const type = field(sensor, "ReadingType")
  // ReadingType is optional; for temperatures the unit is enough.
  if (type !== "Temperature" && (type !== undefined || field(sensor, "ReadingUnits") !== "Cel")) return TYPES.get(type)
  const celsius = TEMPERATURES.get(field(sensor, "PhysicalContext"))
  return celsius && [celsius, "Cel"]
}

/** What the sensor says of itself (DSP2046 Sensor): Accuracy in ± %, ReadingAccuracy in ± units, its intervals. */
const sensorAccuracy = (sensor: unknown, known: Accuracy): Accuracy => {
  const percent = field(sensor, "Accuracy")
  const units = field(sensor, "ReadingAccuracy")
  const stated = typeof percent === "number" || typeof units === "number"
  return {
    ...known,
    ...(stated && {
      gainLimit: typeof percent === "number" ? percent / 100 : 0,
      origin: "stated by the Redfish sensor",
    }),
    ...(typeof units === "number" && { offsetLimit: units }),
    updateMs: durationMs(field(sensor, "SensingInterval")) ?? known.updateMs,
    windowMs: durationMs(field(sensor, "AveragingInterval")) ?? known.windowMs,
  }
}

/** An ISO 8601 duration of at most hours, as Redfish writes intervals: `PT0.25S`, `PT1M`. */
const durationMs = (value: unknown): number | null => {
  const match =
    typeof value === "string" ? /^PT(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,6}(?:\.\d{1,6})?)S)?$/.exec(value) : null
  if (!match) return null
  const [, hours = 0, minutes = 0, seconds = 0] = match
  return Math.round((Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000)
}
