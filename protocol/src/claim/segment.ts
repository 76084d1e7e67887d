import { poseidon } from "../poseidon.ts"
import { type Accumulation, accumulator, addTotals } from "./accumulator.ts"
import { isSelected, type Opening, openingRoot } from "./opening.ts"
import { type Asked, type Counts, encodeClaimWord } from "./word.ts"

/** Runs that one fold proof takes. */
export const SEGMENT_RUNS = 32

/** An anchored run of a ledger: opened, or known by its root alone (0: void). */
export type Slot = { readonly opening: Opening } | { readonly root: bigint }

/** The private assignment of fold, by signal; `registers` and its like hold one row a slot. */
export type FoldInput = {
  readonly headFrom: bigint
  readonly headTo: bigint
  readonly word: bigint
  readonly model: bigint
  readonly unit: bigint
  readonly zone: bigint
  readonly party: bigint
  readonly cFrom: bigint
  readonly cTo: bigint
  readonly active: readonly bigint[]
  readonly opened: readonly bigint[]
  readonly root: readonly bigint[]
  readonly registers: readonly (readonly bigint[])[]
  readonly times: readonly (readonly bigint[])[]
  readonly marks: readonly (readonly bigint[])[]
  readonly tags: readonly (readonly bigint[])[]
  readonly rest: readonly (readonly bigint[])[]
  readonly totals: readonly bigint[]
  readonly blindFrom: bigint
  readonly blindTo: bigint
}

/** The private assignment of open. */
export type OpenInput = Omit<FoldInput, "headFrom" | "headTo" | "active" | "opened" | "root" | keyof Opening> &
  Opening & { readonly root: bigint }

/** A segment before it is proved: what the circuit gets, and where the next segment goes on. */
export type Segment = {
  readonly input: FoldInput
  readonly counts: Counts
  readonly headTo: bigint
  readonly to: Accumulation
}

/** Public signals of fold in the circuit's order. */
export const FOLD_SIGNALS = ["headFrom", "headTo", "word", "model", "unit", "zone", "party", "cFrom", "cTo"] as const
/** Public signals of open in the circuit's order. */
export const OPEN_SIGNALS = ["root", "word", "model", "unit", "zone", "party", "cFrom", "cTo"] as const

export type FoldSignals = { readonly [K in (typeof FOLD_SIGNALS)[number]]: bigint }
export type OpenSignals = { readonly [K in (typeof OPEN_SIGNALS)[number]]: bigint }

/** The signals of a proof, named and in any order, as the array that a verifier takes. */
export function foldPublic(signals: FoldSignals): bigint[] {
  return FOLD_SIGNALS.map((name) => signals[name])
}

export function openPublic(signals: OpenSignals): bigint[] {
  return OPEN_SIGNALS.map((name) => signals[name])
}

const EMPTY_OPENING: Opening = {
  registers: new Array<bigint>(8).fill(0n),
  times: [0n, 0n, 0n],
  marks: [0n, 0n, 0n, 0n, 0n],
  tags: [0n, 0n, 0n, 0n],
  rest: [0n, 0n, 0n, 0n],
}

export function slotRoot(slot: Slot): bigint {
  return "opening" in slot ? openingRoot(slot.opening) : slot.root
}

/** The ledger's head after one more root: H2(head, root). */
export function foldHead(head: bigint, root: bigint): bigint {
  return poseidon([head, root])
}

export function countSlots(slots: readonly Slot[]): Counts {
  const closed = slots.filter((slot) => !("opening" in slot))
  const voids = closed.filter((slot) => slotRoot(slot) === 0n).length
  return { length: slots.length, unopened: closed.length - voids, voids }
}

/**
 * The assignment of fold for consecutive runs, at most `capacity`. It is computed even where there is no proof: whether
 * one exists is for {@link faultsOf} and the circuit to say.
 * @param from where the segment starts: the ledger's head and the accumulator's opening
 * @param blindTo fresh randomness below the field order, or all totals so far can be guessed from C
 */
export function foldSegment(
  from: { readonly head: bigint; readonly accumulation: Accumulation },
  slots: readonly Slot[],
  { asked, blindTo, capacity = SEGMENT_RUNS }: { asked: Asked; blindTo: bigint; capacity?: number },
): Segment {
  const openings = slots.map((slot) => ("opening" in slot ? slot.opening : undefined))
  const roots = slots.map(slotRoot)
  const headTo = roots.reduce(foldHead, from.head)
  const counts = countSlots(slots)
  const counted = openings.filter((opening) => opening !== undefined && isSelected(opening, asked))
  const totals = counted.reduce((sum, opening) => addTotals(sum, opening?.registers ?? []), from.accumulation.totals)
  const to = { totals, blind: blindTo }
  const rows = Array.from({ length: capacity }, (_, i) => openings[i] ?? EMPTY_OPENING)
  const flags = (holds: (i: number) => boolean) => rows.map((_, i) => (holds(i) ? 1n : 0n))
  const input = {
    ...claimSignals(asked, counts, [from.accumulation, to]),
    headFrom: from.head,
    headTo,
    active: flags((i) => i < slots.length),
    opened: flags((i) => openings[i] !== undefined),
    root: rows.map((_, i) => roots[i] ?? 0n),
    registers: rows.map(({ registers }) => registers),
    times: rows.map(({ times }) => times),
    marks: rows.map(({ marks }) => marks),
    tags: rows.map(({ tags }) => tags),
    rest: rows.map(({ rest }) => rest),
  }
  return { input, counts, headTo, to }
}

/** The assignment of open for one run that matches. */
export function openRun(
  opening: Opening,
  { asked, from, blindTo }: { asked: Asked; from: Accumulation; blindTo: bigint },
): { input: OpenInput; to: Accumulation } {
  const to = { totals: addTotals(from.totals, opening.registers), blind: blindTo }
  const counts = { length: 1, unopened: 0, voids: 0 }
  return { input: { ...claimSignals(asked, counts, [from, to]), root: openingRoot(opening), ...opening }, to }
}

function claimSignals(asked: Asked, counts: Counts, [from, to]: readonly [Accumulation, Accumulation]) {
  const [model = 0n, unit = 0n, zone = 0n, party = 0n] = asked.tags
  return {
    ...{ word: encodeClaimWord(counts, asked), model, unit, zone, party },
    ...{ cFrom: accumulator(from), cTo: accumulator(to) },
    ...{ totals: from.totals, blindFrom: from.blind, blindTo: to.blind },
  }
}
