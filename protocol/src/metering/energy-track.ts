import { ceilDivide, FIXED_ONE, parseFixed } from "../encoding/fixed.ts"
import type { Grade } from "../run/capture.ts"
import type { MeteredSensor } from "../run/plan.ts"
import type { SensorReading } from "../run/sources.ts"
import { worseGrade } from "../run/statement.ts"
import { awayAfterMs, type BlindTime, blindAfterMs } from "./blind.ts"
import { Counter, type Surroundings } from "./counter.ts"
import { IMPOSSIBLE_RATINGS } from "./rating.ts"
import {
  type Conditions,
  driftWithin,
  type EnergyPoint,
  GRAINS_PER_NANOJOULE,
  grainsUntil,
  powerOver,
  type Stretch,
} from "./stretch.ts"
import {
  addSpread,
  blindLimit,
  counterSpread,
  edgeSpread,
  isSettled,
  limitSpread,
  NO_SPREAD,
  nanojoules,
  type Spread,
  stepSpread,
  trapezoidSpread,
  unseenSpread,
} from "./uncertainty.ts"

export type EnergyTotals = {
  readonly energy: bigint
  readonly idle: bigint
  /** Grains times fixed-point g/kWh, and times L/kWh. */
  readonly carbon: bigint
  readonly water: bigint
  readonly spread: Spread
}

export const NO_ENERGY: EnergyTotals = { energy: 0n, idle: 0n, carbon: 0n, water: 0n, spread: NO_SPREAD }

export const addTotals = (a: EnergyTotals, b: EnergyTotals): EnergyTotals => ({
  energy: a.energy + b.energy,
  idle: a.idle + b.idle,
  carbon: a.carbon + b.carbon,
  water: a.water + b.water,
  spread: addSpread(a.spread, b.spread),
})

/** Most stretches that are handed on to a following run: an honest one ends within the last. */
const MAX_CARRIED = 8

/** What a counter has advanced since a reading, and its mean power over the time before it, mW fixed-point. */
type Settled = { readonly since: EnergyPoint; readonly rise: bigint; readonly power: bigint | null }

/** The first reading of the run, or the last, with the power there, mW fixed-point. */
type End = { point: EnergyPoint; power: bigint }

/** Registers that flatter by being large gain nothing while their sensors are blind. */
const FLATTERING: ReadonlySet<MeteredSensor["role"]> = new Set(["it", "reused"])

/**
 * One energy of the metering plan, from the run's start up to a time that moves forward. Readings arrive in the order
 * of their own times; one that does not advance its sensor's time repeats a value already seen and counts for nothing.
 */
export class EnergyTrack {
  readonly #blind: BlindTime
  /** The run's start, and from where this sensor's energy counts: earlier where the run before could not count it. */
  readonly #startMs: number
  readonly #sinceMs: number
  readonly #share: bigint
  readonly #rating: bigint | null
  readonly #blindAfterMs: number
  readonly #silentAfterMs: number
  readonly #flatters: boolean
  readonly #counter: Counter | undefined
  #settled = NO_ENERGY
  readonly #pending: Stretch[] = []
  #settling: Settled | undefined
  #first: End | undefined
  #last: End | undefined
  #grade: Grade
  #unwatchedUntilMs = 0
  #restart: SensorReading | undefined
  #wasBlind = false

  constructor(entry: MeteredSensor, startMs: number, blind: BlindTime) {
    const { sinceMs = startMs, share, ratingWatts, periodMs = 0 } = entry
    this.#blind = blind
    this.#startMs = startMs
    this.#sinceMs = sinceMs
    this.#share = share === undefined ? FIXED_ONE : parseFixed(share)
    this.#rating = ratingWatts === undefined ? null : this.#shared(parseFixed(ratingWatts) * 1000n)
    this.#counter = entry.method === "counter" ? new Counter({ rating: this.#rating, periodMs }) : undefined
    this.#blindAfterMs = blindAfterMs(periodMs)
    this.#silentAfterMs = this.#counter ? awayAfterMs(periodMs) : this.#blindAfterMs
    this.#flatters = FLATTERING.has(entry.role)
    this.#grade = share === undefined ? "calibrated" : "allocated"
  }

  #shared(value: bigint): bigint {
    return (value * this.#share) / FIXED_ONE
  }

