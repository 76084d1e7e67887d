import { FIXED_ONE } from "../encoding/fixed.ts"
import { blindAfterMs } from "./blind.ts"
import { type EnergyPoint, energyOver, powerOver } from "./stretch.ts"

/** What a counter advanced between two readings, mJ fixed-point. */
export type Advance = {
  readonly from: EnergyPoint
  readonly to: EnergyPoint
  readonly rise: bigint
  readonly blind: boolean
}

/** What else is known when a counter is read. */
export type Surroundings = {
  /** Boot id, uptime or driver say that the counter may have begun anew since its last reading. */
  readonly restarted: boolean
  /** Energy that the power sensor beside it has shown so far, mJ fixed-point; 0 where there is none. */
  readonly witnessed: bigint
  /** The part that it meters has been working. */
  readonly busy: boolean
}

export type CounterRules = { readonly rating: bigint | null; readonly periodMs: number }

/** Clocks of meter and reader may be this far apart, and an answer this long on its way. */
const SLACK_MS = 1_000
/** A board that works draws more than this, mW fixed-point. */
const LEAST_BUSY_POWER = 10_000n * FIXED_ONE
/** Step of a counter of which nothing is known and which has not moved yet: 1 Wh in mJ fixed-point. */
const UNKNOWN_STEP = 3_600_000n * FIXED_ONE

/** How long a counter may keep its value of which nobody knows how often it takes a new one. */
const UNKNOWN_UPDATES_MS = 60_000

type Verdict = { readonly kind: "sound" | "unsure" | "fell" | "leapt"; readonly rise: bigint }

const isSound = ({ kind }: Verdict): boolean => kind === "sound"
const unsure = ({ rise }: Verdict): Verdict => ({ kind: "unsure", rise })
const least = (a: bigint, b: bigint | null): bigint => (b !== null && b < a ? b : a)
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/**
 * An energy counter's advances, in the order of its readings.
 *
 * - A fall is a wrap at a known width and a possible power, a restart after a sign of one. Any other fall, and a rise
 *   above the rating, waits for the next reading: if that goes on from the reading before, the one between was bad.
 * - What one width more would also explain is blind, with the number of wraps nearest to the mean power before.
 * - A count that stands still while power or occupancy says otherwise is a fault: the power is used, blind, and what
 *   the counter advances later counts only beyond it.
 */
export class Counter {
  readonly #rules: CounterRules
  /** Where its value was first seen, and last. */
  #anchor: EnergyPoint | undefined
  #seen: EnergyPoint | undefined
  #doubt: EnergyPoint | undefined
  /** Before an unexplained fall, and what has been counted since. */
  #fallen: { readonly point: EnergyPoint; counted: bigint } | undefined
  #power: bigint | null = null
  #smallest: bigint | null = null
  #still = { busyMs: 0, witnessed: 0n, counted: 0n, from: undefined as EnergyPoint | undefined }

  constructor(rules: CounterRules) {
    this.#rules = rules
  }

  /** The last reading that is believed. */
  get seen(): EnergyPoint | undefined {
    return this.#seen
  }

