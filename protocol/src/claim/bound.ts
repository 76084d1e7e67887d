import { type Accumulation, accumulator, type Totals } from "./accumulator.ts"
import { type Bounds, encodeBounds, encodeMeasure, type Measure } from "./measure.ts"

/** Public signals of bound in the circuit's order. */
export const BOUND_SIGNALS = ["cNumerator", "cDenominator", "measure", "bounds"] as const
export type BoundSignals = { readonly [K in (typeof BOUND_SIGNALS)[number]]: bigint }

/** The assignment of bound, by signal. */
export type BoundInput = BoundSignals & {
  readonly numerators: Totals
  readonly blindNumerator: bigint
  readonly denominators: Totals
  readonly blindDenominator: bigint
}

/** What a bound proof shows: the number, its bounds, and whether there must be something that it is about. */
export type BoundTerms = { readonly measure: Measure; readonly isStrict: boolean; readonly bounds: Bounds }

export function boundPublic(signals: BoundSignals): bigint[] {
  return BOUND_SIGNALS.map((name) => signals[name])
}

/** Both sides of a number; the same accumulation twice where they come from one tally. */
export type Sides = { readonly numerator: Accumulation; readonly denominator: Accumulation }

export function boundInput({ numerator, denominator }: Sides, { measure, isStrict, bounds }: BoundTerms): BoundInput {
  return {
    ...{ cNumerator: accumulator(numerator), cDenominator: accumulator(denominator) },
    ...{ measure: encodeMeasure(measure, isStrict), bounds: encodeBounds(bounds) },
    ...{ numerators: numerator.totals, blindNumerator: numerator.blind },
    ...{ denominators: denominator.totals, blindDenominator: denominator.blind },
  }
}
