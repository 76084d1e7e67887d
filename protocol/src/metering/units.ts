import { FIXED_ONE, parseFixed } from "../encoding/fixed.ts"
import { check } from "../rejection.ts"
import type { MeteredSensor } from "../run/plan.ts"
import type { SensorReading } from "../run/sources.ts"

type Role = MeteredSensor["role"]

/** Roles whose sensors carry energy; `energy` is the boundary's. */
const ENERGY_ROLES = ["energy", "it", "accelerator", "reused"] as const
export type EnergyRole = (typeof ENERGY_ROLES)[number]
export const isEnergy = (role: Role): role is EnergyRole => (ENERGY_ROLES as readonly Role[]).includes(role)

const COUNT_ROLES = ["work", "accepted", "input", "water"] as const
export type CountRole = (typeof COUNT_ROLES)[number]
export const isCount = (role: Role): role is CountRole => (COUNT_ROLES as readonly Role[]).includes(role)

/** How each role may be metered. */
export const METHODS: { readonly [R in Role]: readonly MeteredSensor["method"][] } = {
  energy: ["trapezoid", "counter"],
  it: ["trapezoid", "counter"],
  accelerator: ["trapezoid", "counter"],
  reused: ["trapezoid", "counter"],
  occupancy: ["hold"],
  work: ["counter"],
  accepted: ["counter"],
  input: ["counter"],
  water: ["counter"],
  "carbon-intensity": ["hold"],
  "water-intensity": ["hold"],
}

const POWER = { mW: "1", W: "1000", kW: "1000000" }
const ENERGY = { uJ: "0.001", mJ: "1", J: "1000", Wh: "3600000", kWh: "3600000000" }
const COUNT = { "1": "1" }

const inThousands = (units: { readonly [unit: string]: string }): { readonly [unit: string]: number } =>
  Object.fromEntries(Object.entries(units).map(([unit, factor]) => [unit, Number(factor) / 1000]))

/** Watts and joules in one of each unit, for estimates and limits. The meter itself counts in fixed point. */
export const WATTS = inThousands(POWER)
export const JOULES = inThousands(ENERGY)

type Factors = ReadonlyMap<string, bigint>
const factors = (units: { readonly [unit: string]: string }): Factors =>
  new Map(Object.entries(units).map(([unit, factor]) => [unit, parseFixed(factor)]))

const POWER_FACTORS = factors(POWER)
const ENERGY_FACTORS = factors(ENERGY)

/** Units by role, as fixed-point factors to a share of 1, a count, mL, g/kWh or L/kWh. */
const OTHER_FACTORS: { readonly [R in Exclude<Role, EnergyRole>]: Factors } = {
  occupancy: factors({ "%": "0.01", "1": "1" }),
  work: factors(COUNT),
  accepted: factors(COUNT),
  input: factors(COUNT),
  water: factors({ mL: "1", L: "1000", m3: "1000000" }),
  // One pound is 453.59237 g.
  "carbon-intensity": factors({ "gCO2e/kWh": "1", "lbCO2/MWh": "0.45359237" }),
  "water-intensity": factors({ "L/kWh": "1" }),
}

function factorsOf({ role, method }: MeteredSensor): Factors {
  if (!isEnergy(role)) return OTHER_FACTORS[role]
  return method === "counter" ? ENERGY_FACTORS : POWER_FACTORS
}

/** A value with the factor of its unit, both fixed-point. */
export type Scaled = { readonly value: bigint; readonly factor: bigint }

/** A reading in the unit of its role: mW, mJ, a share of 1, a count, mL, g/kWh, L/kWh. Throws FIELD_MALFORMED. */
export function scaled(plan: MeteredSensor, reading: SensorReading): Scaled {
  return scale(factorsOf(plan), plan.role, reading)
}

/** A witness's power, mW fixed-point. Throws FIELD_MALFORMED. */
export const scaledPower = (reading: SensorReading): bigint => scale(POWER_FACTORS, "witness", reading).value

function scale(known: Factors, what: string, { sensor, unit, value }: SensorReading): Scaled {
  const factor = known.get(unit)
  check(factor !== undefined, "FIELD_MALFORMED", `${sensor}: ${unit} is no unit of ${what}`)
  const product = (parseFixed(value) * factor) / FIXED_ONE
  check(product >= 0n, "FIELD_MALFORMED", `${sensor}: ${value} is below zero`)
  return { value: product, factor }
}

/** Whether a reading says something that the plan's entry can take: its unit is of the role, its value not below zero. */
export function isMeterable(plan: MeteredSensor, reading: SensorReading): boolean {
  const known = plan.witness === reading.sensor ? POWER_FACTORS : factorsOf(plan)
  return known.has(reading.unit) && !reading.value.startsWith("-")
}
