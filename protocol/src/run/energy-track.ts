import type { Grade } from "./capture.ts"
import { ceilDivide, FIXED_ONE, parseFixed } from "./fixed.ts"
import type { MeteredSensor } from "./sources.ts"
import { worseGrade } from "./statement.ts"
import {
  type AccuracyLimits,
  addSpread,
  blindLimit,
  counterSpread,
  edgeSpread,
  isSettled,
  NO_SPREAD,
  nanojoules,
  type Spread,
  stepSpread,
  trapezoidSpread,
} from "./uncertainty.ts"

/** Energies are counted in grains of 1/(2000·10^18) mJ: the trapezoid of two fixed-point powers over whole ms is exact. */
export const GRAINS_PER_MILLIJOULE = 2000n * FIXED_ONE
const GRAINS_PER_NANOJOULE = GRAINS_PER_MILLIJOULE / 1_000_000n
/** Longest silence that is no gap where a plan names none. */
export const DEFAULT_MAX_GAP_MS = 60_000

/** A value of a power (mW) or of an energy counter (mJ), fixed-point, with what is known when it arrives. */
export type EnergyPoint = {
  readonly timeMs: number
  readonly value: bigint
  /** The count at which the counter returns to 0, in mJ; null where it never does. */
  readonly wrapsAt: bigint | null
  readonly grade: Grade
  readonly accuracy: AccuracyLimits
}

/** What selects and weighs the energy of a stretch: the last values known at its end. */
export type Conditions = { readonly idle: boolean; readonly carbonIntensity: bigint; readonly waterIntensity: bigint }

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

const limit = (nanojoulesLimit: bigint): Spread => ({ limit: nanojoulesLimit, variance: 0n })

/** Between two readings: `rise` is what a counter advanced, `gap` says that nothing was seen for too long. */
type Stretch = {
  readonly from: EnergyPoint
  readonly to: EnergyPoint
  readonly rise: bigint
  readonly unseen: "nothing" | "gap" | "restart"
  /** Power before the stretch, mW fixed-point: what a restart may have hidden. */
  readonly powerBefore: bigint
  /** What a counter's sensor may have missed up to the end of the stretch and charges to it, nJ. */
  readonly blind: bigint
  readonly conditions: Conditions
}

/** Mean power of a counter's stretch, mW fixed-point; a counter has none before it has advanced once. */
const powerOf = (stretch: Stretch | undefined) =>
  stretch === undefined ? 0n : (stretch.rise * 1000n) / BigInt(stretch.to.timeMs - stretch.from.timeMs)

/** What a counter has advanced since a reading, and its mean power over the time before it, mW fixed-point. */
type Settled = { readonly since: EnergyPoint; readonly rise: bigint; readonly power: bigint | null }

/** In a gap the true energy may lie half of the trapezoid away; a restart hides what came before it. */
function unseenNanojoules({ unseen, powerBefore }: Stretch, energyNanojoules: bigint, ms: bigint): bigint {
  if (unseen === "gap") return energyNanojoules / 2n
  return unseen === "restart" ? nanojoules(powerBefore, ms) : 0n
}

/** The part of what a sensor may have missed that belongs to `ms` of a stretch, nJ, rounded up. */
const blindWithin = ({ from, to, blind }: Stretch, ms: bigint): bigint =>
  ceilDivide(blind * ms, BigInt(to.timeMs - from.timeMs))

/**
 * One energy of the metering plan, from the run's start up to a time that moves forward. Readings arrive in the order
 * of their own times; one that does not advance its sensor's time repeats a value already seen and counts for nothing.
 */
export class EnergyTrack {
  readonly #entry: MeteredSensor
  readonly #startMs: number
  readonly #share: bigint
  readonly #maxGapMs: number
  #settled = NO_ENERGY
  readonly #pending: Stretch[] = []
  #settling: Settled | undefined
  #first: { readonly point: EnergyPoint; power: bigint } | undefined
  #last: { readonly point: EnergyPoint; readonly power: bigint } | undefined
  #grade: Grade

  constructor(entry: MeteredSensor, startMs: number) {
    this.#entry = entry
    this.#startMs = entry.sinceMs ?? startMs
    this.#share = entry.share === undefined ? FIXED_ONE : parseFixed(entry.share)
    this.#maxGapMs = entry.maxGapMs ?? DEFAULT_MAX_GAP_MS
    this.#grade = entry.share === undefined ? "calibrated" : "allocated"
  }

