import { check } from "../rejection.ts"
import { type Grade, type Registers, ZERO_REGISTERS } from "./capture.ts"
import {
  addTotals,
  type Conditions,
  type EnergyTotals,
  EnergyTrack,
  GRAINS_PER_MILLIJOULE,
  NO_ENERGY,
} from "./energy-track.ts"
import { FIXED_ONE, parseFixed } from "./fixed.ts"
import type { MeteredSensor, SensorReading } from "./sources.ts"
import { worseGrade } from "./statement.ts"
import { type AccuracyLimits, expandedMillijoules, parseAccuracy } from "./uncertainty.ts"

/** Registers and grades as they stand at one capture. */
export type Metered = { readonly registers: Registers; readonly energyGrade: Grade; readonly workGrade: Grade }

/** Units of the metering plan, as fixed-point factors to mW, mJ, a share of 1, g/kWh, L/kWh or a count. */
const UNITS: { readonly [method: string]: { readonly [unit: string]: string } } = {
  trapezoid: { mW: "1", W: "1000", kW: "1000000" },
  counter: { uJ: "0.001", mJ: "1", J: "1000", Wh: "3600000", kWh: "3600000000" },
  occupancy: { "%": "0.01", "1": "1" },
  work: { "1": "1" },
  accepted: { "1": "1" },
  // One pound is 453.59237 g.
  "carbon-intensity": { "gCO2e/kWh": "1", "lbCO2/MWh": "0.45359237" },
  "water-intensity": { "L/kWh": "1" },
}
const FACTORS = Object.fromEntries(
  Object.entries(UNITS).map(([kind, units]) => [
    kind,
    new Map(Object.entries(units).map(([unit, factor]) => [unit, parseFixed(factor)])),
  ]),
)

/** Below this SM occupancy an accelerator's energy counts as idle: 5 %. */
const IDLE_BELOW = FIXED_ONE / 20n

/**
 * Readings later than their capture that may wait for one which passes them: four captures full of them. An honest run
 * ends between readings and so leaves a few; a sensor whose clock is far ahead leaves all.
 */
export const MAX_WAITING = 16_384

/** mJ times g/kWh in mg, and mJ times L/kWh in mL: one kWh is 3.6·10^9 mJ. */
const GRAINS_PER_WEIGHTED = GRAINS_PER_MILLIJOULE * FIXED_ONE * 3_600_000n

const METHODS: { readonly [R in MeteredSensor["role"]]: readonly MeteredSensor["method"][] } = {
  energy: ["trapezoid", "counter"],
  accelerator: ["trapezoid", "counter"],
  occupancy: ["hold"],
  work: ["counter"],
  accepted: ["counter"],
  "carbon-intensity": ["hold"],
  "water-intensity": ["hold"],
}

const isEnergy = (role: MeteredSensor["role"]): role is "energy" | "accelerator" =>
  role === "energy" || role === "accelerator"

/** A counted amount: work or accepted work. Its difference counts at the reading, never between two. */
type Count = { total: bigint; last: { readonly timeMs: number; readonly value: bigint } | undefined; grade: Grade }

type Entry = { readonly plan: MeteredSensor; track?: EnergyTrack; count?: Count; held?: bigint }

/**
 * The meter: from raw sensor values to the registers of a capture (PROTOCOL section 3), the same for the device and
 * for a verifier who recomputes. It sees only what a run binds: the metering plan of its context, and of each capture
 * the time and the readings of `sources`. All arithmetic is on integers; registers are floors, the uncertainty a ceiling.
 *
 * - Readings count in the order of their own times. Power is integrated by trapezoid, counters by difference; a
 *   stretch that the run's start or a capture's time cuts counts up to there, interpolated.
 * - Values that hold (occupancy, intensities) apply to each stretch as last known at its end. Of several carbon
 *   intensities the first of the plan that is known counts; water intensities (site, source) add up.
 * - The uncertainty never falls, since it is a register.
 * - Of energy readings later than their capture {@link MAX_WAITING} wait, over all sensors; more count for nothing.
 *
 * The first call is the opening: it fixes the start, and its registers are zero. Throws FIELD_MALFORMED on a plan by
 * which a sensor enters a role twice, and on a reading that the plan cannot use.
 */
