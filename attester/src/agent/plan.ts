import { type Boundary, type MeteredSensor, tableRatingWatts, type VouchDocument } from "@wattest/protocol"
import { waterMeters } from "../boundary/checks/water.ts"
import { bestOf, carriesEnergy, type Sensor } from "../boundary/choose.ts"
import type { Composed, Composition } from "../boundary/composition.ts"
import { levelOf, wholeOf } from "../boundary/levels.ts"
import { type Known, type Missing, type Resolution, resolve } from "../boundary/resolve.ts"
import { wholeFor } from "../boundary/settle.ts"
import type { Coverage, Quantity, Source } from "../sources/source.ts"
import { cutName } from "./reading.ts"

/** The choices of the configuration that a plan follows. */
export type PlanOptions = {
  readonly boundary: Boundary
  /** How sensors make up the boundary; see `settle`. */
  readonly composition: Composition
  readonly sources: readonly Source[]
  /** The declared part of the sensors' energy that is this device's, 0 to 1; null for all of it. */
  readonly share: string | null
  /** What the voucher found; its ratings and widths come before all others. */
  readonly vouch: VouchDocument | null
}

const is =
  (covers: Coverage, ...quantities: Quantity[]) =>
  ([, { value }]: Sensor) =>
    value.covers === covers && quantities.includes(value.quantity)

/** What a sensor can measure at the most, and at which count it begins anew: by voucher, owner, surface and board. */
function limitsOf([name, { value }]: Sensor, vouch: VouchDocument | null): Partial<MeteredSensor> {
  const found = vouch?.sensors.find(({ id }) => id === name)
  if (found !== undefined) {
    const { ratingWatts, wrapsAt } = found
    return { ...(ratingWatts === undefined ? {} : { ratingWatts }), ...(wrapsAt === undefined ? {} : { wrapsAt }) }
  }
  const watts = value.ratingWatts ?? tableRatingWatts(value.surface, value.sku ?? null)
  return {
    ...(watts === null ? {} : { ratingWatts: String(watts) }),
    ...(value.wrapsAt === undefined ? {} : { wrapsAt: value.wrapsAt }),
  }
}

/** The power that the same source gives of the same thing as a counter. */
function witnessOf([, { source, value }]: Sensor, known: Known): string | undefined {
  if (value.quantity !== "energy") return undefined
  const isBeside = ([, beside]: Sensor) =>
    beside.source === source &&
    beside.value.quantity === "power" &&
    beside.value.covers === value.covers &&
    beside.value.part === value.part
  return [...known].find(isBeside)?.[0]
}

type EnergyRole = "energy" | "it" | "accelerator" | "reused"

const ROLE_OF: { readonly [C in Composed]: EnergyRole } = {
  energy: "energy",
  it: "it",
  accelerators: "accelerator",
  reused: "reused",
}

const partOf = (role: EnergyRole, part: string | undefined): Partial<MeteredSensor> =>
  role === "accelerator" && part !== undefined ? { part: cutName(part) } : {}

export function meterEnergy(
  sensor: Sensor,
  role: EnergyRole,
  { share, vouch, known }: Pick<PlanOptions, "share" | "vouch"> & { readonly known: Known },
): MeteredSensor {
  const [name, { value, periodMs }] = sensor
  const witness = witnessOf(sensor, known)
  return {
    sensor: name,
    role,
    method: value.quantity === "energy" ? "counter" : "trapezoid",
    periodMs,
    ...limitsOf(sensor, vouch),
    ...partOf(role, value.part),
    ...(share === null ? {} : { share }),
    ...(witness === undefined ? {} : { witness }),
  }
}

/**
 * A configured part that gives nothing stands in the plan all the same: blind for as long as it is silent, and what its
 * rating lets flow is in the uncertainty. Energy that no sensor shows is declared.
 */
function meterMissing(
  { name, source, part }: Missing,
  role: EnergyRole,
  { sources, share, known }: PlanOptions & { readonly known: Known },
): MeteredSensor {
  const { periodMs, ratingWatts, covers } = sources.find(({ id }) => id === source) ?? {}
  const alike = [...known.values()].find((other) => other.source === source || covers === other.value.covers)
  const board = alike === undefined ? null : tableRatingWatts(alike.value.surface, alike.value.sku ?? null)
  const rating = ratingWatts ?? board
  return {
    sensor: cutName(`${name}/silent`),
    role,
    method: "trapezoid",
    ...(periodMs === undefined ? {} : { periodMs }),
    ...(rating === null ? {} : { ratingWatts: String(rating) }),
    ...partOf(role, part),
    ...(share === null ? {} : { share }),
  }
}

