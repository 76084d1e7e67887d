import {
  type Accumulation,
  accumulator,
  addTotals,
  EMPTY_ACCUMULATION,
  EMPTY_ACCUMULATOR,
  pairsOf,
} from "./accumulator.ts"

/** Accumulators that one join adds. */
export const JOIN_PARTS = 12

/** The assignment of join, by signal; `parts` and `sum` are public, in that order. */
export type JoinInput = {
  readonly parts: readonly bigint[]
  readonly sum: bigint
  readonly pairs: readonly (readonly bigint[])[]
  readonly blinds: readonly bigint[]
  readonly blindSum: bigint
}

/** Adds up to {@link JOIN_PARTS} accumulations; unused places hold the empty one. */
export function joinTotals(
  parts: readonly Accumulation[],
  blindSum: bigint,
  capacity = JOIN_PARTS,
): { input: JoinInput; sum: Accumulation } {
  const filled = Array.from({ length: capacity }, (_, i) => parts[i] ?? EMPTY_ACCUMULATION)
  const totals = parts.reduce((sum, part) => addTotals(sum, part.totals), EMPTY_ACCUMULATION.totals)
  const sum = { totals, blind: blindSum }
  const input = {
    parts: filled.map(accumulator),
    sum: accumulator(sum),
    pairs: filled.map((part) => pairsOf(part.totals)),
    blinds: filled.map(({ blind }) => blind),
    blindSum,
  }
  return { input, sum }
}

/** Public signals of join in the circuit's order, from accumulators of any number up to `capacity`. */
export function joinPublic(parts: readonly bigint[], sum: bigint, capacity = JOIN_PARTS): bigint[] {
  return [...Array.from({ length: capacity }, (_, i) => parts[i] ?? EMPTY_ACCUMULATOR), sum]
}