  /** Nobody watched up to this time: power is unknown there, a counter is not. */
  leaveUnwatched(untilMs: number): void {
    this.#unwatchedUntilMs = Math.max(this.#unwatchedUntilMs, untilMs)
  }

  /** The counter may have begun anew before its next reading. */
  restart(sign: SensorReading): void {
    if (this.#counter) this.#restart = sign
  }

  /** Stretches that end after the last time that was asked for. */
  get waiting(): number {
    return this.#pending.length
  }

  /** The readings that a run which follows must begin with, so that nothing falls between; last a sign still to come. */
  get carried(): readonly SensorReading[] {
    // What ends later than the run is cut there, and its rest belongs to the next one.
    const cut = this.#pending.slice(0, MAX_CARRIED).flatMap(({ from, to }) => [from, to])
    const last = this.#counter?.carried ?? (this.#last === undefined ? [] : [this.#last.point])
    const points = [...new Set([...cut, ...last])]
    const sign = this.#restart === undefined ? [] : [this.#restart]
    return [...points.map(({ reading }) => reading), ...sign]
  }

  /** Time of the last reading that is believed, ms. */
  get believedMs(): number | undefined {
    return this.#last?.point.timeMs
  }

  push(raw: EnergyPoint, conditions: Conditions, witnessed = 0n): void {
    const wrapsAt = raw.wrapsAt === null ? null : this.#shared(raw.wrapsAt)
    const to = { ...raw, value: this.#shared(raw.value), wrapsAt }
    const lastMs = this.#counter?.carried.at(-1)?.timeMs ?? this.#last?.point.timeMs ?? -1
    if (to.timeMs <= lastMs) return
    if (this.#counter) this.#pushCount(this.#counter, to, conditions, this.#shared(witnessed))
    else this.#pushPower(to, conditions)
  }

  #pushPower(to: EnergyPoint, conditions: Conditions): void {
    if (this.#rating !== null && to.value > BigInt(IMPOSSIBLE_RATINGS) * this.#rating) return
    const from = this.#last?.point
    this.#reach({ point: to, power: to.value })
    if (from === undefined) return
    const blind = from.timeMs < this.#unwatchedUntilMs || to.timeMs - from.timeMs > this.#blindAfterMs
    this.#keep({ from, to, rise: null, blind, drift: 0n, conditions })
  }

  #pushCount(counter: Counter, to: EnergyPoint, conditions: Conditions, witnessed: bigint): void {
    const around: Surroundings = { restarted: this.#restart !== undefined, witnessed, busy: conditions.busy }
    this.#restart = undefined
    const advances = counter.push(to, around)
    for (const { from, to, rise, blind } of advances) {
      const power = blind ? (this.#last?.power ?? 0n) : powerOver(rise, to.timeMs - from.timeMs)
      // A counter has no power before it has advanced once.
      if (this.#first?.power === 0n) this.#first.power = power
      this.#reach({ point: to, power })
      this.#keep({ from, to, rise, blind, drift: blind ? 0n : this.#drift(from, to, rise), conditions })
    }
    const { seen } = counter
    if (seen !== undefined && seen.timeMs > (this.#last?.point.timeMs ?? -1))
      this.#reach({ point: seen, power: this.#last?.power ?? 0n })
  }

  /** A reading is believed. Those up to the start serve to interpolate; the last such is the run's first. */
  #reach(end: End): void {
    this.#grade = worseGrade(this.#grade, end.point.grade)
    this.#last = end
    if (this.#first === undefined || end.point.timeMs <= this.#sinceMs) this.#first = { ...end }
  }

  #keep(stretch: Stretch): void {
    if (stretch.to.timeMs > this.#sinceMs) this.#pending.push(stretch)
  }

  /** Compares the mean powers of two settled stretches; nothing where there is none before, or this one is too short. */
  #drift(from: EnergyPoint, to: EnergyPoint, advance: bigint): bigint {
    const { since, rise, power: before } = this.#settling ?? { since: from, rise: 0n, power: null }
    const risen = rise + advance
    const ms = to.timeMs - since.timeMs
    const settled = isSettled(ms, to.accuracy)
    const power = settled ? powerOver(risen, ms) : before
    this.#settling = settled ? { since: to, rise: 0n, power } : { since, rise: risen, power }
    if (!settled || before === null || power === null) return 0n
    return blindLimit({ from: before, to: power, ms: BigInt(ms) }, to.accuracy)
  }

  #totals(stretch: Stretch, untilMs: number): EnergyTotals {
    const { from, to, rise, blind, conditions } = stretch
    const cutMs = Math.max(this.#sinceMs, from.timeMs)
    if (blind) this.#markBlind(cutMs, untilMs)
    if (blind && this.#flatters) return NO_ENERGY
    const energy = grainsUntil(stretch, untilMs) - grainsUntil(stretch, cutMs)
    const energyNanojoules = ceilDivide(energy, GRAINS_PER_NANOJOULE)
    const ms = BigInt(untilMs - cutMs)
    const seen = () =>
      rise === null
        ? trapezoidSpread({ from: from.value, to: to.value, ms }, to.accuracy)
        : counterSpread(energyNanojoules, driftWithin(stretch, ms), to.accuracy)
    return {
      energy,
      idle: conditions.idle ? energy : 0n,
      carbon: energy * conditions.carbonIntensity,
      water: energy * conditions.waterIntensity,
      spread: blind ? unseenSpread(energyNanojoules, this.#rated(ms)) : seen(),
    }
  }

  #rated(ms: bigint): bigint | null {
    return this.#rating === null ? null : nanojoules(this.#rating, ms)
  }

  #markBlind(fromMs: number, toMs: number): void {
    if (toMs > fromMs) this.#wasBlind = true
    this.#blind.add(Math.max(this.#startMs, fromMs), toMs)
  }

  /** Everything up to `timeMs`, with the error of both ends. Times never fall from call to call. */
  totalsAt(timeMs: number): EnergyTotals {
    // Energy that no sensor has shown is a declaration.
    if (this.#last === undefined && timeMs > this.#startMs) this.#grade = worseGrade(this.#grade, "declared")
    // In order, and no two at one time: at most one of them is cut.
    const passed = this.#pending.findIndex(({ to }) => to.timeMs > timeMs)
    for (const stretch of this.#pending.splice(0, passed < 0 ? this.#pending.length : passed))
      this.#settled = addTotals(this.#settled, this.#totals(stretch, stretch.to.timeMs))
    const cut = this.#pending[0]
    const isCut = cut !== undefined && cut.from.timeMs < timeMs
    const running = isCut ? this.#totals(cut, timeMs) : NO_ENERGY
    return addTotals(addTotals(this.#settled, running), { ...NO_ENERGY, spread: this.#endsSpread(timeMs) })
  }

  /** Nothing of a silence at either end is counted, and all of it may have flowed; one that is too long is blind. */
  #endsSpread(timeMs: number): Spread {
    const [first, last] = [this.#first, this.#last]
    if (first === undefined || last === undefined)
      return this.#endSpread(undefined, { fromMs: this.#sinceMs, toMs: timeMs, silentAfterMs: this.#blindAfterMs })
    const step = this.#counter ? stepSpread(last.point.accuracy) : NO_SPREAD
    const before = { fromMs: this.#sinceMs, toMs: Math.min(first.point.timeMs, timeMs) }
    const after = { fromMs: Math.max(last.point.timeMs, this.#sinceMs), toMs: timeMs }
    return [
      this.#endSpread(first, { ...before, silentAfterMs: this.#blindAfterMs }),
      this.#endSpread(last, { ...after, silentAfterMs: this.#silentAfterMs }),
    ].reduce(addSpread, step)
  }

  #endSpread(
    end: End | undefined,
    { fromMs, toMs, silentAfterMs }: { fromMs: number; toMs: number; silentAfterMs: number },
  ): Spread {
    const awayMs = Math.max(0, toMs - fromMs)
    const away = BigInt(awayMs)
    const edge = end ? edgeSpread(end.power, end.point.accuracy) : NO_SPREAD
    const atPower = nanojoules(end?.power ?? 0n, away)
    if (awayMs <= silentAfterMs) return addSpread(edge, limitSpread(atPower))
    this.#markBlind(fromMs, toMs)
    return addSpread(edge, limitSpread(this.#rated(away) ?? atPower))
  }

  /** The worst grade so far. Blind time leaves it as it is, except where no rating bounds what flowed. */
  get grade(): Grade {
    return this.#wasBlind && this.#rating === null ? worseGrade(this.#grade, "declared") : this.#grade
  }
}
