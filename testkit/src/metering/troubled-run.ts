import {
  GRADES,
  isCount,
  type MeteredSensor,
  type SensorReading,
  WATCH_QUANTITIES,
  WATCH_SURFACE,
} from "@wattest/protocol"

/** A run as evidence has it: the metering plan, and of each capture its time and readings. */
export type TroubledRun = {
  readonly plan: readonly MeteredSensor[]
  readonly captures: readonly { readonly timeMs: number; readonly readings: readonly SensorReading[] }[]
}

const START_MS = 100_000

/** The same numbers for the same seed, from 0 to 1. */
class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** Mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  falls(share: number): boolean {
    return this.next() < share
  }

  pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.next() * of.length)] as T
  }

  some<T extends object>(share: number, what: T): T | object {
    return this.falls(share) ? what : {}
  }
}

const ENERGY_UNITS = { J: 1, mJ: 1e-3, uJ: 1e-6, Wh: 3600, kWh: 3.6e6 } as const
const POWER_UNITS = { W: 1, mW: 1e-3, kW: 1e3 } as const
const OTHER_UNITS = {
  ...{ work: ["1"], accepted: ["1"], input: ["1"], water: ["mL", "L", "m3"] },
  ...{ occupancy: ["%"], "carbon-intensity": ["gCO2e/kWh"], "water-intensity": ["L/kWh"] },
} as const

const isOfEnergy = (unit: string): unit is keyof typeof ENERGY_UNITS => unit in ENERGY_UNITS
const isOfPower = (unit: string): unit is keyof typeof POWER_UNITS => unit in POWER_UNITS

type Series = { readonly sensor: string; readonly unit: string; readonly periodMs: number; readonly wrapsAt?: string }

function energyEntry(dice: Dice, sensor: string): { plan: MeteredSensor; series: readonly Series[] } {
  const method = dice.pick(["trapezoid", "counter", "counter"] as const)
  const unit = dice.pick(Object.keys(method === "counter" ? ENERGY_UNITS : POWER_UNITS))
  const periodMs = dice.pick([1000, 1000, 1000, 2000, 10_000, 10_001])
  const width = isOfEnergy(unit) ? (dice.pick([2000, 5000, 65_536]) / ENERGY_UNITS[unit]).toFixed(12) : undefined
  const wraps = method === "counter" && dice.falls(0.4) ? { wrapsAt: width } : {}
  const witness = method === "counter" && dice.falls(0.3) ? `${sensor}/witness` : undefined
  const plan = {
    ...{ sensor, method, periodMs, ...wraps, ...(witness === undefined ? {} : { witness }) },
    role: dice.pick(["energy", "energy", "it", "accelerator", "reused"] as const),
    ...dice.some(0.8, { ratingWatts: dice.pick(["1000", "400"]) }),
    ...dice.some(0.2, { share: dice.pick(["0.5", "0.3"]) }),
    ...dice.some(0.2, { sinceMs: START_MS - dice.pick([0, 500, 4000]) }),
    ...dice.some(0.6, { part: dice.pick(["0", "1"]) }),
  } as MeteredSensor
  const own = { sensor, unit, periodMs, ...wraps } as Series
  return { plan, series: witness === undefined ? [own] : [own, { sensor: witness, unit: "W", periodMs }] }
}

function otherEntry(dice: Dice, sensor: string): { plan: MeteredSensor; series: readonly Series[] } {
  const role = dice.pick(Object.keys(OTHER_UNITS) as (keyof typeof OTHER_UNITS)[])
  const method = isCount(role) ? "counter" : "hold"
  const part = role === "occupancy" ? dice.some(0.6, { part: dice.pick(["0", "1"]) }) : {}
  const series = { sensor, unit: dice.pick<string>(OTHER_UNITS[role]), periodMs: isCount(role) ? 1000 : 5000 }
  return { plan: { sensor, role, method, ...part } as MeteredSensor, series: [series] }
}

/** What a thing in use shows by itself: a power that walks, and what adds up. */
class Plant {
  readonly #dice: Dice
  #watts = 200
  #joules: number
  #units: number
  #stuckAt: number | null = null

  constructor(dice: Dice) {
    this.#dice = dice
    this.#joules = dice.next() * 1000
    this.#units = Math.floor(dice.next() * 100)
  }

