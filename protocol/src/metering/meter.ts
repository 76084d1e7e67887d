import { FIXED_ONE, parseFixed } from "../encoding/fixed.ts"
import { REGISTER_BITS } from "../encoding/pack.ts"
import { check } from "../rejection.ts"
import { type Grade, type Registers, ZERO_REGISTERS } from "../run/capture.ts"
import type { MeteredSensor } from "../run/plan.ts"
import type { SensorReading } from "../run/sources.ts"
import { worseGrade } from "../run/statement.ts"
import { BlindTime } from "./blind.ts"
import { Count } from "./count.ts"
import { addTotals, type EnergyTotals, EnergyTrack, NO_ENERGY } from "./energy-track.ts"
import { type Conditions, GRAINS_PER_MILLIJOULE } from "./stretch.ts"
import { expandedMillijoules, parseAccuracy } from "./uncertainty.ts"
import { type CountRole, type EnergyRole, isCount, isEnergy, METHODS, scaled, scaledPower } from "./units.ts"
import { Witness } from "./witness.ts"

/** Registers and grades as they stand at one capture. */
export type Metered = { readonly registers: Registers; readonly energyGrade: Grade; readonly workGrade: Grade }

/** Surface of what a device says of its own watching, beside what its sensors say. */
export const WATCH_SURFACE = "attester"

/**
 * Quantities of such readings. `unwatched`: from its time on nobody watched for its value in ms, since the process was
 * stopped or a timer came late by more than a period. `restart`: counters may have begun anew; it comes after all readings
 * of its capture, for the next of each counter.
 */
export const WATCH_QUANTITIES = ["unwatched", "restart"] as const

/** Below this SM occupancy an accelerator's energy counts as idle: 5 %. */
const IDLE_BELOW = FIXED_ONE / 20n
/** An occupancy that was not read for longer is none, ms. */
const OCCUPANCY_HOLDS_MS = 60_000

/**
 * Readings later than their capture that may wait for one which passes them: four captures full of them. An honest run
 * ends between readings and so leaves a few; a sensor whose clock is far ahead leaves all.
 */
export const MAX_WAITING = 16_384

/** mJ times g/kWh in mg, and mJ times L/kWh in mL: one kWh is 3.6·10^9 mJ. */
const GRAINS_PER_WEIGHTED = GRAINS_PER_MILLIJOULE * FIXED_ONE * 3_600_000n

/** One unit of a count, fixed-point, in the grains of what is weighted: sums are floored once. */
const GRAINS_PER_COUNTED = GRAINS_PER_WEIGHTED / FIXED_ONE

const most = (a: bigint, b: bigint): bigint => (a > b ? a : b)

type Held = { readonly value: bigint; readonly timeMs: number }
type Entry = {
  readonly plan: MeteredSensor
  readonly track?: EnergyTrack
  readonly witness?: Witness | undefined
  readonly count?: Count
  held?: Held
}

/** Takes what a run binds and gives its registers. */
export type Meter = {
  advance(timeMs: number, readings: readonly SensorReading[]): Metered
  /** The readings that the meter of a following run must begin with, so that nothing of what sensors meter falls between. */
  carried(): readonly SensorReading[]
  /** Times of the last believed readings of the sensors that carry energy, ms. */
  believed(): ReadonlyMap<string, number>
}

/**
 * The meter: from raw sensor values to the registers of a capture (PROTOCOL section 3), the same for the device and
 * for a verifier who recomputes. It sees only what a run binds: the metering plan of its context, and of each capture
 * the time and the readings of `sources`. All arithmetic is on integers; registers are floors, the uncertainty a ceiling,
 * and one that passes its width stays at its highest value.
 *
 * - Readings count in the order of their own times. Power is integrated by trapezoid, counters by difference; a
 *   stretch that the run's start or a capture's time cuts counts up to there, interpolated.
 * - Values that hold (occupancy, intensities) apply to each stretch as last known at its end. Of several carbon
 *   intensities the largest counts; water factors add up.
 * - Blind time is that of all sensors that carry energy, each ms once. The uncertainty never falls, grades never rise.
 * - Of energy readings later than their capture {@link MAX_WAITING} wait, over all sensors; more count for nothing.
 *
 * The first call is the opening: it fixes the start, and its registers are zero. Throws FIELD_MALFORMED on a plan by
 * which a sensor enters a role twice, and on a reading that the plan cannot use.
 */