  push(raw: EnergyPoint, conditions: Conditions): void {
    const shared = (value: bigint) => (value * this.#share) / FIXED_ONE
    const to = { ...raw, value: shared(raw.value), wrapsAt: raw.wrapsAt === null ? null : shared(raw.wrapsAt) }
    const before = this.#last
    if (before !== undefined && to.timeMs <= before.point.timeMs) return
    this.#grade = worseGrade(this.#grade, to.grade)
    const stretch = before && this.#stretch(before, to, conditions)
    const power = this.#counts ? powerOf(stretch) : to.value
    this.#last = { point: to, power }
    // A reading at or before the start serves to interpolate; the last such is the run's first.
    if (this.#first === undefined || to.timeMs <= this.#startMs) this.#first = { point: to, power }
    else if (this.#counts && this.#first.point === stretch?.from) this.#first.power = power
    if (stretch === undefined || to.timeMs <= this.#startMs) return
    if (stretch.unseen !== "nothing") this.#grade = worseGrade(this.#grade, "estimated")
    this.#pending.push(stretch)
  }

  /** Stretches that end after the last time that was asked for. */
  get waiting(): number {
    return this.#pending.length
  }

  get #counts(): boolean {
    return this.#entry.method === "counter"
  }

  /**
   * A counter that falls has wrapped, or has restarted and shows only what it counted since. One that stood above the
   * count at which it wraps did not wrap there.
   */
  #stretch({ point: from, power }: { point: EnergyPoint; power: bigint }, to: EnergyPoint, conditions: Conditions) {
    const base = { from, to, conditions, powerBefore: power } as const
    const gap = to.timeMs - from.timeMs > this.#maxGapMs
    if (!this.#counts) return { ...base, rise: 0n, blind: 0n, unseen: gap ? "gap" : "nothing" } as const
    const fell = to.value < from.value
    const wraps = to.wrapsAt !== null && from.value <= to.wrapsAt ? to.wrapsAt : null
    const rise = to.value - from.value + (fell ? (wraps ?? from.value) : 0n)
    const unseen = fell && wraps === null ? "restart" : "nothing"
    return { ...base, rise, unseen, blind: this.#blind(from, to, rise) } as const
  }

  /** Compares the mean powers of two settled stretches; nothing where there is none before, or this one is too short. */
  #blind(from: EnergyPoint, to: EnergyPoint, advance: bigint): bigint {
    const { since, rise, power: before } = this.#settling ?? { since: from, rise: 0n, power: null }
    const risen = rise + advance
    const ms = to.timeMs - since.timeMs
    const settled = isSettled(ms, to.accuracy)
    const power = settled ? (risen * 1000n) / BigInt(ms) : before
    this.#settling = settled ? { since: to, rise: 0n, power } : { since, rise: risen, power }
    if (!settled || before === null || power === null) return 0n
    return blindLimit({ from: before, to: power, ms: BigInt(ms) }, to.accuracy)
  }

  /** Grains of a stretch from its beginning to a time within it; what the division leaves comes with its rest. */
  #grains({ from, to, rise }: Stretch, timeMs: number): bigint {
    const whole = BigInt(to.timeMs - from.timeMs)
    const part = BigInt(timeMs - from.timeMs)
    if (this.#counts) return (rise * 2000n * part) / whole
    return ((2n * from.value * whole + (to.value - from.value) * part) * part) / whole
  }

  #totals(stretch: Stretch, untilMs: number): EnergyTotals {
    const { from, to, conditions } = stretch
    const cutMs = Math.max(this.#startMs, from.timeMs)
    const energy = this.#grains(stretch, untilMs) - this.#grains(stretch, cutMs)
    const energyNanojoules = energy / GRAINS_PER_NANOJOULE + 1n
    const ms = BigInt(untilMs - cutMs)
    const known = this.#counts
      ? counterSpread(energyNanojoules, blindWithin(stretch, ms), to.accuracy)
      : trapezoidSpread({ from: from.value, to: to.value, ms }, to.accuracy)
    return {
      energy,
      idle: conditions.idle ? energy : 0n,
      carbon: energy * conditions.carbonIntensity,
      water: energy * conditions.waterIntensity,
      spread: addSpread(known, limit(unseenNanojoules(stretch, energyNanojoules, ms))),
    }
  }

  /** Everything up to `timeMs`, with the error of both ends. Times never fall from call to call. */
  totalsAt(timeMs: number): EnergyTotals {
    // In order and end to end: at most one of them is cut.
    const passed = this.#pending.findIndex(({ to }) => to.timeMs > timeMs)
    for (const stretch of this.#pending.splice(0, passed < 0 ? this.#pending.length : passed))
      this.#settled = addTotals(this.#settled, this.#totals(stretch, stretch.to.timeMs))
    const cut = this.#pending[0]
    const running = cut !== undefined && cut.from.timeMs < timeMs ? this.#totals(cut, timeMs) : NO_ENERGY
    const spread = this.#endsSpread(timeMs)
    return addTotals(addTotals(this.#settled, running), { ...NO_ENERGY, spread })
  }

  #endsSpread(timeMs: number): Spread {
    if (this.#first === undefined || this.#last === undefined) return NO_SPREAD
    const ends = [
      { ...this.#first, awayMs: this.#first.point.timeMs - this.#startMs },
      { ...this.#last, awayMs: timeMs - this.#last.point.timeMs },
    ]
    let spread = this.#counts ? stepSpread(this.#last.point.accuracy) : NO_SPREAD
    for (const { point, power, awayMs } of ends) {
      const away = BigInt(Math.max(0, awayMs))
      const silent = awayMs > this.#maxGapMs
      spread = addSpread(spread, edgeSpread(power, point.accuracy, silent ? 0n : away))
      if (silent) spread = addSpread(spread, limit(nanojoules(power, away)))
    }
    return spread
  }

  /** The worst grade so far; a sensor that has been silent for longer than a gap leaves an estimate. */
  gradeAt(timeMs: number): Grade {
    const silent =
      this.#first === undefined || this.#last === undefined
        ? true
        : Math.max(this.#first.point.timeMs - this.#startMs, timeMs - this.#last.point.timeMs) > this.#maxGapMs
    return silent ? worseGrade(this.#grade, "estimated") : this.#grade
  }
}