/** What a register is composed of now; null where nothing is composed into it. */
export function resolutionOf(name: Composed, known: Known, options: PlanOptions): Resolution | null {
  const expression = options.composition[name]
  if (expression === null) return null
  const found = resolve(expression, known, wholeFor(name, options.boundary))
  return { ...found, missing: [...found.missing, ...unseen(name, found, options)] }
}

/** Parts that must be there, and of which not even a name is known. */
function unseen(name: Composed, { sensors, missing }: Resolution, options: PlanOptions): readonly Missing[] {
  const { boards, parts } = options.composition.expect
  const isOfBoards = name === "accelerators" || (name === "energy" && options.boundary === "gpu")
  const expected = isOfBoards ? boards : name === "energy" ? parts : null
  const [what, [first]] = [isOfBoards ? "board" : "part", sensors]
  const seen = sensors.length + missing.length
  return Array.from({ length: Math.max(0, (expected ?? 0) - seen) }, (_, i) => ({
    name: `expected ${what} ${seen + i + 1}`,
    source: first?.[1].source ?? "",
  }))
}

function metersOf(name: Composed, known: Known, options: PlanOptions): readonly MeteredSensor[] {
  const found = resolutionOf(name, known, options)
  if (found === null) return []
  const role = ROLE_OF[name]
  const level = levelOf(wholeOf(options.boundary))
  // What is not metered as a whole is its parts' sum by declaration: allocated, never measured.
  const isPart = ([, { value }]: Sensor) => levelOf(value.covers) < level
  const shareOf = (sensor: Sensor) => (name !== "energy" ? null : (options.share ?? (isPart(sensor) ? "1" : null)))
  const share = name === "energy" ? options.share : null
  return [
    ...found.sensors.map((sensor) => meterEnergy(sensor, role, { ...options, known, share: shareOf(sensor) })),
    ...found.missing.map((missing) => meterMissing(missing, role, { ...options, known, share })),
  ]
}

/** The closest statement of occupancy that each part offers: weaker ones are upper bounds, so idle by them is idle. */
const OCCUPANCIES: readonly Quantity[] = ["smOccupancy", "smActivity", "kernelTime"]

function occupancies(known: Known): readonly MeteredSensor[] {
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
        ...(value.part === undefined ? {} : { part: cutName(value.part) }),
      },
    ]
  })
}

const ROLES: readonly (readonly [Quantity, MeteredSensor["role"], MeteredSensor["method"]])[] = [
  ["work", "work", "counter"],
  ["accepted", "accepted", "counter"],
  ["prefillWork", "input", "counter"],
  ["carbonIntensity", "carbon-intensity", "hold"],
]

/**
 * Water of the site, by its meters, else by the first factor that the site states: both together would count it twice.
 * `waterIntensity` is water that power plants used; it stands in evidence for reports, and meters nothing.
 */
function waterOf(known: Known, { composition }: PlanOptions): readonly MeteredSensor[] {
  const meters = waterMeters(composition.water, known)
  if (meters.length > 0) return meters.map(([sensor]) => ({ sensor, role: "water", method: "counter" }))
  const [factor] = [...known].filter(([, { value }]) => value.quantity === "siteWater")
  return factor === undefined ? [] : [{ sensor: factor[0], role: "water-intensity", method: "hold" }]
}

/** How the sensors known now enter the registers of a run; no entry of role `energy` where nothing measures the boundary. */
export function planMetering(known: Known, options: PlanOptions): readonly MeteredSensor[] {
  const energy = metersOf("energy", known, options)
  const isMeasured = (resolutionOf("energy", known, options)?.sensors ?? []).length > 0
  const others = ROLES.flatMap(([quantity, role, method]) =>
    [...known].filter(([, { value }]) => value.quantity === quantity).map(([sensor]) => ({ sensor, role, method })),
  )
  return [
    ...(isMeasured ? energy : []),
    ...(["it", "accelerators", "reused"] as const).flatMap((name) => metersOf(name, known, options)),
    ...occupancies(known),
    ...others,
    ...waterOf(known, options),
  ]
}

/** Sensors of a level that one source alone meters, for comparison with what lies around and within it. */
export function sensorsAt(known: Known, covers: Coverage): readonly Sensor[] {
  const found = [...known].filter((sensor) => carriesEnergy(sensor) && sensor[1].value.covers === covers)
  if (new Set(found.map(([, { source }]) => source)).size !== 1) return []
  const byPart = Map.groupBy(found, ([, { value }]) => value.part)
  const whole = byPart.get(undefined)
  return whole === undefined ? [...byPart.values()].flatMap(bestOf) : bestOf(whole)
}