export function createMeter(plan: readonly MeteredSensor[]): Meter {
  checkPlan(plan)
  let state: State | undefined
  let uncertainty = 0n
  return {
    advance(timeMs, readings) {
      const opening = state === undefined
      state ??= createState(plan, timeMs)
      for (const reading of inOrder(state, readings)) accept(state, reading, timeMs)
      for (const reading of readings)
        if (isWatch(reading, "restart")) for (const track of state.tracks) track.restart(reading)
      const { registers, ...grades } = readAt(state, timeMs)
      const settled = opening ? ZERO_REGISTERS : withUncertainty(registers, uncertainty)
      uncertainty = settled.uncertaintyMillijoules
      return { registers: settled, ...grades }
    },
    carried: () => (state === undefined ? [] : carriedOf(state)),
    believed: () => new Map(state?.entries.flatMap(({ plan, track }) => believedBy(plan, track))),
  }
}

const withUncertainty = (registers: Registers, least: bigint): Registers =>
  registers.uncertaintyMillijoules >= least ? registers : { ...registers, uncertaintyMillijoules: least }

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
  readonly byWitness: ReadonlyMap<string, readonly Witness[]>
  readonly byRole: ReadonlyMap<MeteredSensor["role"], readonly Entry[]>
  readonly tracks: readonly EnergyTrack[]
  readonly blind: BlindTime
  /** Stretches of all energies that end after the last capture. */
  waiting: number
}

function createState(plan: readonly MeteredSensor[], startMs: number): State {
  const blind = new BlindTime()
  const entries = plan.map((planned): Entry => {
    // It makes up for what the run before could not count; a later time would leave energy out.
    check((planned.sinceMs ?? startMs) <= startMs, "FIELD_MALFORMED", `metering of ${planned.sensor}: after the start`)
    if (isCount(planned.role)) return { plan: planned, count: new Count() }
    if (!isEnergy(planned.role)) return { plan: planned }
    const witness = planned.witness === undefined ? undefined : new Witness(planned.periodMs ?? 0)
    return { plan: planned, track: new EnergyTrack(planned, startMs, blind), witness }
  })
  const witnesses = entries.flatMap(({ plan, witness }) => (witness ? [{ name: plan.witness ?? "", witness }] : []))
  return {
    entries,
    bySensor: Map.groupBy(entries, ({ plan: { sensor } }) => sensor),
    byWitness: new Map(
      [...Map.groupBy(witnesses, ({ name }) => name)].map(([name, own]) => [name, own.map(({ witness }) => witness)]),
    ),
    byRole: Map.groupBy(entries, ({ plan: { role } }) => role),
    tracks: entries.flatMap(({ track }) => track ?? []),
    blind,
    waiting: 0,
  }
}

const isWatch = ({ surface, quantity }: SensorReading, wanted: (typeof WATCH_QUANTITIES)[number]): boolean =>
  surface === WATCH_SURFACE && quantity === wanted

/**
 * By time; at one time, what the device says of its watching comes first, then what holds, then what a counter is held
 * against, then what all that applies to. Equal ones keep their order.
 */
function inOrder({ bySensor, byWitness }: State, readings: readonly SensorReading[]): readonly SensorReading[] {
  const rank = (reading: SensorReading) => {
    const own = bySensor.get(reading.sensor)
    if (own === undefined) return isWatch(reading, "unwatched") ? 0 : 2
    const tracks = own.filter(({ track }) => track)
    if (tracks.length === 0) return 1
    return tracks.some(({ plan }) => plan.method === "counter") ? 3 : 2
  }
  return readings
    .filter((reading) => bySensor.has(reading.sensor) || byWitness.has(reading.sensor) || isWatch(reading, "unwatched"))
    .sort((a, b) => a.timeMs - b.timeMs || rank(a) - rank(b))
}

function accept(state: State, reading: SensorReading, captureMs: number): void {
  const own = state.bySensor.get(reading.sensor) ?? []
  if (isWatch(reading, "unwatched")) leaveUnwatched(state, reading)
  const witnesses = state.byWitness.get(reading.sensor)
  if (witnesses) {
    const power = scaledPower(reading)
    for (const witness of witnesses) witness.push(reading.timeMs, power)
  }
  for (const entry of own) {
    const { plan, track, count } = entry
    const { value, factor } = scaled(plan, reading)
    if (track) {
      const isLate = reading.timeMs > captureMs
      if (isLate && state.waiting >= MAX_WAITING) continue
      if (isLate) state.waiting++
      const wrapsAt = plan.wrapsAt === undefined ? null : (parseFixed(plan.wrapsAt) * factor) / FIXED_ONE
      const { timeMs, grade } = reading
      const point = { timeMs, value, wrapsAt, grade, accuracy: parseAccuracy(reading.accuracy, factor), reading }
      track.push(point, conditionsOf(state, plan.part, timeMs), entry.witness?.energy)
    } else if (count) count.push(reading, value)
    else if (reading.timeMs > (entry.held?.timeMs ?? -1)) entry.held = { value, timeMs: reading.timeMs }
  }
}

