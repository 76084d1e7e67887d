import { field, packFields } from "../encoding/pack.ts"
import { TOTALS, type TotalName, type Totals } from "./accumulator.ts"

/** A number over totals: scale·Σ numerator / Σ denominator, or scale·Σ numerator where there is no denominator. */
export type Measure = {
  readonly numerator: readonly TotalName[]
  readonly denominator: readonly TotalName[]
  readonly scale: bigint
}

/** Bounds of a number, both inclusive, below 2^80. */
export type Bounds = { readonly lo: bigint; readonly hi: bigint }

const BOUND_BITS = 80

/** As `hi`: no upper bound. */
export const NO_UPPER_BOUND = 2n ** 80n - 1n

/** Bit i selects TOTALS[i]. */
export function maskOf(names: readonly TotalName[]): bigint {
  return names.reduce((mask, name) => mask | (1n << BigInt(TOTALS.indexOf(name))), 0n)
}

/** Numerator mask u18 · denominator mask u18 · scale u64 · strict u1, low bits first. Throws NUMBER_OUT_OF_RANGE. */
export function encodeMeasure({ numerator, denominator, scale }: Measure, isStrict: boolean): bigint {
  const masks = [numerator, denominator].map((names) => [maskOf(names), TOTALS.length] as const)
  return packFields([...masks, [field("scale", scale, 64), 64], [isStrict ? 1n : 0n, 1]])
}

/** lo u80 · hi u80, low bits first. Throws NUMBER_OUT_OF_RANGE. */
export function encodeBounds({ lo, hi }: Bounds): bigint {
  return packFields([
    [field("lo", lo, BOUND_BITS), BOUND_BITS],
    [field("hi", hi, BOUND_BITS), BOUND_BITS],
  ])
}

/**
 * scale·N and D of a number: it lies in its bounds if lo·D <= scale·N <= hi·D. D is 1 without a denominator, and 0 where
 * the denominator is.
 */
export function quotientOf(
  numerators: Totals,
  denominators: Totals,
  { numerator, denominator, scale }: Measure,
): { readonly dividend: bigint; readonly divisor: bigint } {
  const sum = (totals: Totals, names: readonly TotalName[]) =>
    names.reduce((total, name) => total + (totals[TOTALS.indexOf(name)] ?? 0n), 0n)
  const divisor = denominator.length === 0 ? 1n : sum(denominators, denominator)
  return { dividend: scale * sum(numerators, numerator), divisor }
}

/** Registers 2 to 10 have a bit in `fed`, in their order: what no source feeds is 0, whatever the truth. */
const FED_REGISTERS = 0b111_1111_1100n

/**
 * The bits of `fed` that every counted run must have for a bound to mean something, because their absence would flatter:
 * those of an upper bound's numerator and of a lower bound's denominator.
 */
export function requiredBy({ numerator, denominator }: Measure, { lo, hi }: Bounds): bigint {
  const above = hi === NO_UPPER_BOUND ? 0n : maskOf(numerator)
  const below = lo === 0n ? 0n : maskOf(denominator)
  return ((above | below) & FED_REGISTERS) >> 2n
}

const WORK: readonly TotalName[] = ["workUnits", "acceptedUnits", "inputUnits"]

/** Whether a number counts units of work, so that their unit must be asked for. */
export function countsWork({ numerator, denominator }: Measure): boolean {
  return [...numerator, ...denominator].some((name) => WORK.includes(name))
}