  /** `ms` later, with the faults that real ones have: counts that begin anew, stand still, or fall. */
  pass(ms: number, widthJoules: number): void {
    const dice = this.#dice
    this.#watts = Math.max(0, Math.min(390, this.#watts + (dice.next() - 0.5) * 200))
    this.#joules += (this.#watts * ms) / 1000
    if (dice.falls(0.03)) this.#joules = dice.next() * 20
    if (this.#joules >= widthJoules) this.#joules -= widthJoules
    this.#units += Math.floor(dice.next() * 20)
    if (dice.falls(0.06)) this.#units = Math.floor(dice.next() * this.#units)
    if (dice.falls(0.04)) this.#stuckAt = this.#stuckAt === null ? this.#joules : null
  }

  value(unit: string): number {
    if (isOfEnergy(unit)) return (this.#stuckAt ?? this.#joules) / ENERGY_UNITS[unit]
    if (isOfPower(unit)) return this.#watts / POWER_UNITS[unit]
    if (unit === "%") return this.#dice.pick([0, 4.999999, 5, 50])
    return unit.endsWith("/kWh") ? this.#dice.pick([0, 100, 300.5]) : this.#units
  }
}

/** Now and then a value that nothing explains. */
function spoilt(dice: Dice, value: number, unit: string): number {
  const watt = isOfPower(unit) ? POWER_UNITS[unit] : 1
  return dice.falls(0.05)
    ? dice.pick([0, value * 1.7, value + 50_000, 800 / watt, 2000 / watt, 2000.000001 / watt])
    : value
}

/** Mostly a period; now a silence at the edge of what is blind, now no time at all. */
function pause(dice: Dice, periodMs: number): number {
  if (dice.falls(0.08)) return dice.pick([3000, 3001, 3 * periodMs, 3 * periodMs + 1, 12_000, 60_001, 100_000, 600_001])
  return dice.falls(0.05) ? 0 : 100 * Math.round((periodMs * (0.5 + dice.next())) / 100)
}

function readingsOf(dice: Dice, { sensor, unit, periodMs, wrapsAt }: Series, endMs: number): readonly SensorReading[] {
  const plant = new Plant(dice)
  const joule = isOfEnergy(unit) ? ENERGY_UNITS[unit] : 1
  const accuracy = {
    gainLimit: dice.pick(["0", "0.01"]),
    step: dice.pick(["0", "0.001", "1"]),
    updateMs: dice.pick(["0", "100", "1000"]),
    windowMs: dice.pick(["0", "25", "700"]),
    offsetLimit: isOfPower(unit) ? dice.pick(["0", "1"]) : "0",
  }
  // A reading that no meter believes grades nothing, which shows where one is worse than what was never read.
  const grade = dice.pick(GRADES.slice(0, -1))
  const readings: SensorReading[] = []
  for (let timeMs = START_MS - dice.pick([-700, 0, 1500]); timeMs < endMs + 3000; ) {
    const ms = pause(dice, periodMs)
    timeMs += ms
    plant.pass(ms, wrapsAt === undefined ? Number.POSITIVE_INFINITY : Number(wrapsAt) * joule)
    // Decimals far below a mJ: of sums that are whole one meter's last digit would decide, and tell nothing.
    const value = spoilt(dice, plant.value(unit), unit).toFixed(unit === "1" ? 0 : 12)
    const late = dice.falls(0.02) ? 2000 : 0
    readings.push({ sensor, surface: "test", quantity: "", unit, value, timeMs: timeMs - late, grade, accuracy })
  }
  return readings
}

function signsOf(dice: Dice, endMs: number): readonly SensorReading[] {
  const signs: SensorReading[] = []
  for (let timeMs = START_MS; timeMs < endMs; timeMs += 1000) {
    if (!dice.falls(0.03)) continue
    const quantity = dice.pick(WATCH_QUANTITIES)
    const [unit, value] = quantity === "restart" ? ["1", "1"] : ["ms", String(100 * Math.floor(dice.next() * 40))]
    const of = { sensor: "attester/watch", surface: WATCH_SURFACE, grade: "measured", accuracy: {} } as const
    signs.push({ ...of, quantity, unit, value, timeMs })
  }
  return signs
}

/** In captures at uneven times; some readings come later than the capture that holds them. */
function inCaptures(dice: Dice, readings: readonly SensorReading[], endMs: number): TroubledRun["captures"] {
  const waiting = readings.toSorted((a, b) => a.timeMs - b.timeMs)
  const captures: { timeMs: number; readings: SensorReading[] }[] = []
  for (let timeMs = START_MS; timeMs <= endMs; timeMs += dice.pick([1000, 5000, 5500, 20_000])) {
    const untilMs = timeMs + (dice.falls(0.1) ? 1200 : 0)
    const later = waiting.findIndex((reading) => reading.timeMs > untilMs)
    captures.push({ timeMs, readings: waiting.splice(0, later < 0 ? waiting.length : later) })
  }
  return captures
}

/**
 * A run of one to four sensors in which much goes wrong: silences, counters that wrap, fall, leap and stand still, values
 * that nothing explains, readings out of order and ahead of their capture, restarts, and time that nobody watched.
 */
export function troubledRun(seed: number): TroubledRun {
  const dice = new Dice(seed)
  const entries = Array.from({ length: dice.pick([1, 2, 3, 4]) }, (_, i) =>
    (dice.falls(0.6) ? energyEntry : otherEntry)(dice, `sensor${i}`),
  )
  const endMs = START_MS + dice.pick([20_000, 60_000, 200_000])
  const readings = entries.flatMap(({ series }) => series.flatMap((one) => readingsOf(dice, one, endMs)))
  const signs = dice.falls(0.5) ? signsOf(dice, endMs) : []
  return { plan: entries.map(({ plan }) => plan), captures: inCaptures(dice, [...readings, ...signs], endMs) }
}