export function createMeter(plan: readonly MeteredSensor[]): {
  advance(timeMs: number, readings: readonly SensorReading[]): Metered
} {
  checkPlan(plan)
  let state: State | undefined
  let uncertainty = 0n
  return {
    advance(timeMs, readings) {
      const opening = state === undefined
      state ??= createState(plan, timeMs)
      for (const reading of inOrder(state, readings)) accept(state, reading, timeMs)
      const metered = readAt(state, timeMs)
      if (opening) return { ...metered, registers: ZERO_REGISTERS }
      if (metered.registers.uncertaintyMillijoules > uncertainty) uncertainty = metered.registers.uncertaintyMillijoules
      return { ...metered, registers: { ...metered.registers, uncertaintyMillijoules: uncertainty } }
    },
  }
}

function checkPlan(plan: readonly MeteredSensor[]): void {
  const seen = new Set<string>()
  for (const { sensor, role, method } of plan) {
    const isFit = METHODS[role].includes(method)
    check(isFit, "FIELD_MALFORMED", `metering of ${sensor}: ${role} is not metered by ${method}`)
    // Energy counted twice is no energy, and each entry costs as much as a sensor of its own.
    const use = `${role} ${sensor}`
    check(!seen.has(use), "FIELD_MALFORMED", `metering of ${sensor}: twice as ${role}`)
    seen.add(use)
  }
}

type State = {
  readonly entries: readonly Entry[]
  readonly bySensor: ReadonlyMap<string, readonly Entry[]>
  readonly byRole: ReadonlyMap<MeteredSensor["role"], readonly Entry[]>
  /** Stretches of all energies that end after the last capture. */
  waiting: number
}

function createState(plan: readonly MeteredSensor[], startMs: number): State {
  const entries = plan.map((planned): Entry => {
    // It makes up for what the run before could not count; a later time would leave energy out.
    check((planned.sinceMs ?? startMs) <= startMs, "FIELD_MALFORMED", `metering of ${planned.sensor}: after the start`)
    if (isEnergy(planned.role)) return { plan: planned, track: new EnergyTrack(planned, startMs) }
    if (planned.role === "work" || planned.role === "accepted")
      return { plan: planned, count: { total: 0n, last: undefined, grade: "calibrated" } }
    return { plan: planned }
  })
  const bySensor = Map.groupBy(entries, ({ plan: { sensor } }) => sensor)
  return { entries, bySensor, byRole: Map.groupBy(entries, ({ plan: { role } }) => role), waiting: 0 }
}

/** By time; at one time, what holds comes before what it applies to. Equal ones keep their order. */
function inOrder({ bySensor }: State, readings: readonly SensorReading[]): readonly SensorReading[] {
  const rank = (reading: SensorReading) => (bySensor.get(reading.sensor)?.some(({ track }) => track) ? 1 : 0)
  return readings.filter(({ sensor }) => bySensor.has(sensor)).sort((a, b) => a.timeMs - b.timeMs || rank(a) - rank(b))
}

function accept(state: State, reading: SensorReading, captureMs: number): void {
  const isLate = reading.timeMs > captureMs
  for (const entry of state.bySensor.get(reading.sensor) ?? []) {
    const { role, method } = entry.plan
    const factor = FACTORS[isEnergy(role) ? method : role]?.get(reading.unit)
    check(factor !== undefined, "FIELD_MALFORMED", `${reading.sensor}: ${reading.unit} is no unit of ${role}`)
    const value = (parseFixed(reading.value) * factor) / FIXED_ONE
    check(value >= 0n, "FIELD_MALFORMED", `${reading.sensor}: ${reading.value} is below zero`)
    if (entry.track) {
      if (isLate && state.waiting >= MAX_WAITING) continue
      if (isLate) state.waiting++
      acceptEnergy(state, entry.plan, entry.track, { reading, value, factor })
    } else if (entry.count) acceptCount(entry.count, reading, value)
    else entry.held = value
  }
}

