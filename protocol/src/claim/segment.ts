import { type Poseidon, poseidon } from "../poseidon.ts"
import { type Accumulation, accumulator, addTotals, pairsOf } from "./accumulator.ts"
import { amountsOf } from "./amounts.ts"
import { type Asked, askedDigest } from "./asked.ts"
import { type Opening, openingRoot } from "./opening.ts"
import { type Counts, encodeClaimWord } from "./word.ts"

/** Runs that one fold proof takes: as many as fit 2^17 constraints. */
export const SEGMENT_RUNS = 56

/** An anchored run of a ledger: opened, or known by its root alone (0: void). A root beside an opening is the opening's own. */
export type Slot = { readonly opening: Opening; readonly root?: bigint } | { readonly root: bigint }

/** Public signals of fold in the circuit's order. */
export const FOLD_SIGNALS = ["headFrom", "headTo", "word", "asked", "cFrom", "cTo"] as const
/** Public signals of open in the circuit's order. */
export const OPEN_SIGNALS = ["root", "word", "asked", "cFrom", "cTo"] as const

export type FoldSignals = { readonly [K in (typeof FOLD_SIGNALS)[number]]: bigint }
export type OpenSignals = { readonly [K in (typeof OPEN_SIGNALS)[number]]: bigint }

/** What fold and open are given beside their public signals and runs. */
type ClaimSecrets = {
  readonly askedTags: readonly bigint[]
  readonly pairs: readonly bigint[]
  readonly blindFrom: bigint
  readonly blindTo: bigint
}

/** The assignment of fold, by signal; `registers` and its like hold one row a slot. */
export type FoldInput = FoldSignals &
  ClaimSecrets & { readonly [K in "active" | "opened" | "root"]: readonly bigint[] } & {
    readonly [K in keyof Opening]: readonly (readonly bigint[])[]
  }

/** The assignment of open. */
export type OpenInput = OpenSignals & ClaimSecrets & Opening

/** A segment before it is proved: what the circuit gets, and where the next segment goes on. */
export type Segment = {
  readonly input: FoldInput
  readonly counts: Counts
  readonly headTo: bigint
  readonly to: Accumulation
}

type Folding = {
  readonly asked: Asked
  readonly blindTo: bigint
  readonly capacity?: number
  readonly hash?: Poseidon
}

/** The signals of a proof, named and in any order, as the array that a verifier takes. */
export function foldPublic(signals: FoldSignals): bigint[] {
  return FOLD_SIGNALS.map((name) => signals[name])
}

export function openPublic(signals: OpenSignals): bigint[] {
  return OPEN_SIGNALS.map((name) => signals[name])
}

const zeros = (length: number) => new Array<bigint>(length).fill(0n)

const EMPTY_OPENING: Opening = {
  registers: zeros(12),
  times: zeros(2),
  marks: zeros(6),
  flags: zeros(17),
  tags: zeros(5),
  rest: zeros(5),
}

export function slotRoot(slot: Slot): bigint {
  return "opening" in slot ? (slot.root ?? openingRoot(slot.opening)) : slot.root
}

/** The ledger's head after one more root: H2(head, root). */
export function foldHead(head: bigint, root: bigint, hash: Poseidon = poseidon): bigint {
  return hash([head, root])
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
 * @param hash Poseidon, where the caller has a faster one
 */
export function foldSegment(
  from: { readonly head: bigint; readonly accumulation: Accumulation },
  slots: readonly Slot[],
  { asked, blindTo, capacity = SEGMENT_RUNS, hash = poseidon }: Folding,
): Segment {
  const openings = slots.map((slot) => ("opening" in slot ? slot.opening : undefined))
  const roots = slots.map(slotRoot)
  const headTo = roots.reduce((head, root) => foldHead(head, root, hash), from.head)
  const counts = countSlots(slots)
  const totals = openings
    .filter((opening) => opening !== undefined)
    .reduce((sum, opening) => addTotals(sum, amountsOf(opening, asked)), from.accumulation.totals)
  const to = { totals, blind: blindTo }
  const rows = Array.from({ length: capacity }, (_, i) => openings[i] ?? EMPTY_OPENING)
  const flagOf = (holds: (i: number) => boolean) => rows.map((_, i) => (holds(i) ? 1n : 0n))
  const input = {
    ...claimSignals(asked, counts, [from.accumulation, to]),
    headFrom: from.head,
    headTo,
    active: flagOf((i) => i < slots.length),
    opened: flagOf((i) => openings[i] !== undefined),
    root: rows.map((_, i) => roots[i] ?? 0n),
    registers: rows.map(({ registers }) => registers),
    times: rows.map(({ times }) => times),
    marks: rows.map(({ marks }) => marks),
    flags: rows.map(({ flags }) => flags),
    tags: rows.map(({ tags }) => tags),
    rest: rows.map(({ rest }) => rest),
  }
  return { input, counts, headTo, to }
}

/** The assignment of open for one run that counts. */
export function openRun(
  opening: Opening,
  { asked, from, blindTo }: { asked: Asked; from: Accumulation; blindTo: bigint },
): { input: OpenInput; to: Accumulation } {
  const to = { totals: addTotals(from.totals, amountsOf(opening, asked)), blind: blindTo }
  const counts = { length: 1, unopened: 0, voids: 0 }
  return { input: { ...claimSignals(asked, counts, [from, to]), root: openingRoot(opening), ...opening }, to }
}

function claimSignals(asked: Asked, counts: Counts, [from, to]: readonly [Accumulation, Accumulation]) {
  return {
    ...{ word: encodeClaimWord(counts, asked), asked: askedDigest(asked.tags), askedTags: asked.tags },
    ...{ cFrom: accumulator(from), cTo: accumulator(to) },
    ...{ pairs: pairsOf(from.totals), blindFrom: from.blind, blindTo: to.blind },
  }
}
