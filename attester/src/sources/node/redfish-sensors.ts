import type { Meter } from "../meter.ts"
import { field } from "../net/json.ts"
import type { Accuracy, Coverage, Quantity, SensorValue, Unit } from "../source.ts"
import { toValues } from "./redfish-resources.ts"

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

/** What is given out, allowed or remembered is not what is drawn. */
const NOT_DRAWN =
  /out(?:put)?(?:$|[_\s-]|power|energy)|limit|cap(?:$|[_-]|ping)|budget|setpoint|rated|average|avg|(?:^|[_-])(?:max|min|peak)/i
/** What lies within a chassis by its name alone: a GPU's memory has the context of the GPU. */
const INNER =
  /dram|hbm|mem|dimm|cpu|fan|nvswitch|(?:^|[_-])(?:vr|soc|nic|psu?\d*|hotswap|disk|riser|pcie|slot)(?=$|[_-])/i

/** How surely a name says that it is of all that the chassis takes in. */
const totalness = (id: string): number => {
  if (/^total[_-]?(?:input[_-]?)?(?:power|energy)(?:[_-]?in(?:put)?)?$/i.test(id)) return 3
  return /total|chassis|system/i.test(id) ? 2 : 1
}

/** Which sensors of a chassis are read: all, or those that the operator names, who then answers for what they are. */
export type SensorChoice = { readonly meter: Meter; readonly isNamed: boolean }

/**
 * The Sensor resources of a chassis. Of those that may be its whole, the one whose name says so most surely counts, and
 * all where several do: nobody but the operator can tell them apart.
 */
export const readSensors = (sensors: readonly unknown[], choice: SensorChoice): SensorValue[] => {
  const read = sensors.flatMap((sensor) => readSensor(sensor, choice))
  const isTotal = ({ covers, part }: SensorValue) => covers === choice.meter.covers && part === undefined
  const wholes = Map.groupBy(read.filter(isTotal), ({ quantity }) => quantity)
  const best = new Map([...wholes].map(([quantity, own]) => [quantity, Math.max(...own.map(surenessOf))]))
  return read.filter((value) => !isTotal(value) || !isEnergy(value) || surenessOf(value) === best.get(value.quantity))
}

const isEnergy = ({ quantity }: SensorValue): boolean => quantity === "power" || quantity === "energy"
const surenessOf = ({ sensor }: SensorValue): number => totalness(sensor.replace("Sensors/", ""))

const isOfWhole = (context: unknown, covers: Coverage): boolean =>
  context === "Chassis" || context === undefined || (covers === "accelerator" && PLACES.get(context) === "accelerator")

/** A Sensor resource: power, energy, and the temperatures of intake, exhaust and accelerators. */
const readSensor = (sensor: unknown, { meter, isNamed }: SensorChoice): SensorValue[] => {
  const id = field(sensor, "Id")
  const context = field(sensor, "PhysicalContext")
  if (typeof id !== "string" || !isEnabled(sensor)) return []
  const known = knownType(sensor)
  if (!known) return []
  const [quantity, unit] = known
  const isDrawn = unit === "Cel" || !(field(sensor, "PhysicalSubContext") === "Output" || NOT_DRAWN.test(id))
  const isInner = unit !== "Cel" && INNER.test(id) && isOfWhole(context, meter.covers)
  if (!isNamed && (!isDrawn || isInner)) return []
  const accuracy = sensorAccuracy(sensor, unit === "Cel" ? { ...meter.accuracy, gainLimit: 0 } : meter.accuracy)
  const covers = PLACES.get(context) ?? meter.covers
  const place = { ...meter, covers, accuracy, ...(!isOfWhole(context, meter.covers) && { part: id }) }
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