function leaveUnwatched({ tracks }: State, { timeMs, value }: SensorReading): void {
  const untilMs = timeMs + Number(parseFixed(value) / FIXED_ONE)
  for (const track of tracks) track.leaveUnwatched(untilMs)
}

function conditionsOf({ byRole }: State, part: string | undefined, timeMs: number): Conditions {
  const held = (role: MeteredSensor["role"]) => (byRole.get(role) ?? []).flatMap(({ held }) => held?.value ?? [])
  const occupancies = (byRole.get("occupancy") ?? []).filter(
    ({ plan }) => plan.part === undefined || plan.part === part,
  )
  const isBusy = ({ held }: Entry) =>
    held !== undefined && held.value >= IDLE_BELOW && timeMs - held.timeMs <= OCCUPANCY_HOLDS_MS
  const busy = occupancies.some(isBusy)
  return {
    idle: occupancies.length > 0 && !busy,
    busy,
    carbonIntensity: held("carbon-intensity").reduce(most, 0n),
    waterIntensity: held("water-intensity").reduce((sum, value) => sum + value, 0n),
  }
}

function readAt(state: State, timeMs: number): Metered {
  const totals: { [R in EnergyRole]: EnergyTotals } = {
    energy: NO_ENERGY,
    it: NO_ENERGY,
    accelerator: NO_ENERGY,
    reused: NO_ENERGY,
  }
  const counts: { [R in CountRole]: bigint } = { work: 0n, accepted: 0n, input: 0n, water: 0n }
  // Energy that nothing measured at the boundary is a declaration; work that nothing counted adds no doubt.
  let energyGrade: Grade = state.byRole.has("energy") ? "calibrated" : "declared"
  let workGrade: Grade = "calibrated"
  state.waiting = 0
  for (const { plan, track, count } of state.entries) {
    if (track && isEnergy(plan.role)) {
      totals[plan.role] = addTotals(totals[plan.role], track.totalsAt(timeMs))
      state.waiting += track.waiting
      energyGrade = worseGrade(energyGrade, track.grade)
    } else if (count && isCount(plan.role)) {
      counts[plan.role] += count.total
      if (plan.role !== "water") workGrade = worseGrade(workGrade, count.grade)
    }
  }
  const registers = registersOf(totals, counts, BigInt(state.blind.ms))
  return { registers, energyGrade, workGrade }
}

const REGISTER_MAX = (1n << BigInt(REGISTER_BITS)) - 1n

/** A sum beyond the register's width is no measurement any more; it must not stop the others. */
const fit = (value: bigint): bigint => (value > REGISTER_MAX ? REGISTER_MAX : value)

function registersOf(
  { energy, it, accelerator, reused }: { readonly [R in EnergyRole]: EnergyTotals },
  { work, accepted, input, water }: { readonly [R in CountRole]: bigint },
  blindMilliseconds: bigint,
): Registers {
  return {
    energyMillijoules: fit(energy.energy / GRAINS_PER_MILLIJOULE),
    uncertaintyMillijoules: fit(expandedMillijoules(energy.spread)),
    itMillijoules: fit(it.energy / GRAINS_PER_MILLIJOULE),
    acceleratorMillijoules: fit(accelerator.energy / GRAINS_PER_MILLIJOULE),
    idleMillijoules: fit(accelerator.idle / GRAINS_PER_MILLIJOULE),
    workUnits: fit(work / FIXED_ONE),
    acceptedUnits: fit((accepted < work ? accepted : work) / FIXED_ONE),
    inputUnits: fit(input / FIXED_ONE),
    carbonMilligrams: fit(energy.carbon / GRAINS_PER_WEIGHTED),
    waterMillilitres: fit((water * GRAINS_PER_COUNTED + energy.water) / GRAINS_PER_WEIGHTED),
    reusedMillijoules: fit(reused.energy / GRAINS_PER_MILLIJOULE),
    blindMilliseconds: fit(blindMilliseconds),
  }
}

const believedBy = (
  { sensor }: MeteredSensor,
  track: EnergyTrack | undefined,
): readonly (readonly [string, number])[] => (track?.believedMs === undefined ? [] : [[sensor, track.believedMs]])

function carriedOf({ entries }: State): readonly SensorReading[] {
  const own = entries.flatMap(({ track, count }) => track?.carried ?? count?.carried ?? [])
  // A sensor in two roles is carried once.
  return [...new Set(own)]
}
