import { type Boundary, GRADES, type MeteredSensor, tableRatingWatts, type VouchDocument } from "@wattest/protocol"
import type { Coverage, Quantity, SensorValue } from "../sources/source.ts"
import type { KnownSensor } from "./poller.ts"

/** Which hardware each boundary meters. */
const COVERAGE: { readonly [B in Boundary]: Coverage } = {
  gpu: "accelerator",
  node: "node",
  rack: "rack",
  facility: "facility",
}

/** The choices of the configuration that a plan follows. */
export type PlanOptions = {
  readonly boundary: Boundary
  /** The source whose energy counts at the boundary, where several measure it. */
  readonly energyFrom: string | null
  /** The declared part of the sensors' energy that is this device's, 0 to 1; null for all of it. */
  readonly share: string | null
  /** What the voucher found; its ratings and widths come before all others. */
  readonly vouch: VouchDocument | null
}

type Sensor = readonly [name: string, sensor: KnownSensor]

const is =
  (covers: Coverage, ...quantities: Quantity[]) =>
  ([, { value }]: Sensor) =>
    value.covers === covers && quantities.includes(value.quantity)

const gradeOf = ({ grade }: SensorValue): number => GRADES.indexOf(grade)

const JOULES: { readonly [unit: string]: number } = { uJ: 1e-6, mJ: 1e-3, J: 1, Wh: 3600, kWh: 3_600_000 }

/**
 * A counter of larger steps says too little about a short run: 0.1 kWh, as some PDUs count, is twelve minutes of
 * 500 W. Its power tells more, and a comparison records how far both agree.
 */
const COARSE_STEP_JOULES = 1000

/** What tells most about energy comes first: a fine counter, then power, then a coarse counter. */
function fineness({ quantity, unit, accuracy }: SensorValue): number {
  if (quantity !== "energy") return 1
  return accuracy.step * (JOULES[unit] ?? 0) > COARSE_STEP_JOULES ? 2 : 0
}

/** Of one source's sensors of a coverage: the one of the whole, else one for each part; the best grade, then finest. */
function energiesOf(sensors: readonly Sensor[]): readonly Sensor[] {
  const byPart = Map.groupBy(sensors, ([, { value }]) => value.part)
  const whole = byPart.get(undefined)
  const chosen = whole === undefined ? [...byPart.values()] : [whole]
  return chosen.flatMap((candidates) => {
    const best = candidates.toSorted(
      ([, a], [, b]) => gradeOf(a.value) - gradeOf(b.value) || fineness(a.value) - fineness(b.value),
    )
    return best.slice(0, 1)
  })
}

/** The sensors that meter a coverage: those of the source with the best worst grade, the first where several have it. */
export function energySensors(
  known: ReadonlyMap<string, KnownSensor>,
  covers: Coverage,
  from: string | null,
): readonly Sensor[] {
  const candidates = [...known]
    .filter(is(covers, "energy", "power"))
    .filter(([, { source }]) => from === null || source === from)
  const choices = [...Map.groupBy(candidates, ([, { source }]) => source).values()].map(energiesOf)
  const worst = (sensors: readonly Sensor[]) => Math.max(...sensors.map(([, { value }]) => gradeOf(value)))
  const [best] = choices.toSorted((a, b) => b.length && worst(a) - worst(b))
  return best ?? []
}

/** What a sensor can measure at the most, and at which count it begins anew: by the voucher, else by surface and board. */
function limitsOf([name, { value }]: Sensor, vouch: VouchDocument | null): Partial<MeteredSensor> {
  const found = vouch?.sensors.find(({ id }) => id === name)
  if (found !== undefined) {
    const { ratingWatts, wrapsAt } = found
    return { ...(ratingWatts === undefined ? {} : { ratingWatts }), ...(wrapsAt === undefined ? {} : { wrapsAt }) }
  }
  const watts = tableRatingWatts(value.surface, value.sku ?? null)
  return {
    ...(watts === null ? {} : { ratingWatts: String(watts) }),
    ...(value.wrapsAt === undefined ? {} : { wrapsAt: value.wrapsAt }),
  }
}

/** The power that the same source gives of the same thing as a counter. */
function witnessOf([, { source, value }]: Sensor, known: ReadonlyMap<string, KnownSensor>): string | undefined {
  if (value.quantity !== "energy") return undefined
  const isBeside = ([, beside]: Sensor) =>
    beside.source === source &&
    beside.value.quantity === "power" &&
    beside.value.covers === value.covers &&
    beside.value.part === value.part
  return [...known].find(isBeside)?.[0]
}

export function meterEnergy(
  sensor: Sensor,
  role: "energy" | "accelerator",
  { share, vouch, known }: Pick<PlanOptions, "share" | "vouch"> & { readonly known: ReadonlyMap<string, KnownSensor> },
): MeteredSensor {
  const [name, { value, periodMs }] = sensor
  const witness = witnessOf(sensor, known)
  return {
    sensor: name,
    role,
    method: value.quantity === "energy" ? "counter" : "trapezoid",
    periodMs,
    ...limitsOf(sensor, vouch),
    ...(role === "accelerator" && value.part !== undefined ? { part: value.part.slice(0, 128) } : {}),
    ...(share === null ? {} : { share }),
    ...(witness === undefined ? {} : { witness }),
  }
}

/** The closest statement of occupancy that each part offers: weaker ones are upper bounds, so idle by them is idle. */
const OCCUPANCIES: readonly Quantity[] = ["smOccupancy", "smActivity", "kernelTime"]

function occupancies(known: ReadonlyMap<string, KnownSensor>): readonly MeteredSensor[] {
  const sensors = [...known].filter(is("accelerator", ...OCCUPANCIES))
  const rank = ([, { value }]: Sensor) => OCCUPANCIES.indexOf(value.quantity)
  return [...Map.groupBy(sensors, ([, { value }]) => value.part).values()].flatMap((candidates) => {
    const [best] = candidates.toSorted((a, b) => rank(a) - rank(b))
    if (best === undefined) return []
    const [sensor, { value }] = best
    return [
      {
        sensor,
        role: "occupancy",
        method: "hold",
        ...(value.part === undefined ? {} : { part: value.part.slice(0, 128) }),
      },
    ]
  })
}

const ROLES: readonly (readonly [Quantity, MeteredSensor["role"], MeteredSensor["method"]])[] = [
  ["work", "work", "counter"],
  ["accepted", "accepted", "counter"],
  ["carbonIntensity", "carbon-intensity", "hold"],
  ["waterIntensity", "water-intensity", "hold"],
  ["siteWater", "water-intensity", "hold"],
]

/** How the sensors known now enter the registers of a run; no entry of role `energy` where nothing measures the boundary. */
export function planMetering(known: ReadonlyMap<string, KnownSensor>, options: PlanOptions): readonly MeteredSensor[] {
  const { boundary, energyFrom } = options
  const how = { ...options, known }
  const energy = energySensors(known, COVERAGE[boundary], energyFrom)
  const accelerators = energySensors(known, "accelerator", null)
  const others = ROLES.flatMap(([quantity, role, method]) =>
    [...known].filter(([, { value }]) => value.quantity === quantity).map(([sensor]) => ({ sensor, role, method })),
  )
  return [
    ...energy.map((sensor) => meterEnergy(sensor, "energy", how)),
    ...accelerators.map((sensor) => meterEnergy(sensor, "accelerator", how)),
    ...occupancies(known),
    ...others,
  ]
}
