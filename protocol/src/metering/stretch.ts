import { ceilDivide, FIXED_ONE } from "../encoding/fixed.ts"
import type { Grade } from "../run/capture.ts"
import type { SensorReading } from "../run/sources.ts"
import type { AccuracyLimits } from "./uncertainty.ts"

/** Energies are counted in grains of 1/(2000·10^18) mJ: the trapezoid of two fixed-point powers over whole ms is exact. */
export const GRAINS_PER_MILLIJOULE = 2000n * FIXED_ONE
export const GRAINS_PER_NANOJOULE = GRAINS_PER_MILLIJOULE / 1_000_000n

/** A value of a power (mW) or of an energy counter (mJ), fixed-point, with what is known when it arrives. */
export type EnergyPoint = {
  readonly timeMs: number
  readonly value: bigint
  /** The count at which the counter returns to 0, in mJ; null where it never does or nobody knows. */
  readonly wrapsAt: bigint | null
  readonly grade: Grade
  readonly accuracy: AccuracyLimits
  /** The reading that it was made of: a run that follows begins with it. */
  readonly reading: SensorReading
}

/** What selects and weighs the energy of a stretch: the last values known at its end. */
export type Conditions = {
  /** SM occupancy of the part is below 5 %, or not read though it should be. */
  readonly idle: boolean
  /** SM occupancy of the part is read, and is 5 % or more. */
  readonly busy: boolean
  readonly carbonIntensity: bigint
  readonly waterIntensity: bigint
}

/** Between two readings of a sensor. */
export type Stretch = {
  readonly from: EnergyPoint
  readonly to: EnergyPoint
  /** What a counter advanced, mJ fixed-point; null where the sensor reads power. */
  readonly rise: bigint | null
  /** Nobody saw what flowed: the energy is an estimate between nothing and the rating. */
  readonly blind: boolean
  /** What a counter's sensor may have missed up to the end of the stretch and charges to it, nJ. */
  readonly drift: bigint
  readonly conditions: Conditions
}

/** Grains of a stretch from its beginning to a time within it; what the division leaves comes with its rest. */
export function grainsUntil({ from, to, rise }: Stretch, timeMs: number): bigint {
  const whole = BigInt(to.timeMs - from.timeMs)
  const part = BigInt(timeMs - from.timeMs)
  if (rise !== null) return (rise * 2000n * part) / whole
  return ((2n * from.value * whole + (to.value - from.value) * part) * part) / whole
}

/** The part of what a sensor may have missed that belongs to `ms` of a stretch, nJ, rounded up. */
export const driftWithin = ({ from, to, drift }: Stretch, ms: bigint): bigint =>
  ceilDivide(drift * ms, BigInt(to.timeMs - from.timeMs))

/** Energy of a power over a time, mJ fixed-point: mW · ms is µJ. */
export const energyOver = (power: bigint, ms: number): bigint => (power * BigInt(ms)) / 1000n

/** Mean power of an energy over a time, mW fixed-point; ms > 0. */
export const powerOver = (energy: bigint, ms: number): bigint => (energy * 1000n) / BigInt(ms)
