import { poseidon } from "../poseidon.ts"
import { REGISTERS } from "../run/capture.ts"

/**
 * What a tally adds up, in the order of the circuits: the registers of counted runs, their time in the period and their
 * number; then energy, time, blind time and broken runs of every opened run at the boundary, whatever its tags.
 */
export const TOTALS = [
  ...REGISTERS,
  "timeMs",
  "runs",
  "allEnergyMillijoules",
  "allTimeMs",
  "allBlindMs",
  "allBroken",
] as const
export type TotalName = (typeof TOTALS)[number]

/** One value for each of {@link TOTALS}, 96 bits each. */
export type Totals = readonly bigint[]

/** The opening of an accumulator. Whoever knows it knows the totals: it never leaves the prover. */
export type Accumulation = { readonly totals: Totals; readonly blind: bigint }

/** Where every chain of segments starts: no run, no secret. */
export const EMPTY_ACCUMULATION: Accumulation = { totals: TOTALS.map(() => 0n), blind: 0n }

/** C of {@link EMPTY_ACCUMULATION}: H10(0, …, 0), as a number so that loading this costs no hash. */
export const EMPTY_ACCUMULATOR = 8188888863647261336666654061521591645846533251798372526123567331385400506959n

/** Totals by two, a + b·2^96: what the circuits add up. */
export function pairsOf(totals: Totals): readonly bigint[] {
  return Array.from({ length: TOTALS.length / 2 }, (_, i) => (totals[2 * i] ?? 0n) + ((totals[2 * i + 1] ?? 0n) << 96n))
}

/** C = H10(pair 0, …, pair 8, blind). */
export function accumulator({ totals, blind }: Accumulation): bigint {
  return accumulatorOfPairs(pairsOf(totals), blind)
}

export function accumulatorOfPairs(pairs: readonly bigint[], blind: bigint): bigint {
  return poseidon([...pairs, blind])
}

export function addTotals(a: Totals, b: Totals): Totals {
  return a.map((value, i) => value + (b[i] ?? 0n))
}

/** One total by its name. */
export function totalOf(totals: Totals, name: TotalName): bigint {
  return totals[TOTALS.indexOf(name)] ?? 0n
}

/** Whether every value is an unsigned integer of that many bits: the range check of the circuits. */
export function fits(values: readonly bigint[], bits: number): boolean {
  return values.every((value) => value >= 0n && value >> BigInt(bits) === 0n)
}