  /** Readings that a meter which goes on from here must begin with. */
  get carried(): readonly EnergyPoint[] {
    return [this.#seen, this.#doubt].filter((point) => point !== undefined)
  }

  push(to: EnergyPoint, around: Surroundings): readonly Advance[] {
    if (this.#seen === undefined) {
      this.#settle(to, around)
      return []
    }
    const doubt = this.#doubt
    this.#doubt = undefined
    const verdict = this.#judge(to)
    if (doubt !== undefined && !around.restarted && isSound(verdict)) {
      // From the doubted reading on it must be impossible, or nobody knows which of the two is wrong.
      return this.#accept(to, around, this.#isPossibleFrom(doubt, to) ? unsure(verdict) : verdict)
    }
    const forced = doubt === undefined ? [] : [this.#force(doubt, { ...around, restarted: false })]
    return [...forced, ...this.#pushTrusting(to, around)]
  }

  #pushTrusting(to: EnergyPoint, around: Surroundings): readonly Advance[] {
    const verdict = this.#judge(to)
    const isExplained = verdict.kind === "sound" || verdict.kind === "unsure"
    if (around.restarted && (!isExplained || this.#hasFallen(to))) return [this.#force(to, around)]
    if (isExplained) return this.#accept(to, around, this.#mayHaveRestarted(to, around) ? unsure(verdict) : verdict)
    this.#doubt = to
    return []
  }

  #hasFallen(to: EnergyPoint): boolean {
    return to.value < (this.#seen ?? to).value
  }

  /** After a sign of a restart, a count that could have been reached from 0 since the last reading may have been. */
  #mayHaveRestarted(to: EnergyPoint, { restarted }: Surroundings): boolean {
    return restarted && this.#isPossible(to.value, to.timeMs - (this.#seen ?? to).timeMs, to)
  }

  /** From the last believed reading: which advance this one shows. */
  #judge(to: EnergyPoint): Verdict {
    const [anchor, seen] = [this.#anchor ?? to, this.#seen ?? to]
    const risen = to.value - seen.value
    const sinceAnchorMs = to.timeMs - anchor.timeMs
    const width = to.wrapsAt !== null && to.wrapsAt > 0n && seen.value <= to.wrapsAt ? to.wrapsAt : null
    if (width === null || this.#rules.rating === null) {
      if (risen < 0n) return { kind: "fell", rise: 0n }
      return { kind: this.#isPossible(risen, sinceAnchorMs, to) ? "sound" : "leapt", rise: risen }
    }
    const rise = risen < 0n ? risen + width : risen
    if (!this.#isPossible(rise, sinceAnchorMs, to)) return { kind: risen < 0n ? "fell" : "leapt", rise: risen }
    const sinceSeenMs = to.timeMs - seen.timeMs
    if (!this.#isPossible(rise + width, sinceSeenMs, to)) return { kind: "sound", rise }
    return { kind: "unsure", rise: rise + width * this.#wraps(rise, width, sinceSeenMs, to) }
  }

  /** The number of whole wraps nearest to the mean power before, of those that are possible. */
  #wraps(rise: bigint, width: bigint, ms: number, to: EnergyPoint): bigint {
    const missing = energyOver(this.#power ?? 0n, ms) - rise + width / 2n
    return missing < 0n ? 0n : least(missing / width, (this.#highest(ms, to) - rise) / width)
  }

  /** What can flow in a time at the most, with the lag of its updates; the rating is known. */
  #highest(ms: number, { accuracy: { step, update, window } }: EnergyPoint): bigint {
    const lagMs = Number((update + window) / FIXED_ONE) + SLACK_MS
    return energyOver(this.#rules.rating ?? 0n, ms + lagMs) + 2n * step
  }

  #isPossible(rise: bigint, ms: number, to: EnergyPoint): boolean {
    return this.#rules.rating === null || rise <= this.#highest(ms, to)
  }

  #isPossibleFrom(doubt: EnergyPoint, to: EnergyPoint): boolean {
    const rise = to.value - doubt.value
    return rise >= 0n && this.#isPossible(rise, to.timeMs - doubt.timeMs, to)
  }

  #accept(to: EnergyPoint, around: Surroundings, { kind, rise }: Verdict): readonly Advance[] {
    const blind = kind !== "sound"
    if (rise === 0n && !blind) return this.#stand(to, around)
    const anchor = this.#anchor ?? to
    const { counted, from: replacedFrom } = this.#still
    const isReplaced = replacedFrom !== undefined
    if (!blind && !isReplaced) {
      this.#power = powerOver(rise, to.timeMs - anchor.timeMs)
      this.#smallest = least(rise, this.#smallest)
    }
    const from = replacedFrom ?? (blind ? (this.#seen ?? to) : anchor)
    const beyond = most(rise - counted, 0n)
    if (this.#fallen !== undefined) this.#fallen.counted += beyond
    this.#settle(to, around)
    return [{ from, to, rise: beyond, blind: blind || isReplaced }]
  }

  /** Takes a reading that nothing explains as it is: blind, with the best estimate that there is. */
  #force(to: EnergyPoint, around: Surroundings): Advance {
    const seen = this.#seen ?? to
    const { kind, rise: risen } = this.#judge(to)
    const ms = to.timeMs - seen.timeMs
    const rise = kind === "leapt" ? this.#returned(to, risen) : this.#bridged(to, ms, around)
    if (this.#hasFallen(to)) this.#fallen = around.restarted ? undefined : { point: seen, counted: 0n }
    if (this.#fallen !== undefined) this.#fallen.counted += rise
    this.#settle(to, around)
    return { from: seen, to, rise, blind: true }
  }

  /** A leap back to where the counter stood before a fall brings only what was not counted since. */
  #returned(to: EnergyPoint, risen: bigint): bigint {
    const fallen = this.#fallen
    if (fallen === undefined || !this.#isPossibleFrom(fallen.point, to)) return most(risen - this.#still.counted, 0n)
    this.#fallen = undefined
    return most(to.value - fallen.point.value - fallen.counted, 0n)
  }

  /** Across a fall: the mean power before, and at least what a restarted counter shows already. */
  #bridged(to: EnergyPoint, ms: number, { restarted }: Surroundings): bigint {
    const highest = this.#rules.rating === null ? null : energyOver(this.#rules.rating, ms)
    const bridged = least(energyOver(this.#power ?? 0n, ms), highest)
    return restarted ? most(bridged, least(to.value, highest)) : bridged
  }

  /** The same count again. */
  #stand(to: EnergyPoint, around: Surroundings): readonly Advance[] {
    const [anchor, seen, still] = [this.#anchor ?? to, this.#seen ?? to, this.#still]
    if (around.busy) still.busyMs += to.timeMs - seen.timeMs
    this.#seen = to
    const witnessed = most(around.witnessed - still.witnessed, 0n)
    const shown = most(witnessed, energyOver(LEAST_BUSY_POWER, still.busyMs))
    if (!this.#isLong(to.timeMs - anchor.timeMs, to) || shown / 2n <= 2n * this.#step(to)) return []
    const energy = most(witnessed, energyOver(this.#power ?? 0n, still.busyMs))
    const rise = most(energy - still.counted, 0n)
    const from = still.from ?? anchor
    // From here on the counter's next advance is held against what was used in its place.
    this.#still = { ...still, counted: energy, from: to }
    return [{ from, to, rise, blind: true }]
  }

  /** Longer than updates of the counter can keep its value. */
  #isLong(ms: number, { accuracy: { update, window } }: EnergyPoint): boolean {
    const updatesMs = update > 0n ? Number((10n * update + window) / FIXED_ONE) : UNKNOWN_UPDATES_MS
    return ms > Math.max(blindAfterMs(this.#rules.periodMs), updatesMs)
  }

  #step({ accuracy: { step } }: EnergyPoint): bigint {
    return step > 0n ? step : (this.#smallest ?? UNKNOWN_STEP)
  }

  #settle(to: EnergyPoint, { witnessed }: Surroundings): void {
    this.#anchor = to
    this.#seen = to
    this.#still = { busyMs: 0, witnessed, counted: 0n, from: undefined }
  }
}
