import { absolute, ceilDivide, ceilSquareRoot, FIXED_ONE, parseFixed } from "../encoding/fixed.ts"
import { check } from "../rejection.ts"

/**
 * Names under which a reading's `accuracy` carries what is known of its error, as decimal strings. Limits are
 * half-widths of a uniform distribution (JCGM 100 "GUM", 4.3.7); an absent part is zero.
 */
export const ACCURACY_PARTS = {
  /** Half-width of the gain error, a fraction of the value. */
  gain: "gainLimit",
  /** Half-width of the offset error, in the value's unit. */
  offset: "offsetLimit",
  /** Smallest step of the value or counter, in its unit. */
  step: "step",
  /** The value is a mean over this time, ms. */
  window: "windowMs",
  /** The sensor takes a new value this often, ms. */
  update: "updateMs",
  /** Of each update, the time that the sensor does not look at, ms. */
  gap: "gapMs",
} as const

/** Accuracy as fixed-point numbers; offset and step in mW or mJ, times in ms. */
export type AccuracyLimits = { readonly [K in keyof typeof ACCURACY_PARTS]: bigint }

/** Reads a reading's accuracy; `factor` turns its unit into mW or mJ (fixed-point). Throws FIELD_MALFORMED. */
export function parseAccuracy(accuracy: { readonly [name: string]: string }, factor: bigint): AccuracyLimits {
  const part = (name: keyof typeof ACCURACY_PARTS, unit = FIXED_ONE) => {
    const text = accuracy[ACCURACY_PARTS[name]]
    if (text === undefined) return 0n
    const value = (parseFixed(text) * unit) / FIXED_ONE
    check(value >= 0n, "FIELD_MALFORMED", `accuracy.${ACCURACY_PARTS[name]}: ${text} is below zero`)
    return value
  }
  return {
    gain: part("gain"),
    offset: part("offset", factor),
    step: part("step", factor),
    window: part("window"),
    update: part("update"),
    gap: part("gap"),
  }
}

/**
 * What is known of the error of an energy: `limit`, half-widths that may all lie on the same side and so add
 * linearly, in nJ; `variance`, independent contributions, in nJ². Each contribution is rounded up.
 */
export type Spread = { readonly limit: bigint; readonly variance: bigint }

/** A spread that is a limit alone, nJ. */
export const limitSpread = (nanojoulesLimit: bigint): Spread => ({ limit: nanojoulesLimit, variance: 0n })

export const NO_SPREAD: Spread = { limit: 0n, variance: 0n }

export const addSpread = (a: Spread, b: Spread): Spread => ({
  limit: a.limit + b.limit,
  variance: a.variance + b.variance,
})

/** mW (fixed-point) times ms, in nJ, rounded up. */
export const nanojoules = (power: bigint, ms: bigint): bigint => ceilDivide(power * ms * 1000n, FIXED_ONE)

const square = (n: bigint) => n * n

/** A stretch of power between two readings, in mW (fixed-point) and ms. */
export type PowerStretch = { readonly from: bigint; readonly to: bigint; readonly ms: bigint }

/** Half of the difference of two powers, over the stretch. */
const shapeLimit = ({ from, to, ms }: PowerStretch): bigint => ceilDivide(nanojoules(absolute(to - from), ms), 2n)

/** The part of a limit that lies in the time that the sensor does not look at. */
const blindPart = (limit: bigint, { gap, update }: AccuracyLimits): bigint =>
  update > 0n ? ceilDivide(limit * gap, update) : 0n

/** Updates over which a counter's mean power is taken: over fewer, it moves with the age of its last update. */
const SETTLING_UPDATES = 10n

/** Whether a counter's advance over `ms` says its mean power. */
export const isSettled = (ms: number, { update }: AccuracyLimits): boolean =>
  BigInt(ms) * FIXED_ONE >= SETTLING_UPDATES * update

/**
 * The bias of a counter whose sensor looks away for part of each update (arXiv 2312.02741: NVML on A100 and H100),
 * as a trapezoid has it: `from` and `to` are the mean powers of one stretch and the next. A limit, in nJ.
 */
export const blindLimit = (stretch: PowerStretch, accuracy: AccuracyLimits): bigint =>
  blindPart(shapeLimit(stretch), accuracy)

/**
 * The error of a trapezoid: gain and offset add linearly; each step q counts as uniform within ±q/2; between two
 * readings the power may have kept either value, so half of their difference is the limit of each stretch. Where the
 * sensor itself looks away for part of each update, that part of the limit is a bias and adds linearly.
 */
export function trapezoidSpread({ from, to, ms }: PowerStretch, accuracy: AccuracyLimits): Spread {
  const energy = ceilDivide(nanojoules(from + to, ms), 2n)
  const shape = shapeLimit({ from, to, ms })
  const limit =
    ceilDivide(energy * accuracy.gain, FIXED_ONE) + nanojoules(accuracy.offset, ms) + blindPart(shape, accuracy)
  const variance = ceilDivide(square(shape), 3n) + ceilDivide(square(nanojoules(accuracy.step, ms)), 12n)
  return { limit, variance }
}

/**
 * The error of a counter's difference, apart from its step, which counts once for the whole run: gain and the sensor's
 * blind time (see {@link blindLimit}) add linearly.
 */
export function counterSpread(energyNanojoules: bigint, blindNanojoules: bigint, accuracy: AccuracyLimits): Spread {
  return { limit: ceilDivide(energyNanojoules * accuracy.gain, FIXED_ONE) + blindNanojoules, variance: 0n }
}

/**
 * The limit of an estimate over a stretch that nobody saw: what flowed lies between nothing and the rating. Without a
 * rating (null) it is the estimate itself. All in nJ.
 */
export function unseenSpread(energyNanojoules: bigint, ratedNanojoules: bigint | null): Spread {
  const above = (ratedNanojoules ?? 0n) - energyNanojoules
  return limitSpread(above > energyNanojoules ? above : energyNanojoules)
}

/** A counter's step q, at the first and at the last reading: u = q/√6. */
export function stepSpread(accuracy: AccuracyLimits): Spread {
  return { limit: 0n, variance: ceilDivide(square(ceilDivide(accuracy.step * 1_000_000n, FIXED_ONE)), 6n) }
}

/**
 * The error at one end of a run, where a reading lies on it: it is a mean over a window, of unknown age up to one
 * update; the energy of that time at the power there is uniform over its width.
 */
export function edgeSpread(power: bigint, accuracy: AccuracyLimits): Spread {
  const lagMs = ceilDivide(accuracy.window + accuracy.update, FIXED_ONE)
  return { limit: 0n, variance: ceilDivide(square(nanojoules(power, lagMs)), 12n) }
}

/** The expanded uncertainty, k = 2, in mJ, rounded up: U = 2·√(limit²/3 + variance). */
export function expandedMillijoules({ limit, variance }: Spread): bigint {
  const root = ceilSquareRoot(4n * (ceilDivide(square(limit), 3n) + variance))
  return ceilDivide(root, 1_000_000n)
}
