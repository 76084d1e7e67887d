import { poseidon } from "../poseidon.ts"
import { REGISTERS, type Registers } from "../run/capture.ts"

/** Running totals of the eight registers, in the order of REGISTERS; 96 bits each. */
export type Totals = readonly bigint[]

/** The opening of an accumulator. Whoever knows it knows the totals: it never leaves the prover. */
export type Accumulation = { readonly totals: Totals; readonly blind: bigint }

/** Where every chain of segments starts: no run, no secret. */
export const EMPTY_ACCUMULATION: Accumulation = { totals: REGISTERS.map(() => 0n), blind: 0n }

/** C = H9(v0, …, v7, blind). */
export function accumulator({ totals, blind }: Accumulation): bigint {
  return poseidon([...totals, blind])
}

/** C of {@link EMPTY_ACCUMULATION}: H9(0, …, 0), as a number so that loading this costs no hash. */
export const EMPTY_ACCUMULATOR = 800120061924841277379997862745106495629262503147852650856598454570844641064n

export function totalsOf(registers: Registers): Totals {
  return REGISTERS.map((name) => registers[name])
}

export function addTotals(a: Totals, b: Totals): Totals {
  return a.map((value, i) => value + (b[i] ?? 0n))
}

/** Whether every value is an unsigned integer of that many bits: the range check of the circuits. */
export function fits(values: readonly bigint[], bits: number): boolean {
  return values.every((value) => value >= 0n && value >> BigInt(bits) === 0n)
}
