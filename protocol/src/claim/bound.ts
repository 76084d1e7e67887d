import { type Accumulation, accumulator, fits, type Totals } from "./accumulator.ts"
import { type Metric, maskOf } from "./metric.ts"

/** The assignment of bound, by signal. */
export type BoundInput = {
  readonly cNumerator: bigint
  readonly cDenominator: bigint
  readonly numeratorMask: bigint
  readonly denominatorMask: bigint
  readonly scale: bigint
  readonly lo: bigint
  readonly hi: bigint
  readonly numerators: Totals
  readonly blindNumerator: bigint
  readonly denominators: Totals
  readonly blindDenominator: bigint
}

/** Public signals of bound in the circuit's order. */
export const BOUND_SIGNALS = [
  "cNumerator",
  "cDenominator",
  "numeratorMask",
  "denominatorMask",
  "scale",
  "lo",
  "hi",
] as const

export type BoundSignals = { readonly [K in (typeof BOUND_SIGNALS)[number]]: bigint }

export function boundPublic(signals: BoundSignals): bigint[] {
  return BOUND_SIGNALS.map((name) => signals[name])
}

/** Both sides of a claim's number; the same accumulation twice except for shares. */
export type Sides = { readonly numerator: Accumulation; readonly denominator: Accumulation }

export function boundInput({ numerator, denominator }: Sides, metric: Metric, lo: bigint, hi: bigint): BoundInput {
  return {
    cNumerator: accumulator(numerator),
    cDenominator: accumulator(denominator),
    numeratorMask: maskOf(metric.numerator),
    denominatorMask: maskOf(metric.denominator),
    ...{ scale: metric.scale, lo, hi },
    ...{ numerators: numerator.totals, blindNumerator: numerator.blind },
    ...{ denominators: denominator.totals, blindDenominator: denominator.blind },
  }
}

/**
 * scale·N and D of an assignment: a claim holds for lo <= scale·N / D <= hi. D is 1 without a denominator mask, and 0
 * where the denominator is: then there is no proof.
 */
export function quotientOf(input: BoundInput): { readonly dividend: bigint; readonly divisor: bigint } {
  const sum = (totals: Totals, mask: bigint) =>
    totals.reduce((total, value, i) => total + ((mask >> BigInt(i)) & 1n) * value, 0n)
  const divisor = input.denominatorMask === 0n ? 1n : sum(input.denominators, input.denominatorMask)
  return { dividend: input.scale * sum(input.numerators, input.numeratorMask), divisor }
}

/** The predicate of bound: true exactly if the circuit has a witness for this assignment of reduced field elements. */
export function boundHolds(input: BoundInput): boolean {
  const { numerators, denominators, numeratorMask, denominatorMask, scale, lo, hi } = input
  if (!fits([...numerators, ...denominators], 96) || !fits([numeratorMask, denominatorMask], 8)) return false
  if (!fits([scale, lo, hi], 64) || scale === 0n) return false
  if (accumulator({ totals: numerators, blind: input.blindNumerator }) !== input.cNumerator) return false
  if (accumulator({ totals: denominators, blind: input.blindDenominator }) !== input.cDenominator) return false
  const { dividend, divisor } = quotientOf(input)
  return divisor >= 1n && lo * divisor <= dividend && dividend <= hi * divisor
}