type Scaled = { readonly reading: SensorReading; readonly value: bigint; readonly factor: bigint }

function acceptEnergy(state: State, plan: MeteredSensor, track: EnergyTrack, { reading, value, factor }: Scaled): void {
  const wrapsAt = plan.wrapsAt === undefined ? null : (parseFixed(plan.wrapsAt) * factor) / FIXED_ONE
  const accuracy: AccuracyLimits = parseAccuracy(reading.accuracy, factor)
  track.push({ timeMs: reading.timeMs, value, wrapsAt, grade: reading.grade, accuracy }, conditionsOf(state, plan.part))
}

/** The first value is the count at the start; a count that falls has restarted and shows what it counted since. */
function acceptCount(count: Count, reading: SensorReading, value: bigint): void {
  const { last } = count
  if (last !== undefined && reading.timeMs < last.timeMs) return
  count.grade = worseGrade(count.grade, reading.grade)
  if (last !== undefined) count.total += value >= last.value ? value - last.value : value
  count.last = { timeMs: reading.timeMs, value }
}

function conditionsOf({ byRole }: State, part: string | undefined): Conditions {
  const held = (role: MeteredSensor["role"]) => (byRole.get(role) ?? []).filter(({ held }) => held !== undefined)
  const occupancies = held("occupancy").filter(({ plan }) => plan.part === undefined || plan.part === part)
  return {
    idle: occupancies.length > 0 && occupancies.every(({ held }) => (held ?? 0n) < IDLE_BELOW),
    carbonIntensity: held("carbon-intensity")[0]?.held ?? 0n,
    waterIntensity: held("water-intensity").reduce((sum, { held }) => sum + (held ?? 0n), 0n),
  }
}

function readAt(state: State, timeMs: number): Metered {
  const totals = { energy: NO_ENERGY, accelerator: NO_ENERGY }
  const counts = { work: 0n, accepted: 0n }
  let energyGrade: Grade | undefined
  let workGrade: Grade = "calibrated"
  state.waiting = 0
  for (const { plan, track, count } of state.entries) {
    if (track && isEnergy(plan.role)) {
      totals[plan.role] = addTotals(totals[plan.role], track.totalsAt(timeMs))
      state.waiting += track.waiting
      energyGrade = worseGrade(energyGrade ?? "calibrated", track.gradeAt(timeMs))
    } else if (count && (plan.role === "work" || plan.role === "accepted")) {
      counts[plan.role] += count.total / FIXED_ONE
      workGrade = worseGrade(workGrade, count.grade)
    }
  }
  // Energy that nothing measured is a declaration; work that nothing counted adds no doubt.
  return { registers: registersOf(totals, counts), energyGrade: energyGrade ?? "declared", workGrade }
}

function registersOf(
  { energy, accelerator }: { readonly energy: EnergyTotals; readonly accelerator: EnergyTotals },
  { work, accepted }: { readonly work: bigint; readonly accepted: bigint },
): Registers {
  return {
    energyMillijoules: energy.energy / GRAINS_PER_MILLIJOULE,
    uncertaintyMillijoules: expandedMillijoules(energy.spread),
    acceleratorMillijoules: accelerator.energy / GRAINS_PER_MILLIJOULE,
    idleMillijoules: accelerator.idle / GRAINS_PER_MILLIJOULE,
    workUnits: work,
    acceptedUnits: accepted,
    carbonMilligrams: energy.carbon / GRAINS_PER_WEIGHTED,
    waterMillilitres: energy.water / GRAINS_PER_WEIGHTED,
  }
}
