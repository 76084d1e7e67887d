import type { Grade, Hex } from "@wattest/protocol"
import type { Outcome } from "@wattest/verifier"
import { add, compare, type Exact, exact, isZero, over, rootAbove, sum, times, ZERO } from "../exact/exact.ts"
import type { CellCoverage, Evidence, SourceBlock, SourceKind } from "../filing.ts"

/** What one document or one item gives to an amount. */
export type Piece = {
  readonly document: string
  readonly digest: Hex | null
  readonly kind: SourceKind
  readonly evidence: Evidence
  readonly verdict: Outcome | null
  readonly block: SourceBlock | null
  readonly quantity: Exact
  /** Null where grades do not speak of it: instruments and factors. */
  readonly grade: Grade | null
}

/** A number with all that a cell says of it, in its base unit: mJ, mg, mL, or none. */
export type Amount = {
  /** Null: nothing is known. */
  readonly value: Exact | null
  /** Expanded (k = 2); null where nothing is known of it. */
  readonly uncertainty: Exact | null
  readonly bound: "exact" | "at-most"
  readonly pieces: readonly Piece[]
  readonly coverage: CellCoverage | null
  /** What would make it whole; empty: it is. */
  readonly needs: readonly string[]
  readonly notes: readonly string[]
}

const distinct = (texts: readonly string[]): readonly string[] => [...new Set(texts)]

/** An amount of which nothing is known, and what would fill it. */
export const nothing = (...needs: readonly string[]): Amount => ({
  ...{ value: null, uncertainty: null, bound: "exact", pieces: [], coverage: null, needs, notes: [] },
})

/** An amount that is 0 because there is nothing that could give more. */
export const none = (note: string): Amount => ({ ...nothing(), value: ZERO, uncertainty: ZERO, notes: [note] })

/** An amount that lacks something more. */
export const lacking = (amount: Amount, ...needs: readonly string[]): Amount => ({
  ...amount,
  needs: distinct([...amount.needs, ...needs]),
})

export const noted = (amount: Amount, ...notes: readonly string[]): Amount => ({
  ...amount,
  notes: distinct([...amount.notes, ...notes]),
})

/** Pieces of one document and grade as one, by its last block. */
export function merged(pieces: readonly Piece[]): readonly Piece[] {
  const groups = Map.groupBy(pieces, ({ document, digest, grade, kind, evidence }) =>
    JSON.stringify([document, digest, grade, kind, evidence]),
  )
  return [...groups.values()].flatMap((same) => {
    const last = same.reduce((a, b) => ((b.block?.time ?? 0) > (a.block?.time ?? 0) ? b : a))
    return { ...last, quantity: sum(same.map(({ quantity }) => quantity)) }
  })
}

function coverageOf(amounts: readonly Amount[]): CellCoverage | null {
  const known = amounts.flatMap(({ coverage }) => coverage ?? [])
  if (known.length === 0) return null
  const added = (field: (one: CellCoverage) => string) => `${known.reduce((all, one) => all + BigInt(field(one)), 0n)}`
  const isExpected = known.every(({ expectedMs }) => expectedMs !== null)
  return {
    meteredMs: added(({ meteredMs }) => meteredMs),
    expectedMs: isExpected ? added(({ expectedMs }) => expectedMs ?? "0") : null,
    blindMs: added(({ blindMs }) => blindMs),
    voids: added(({ voids }) => voids),
    notShown: added(({ notShown }) => notShown),
    behind: [...new Set(known.flatMap(({ behind }) => behind))].sort(),
  }
}

/** Uncertainties of what independent sensors say, as squares. Rounded up to whole base units. */
export function asSquares(parts: readonly Exact[]): Exact {
  const squares = sum(parts.map((part) => times(part, part)))
  const whole = squares.top === 0n ? 0n : (squares.top + squares.bottom - 1n) / squares.bottom
  return exact(rootAbove(whole))
}

/** Amounts together. What is missing of one is missing of the whole, which is not known where none of them is. */
export function total(amounts: readonly Amount[]): Amount {
  const known = amounts.filter(({ value }) => value !== null)
  const parts = known.flatMap(({ uncertainty }) => uncertainty ?? [])
  return {
    value: known.length === 0 ? null : sum(known.flatMap(({ value }) => value ?? [])),
    // Whether the same sensors are behind several of them is not known here: linearly is never too little.
    uncertainty: parts.length === 0 ? null : sum(parts),
    bound: known.some(({ bound }) => bound === "at-most") ? "at-most" : "exact",
    pieces: merged(amounts.flatMap(({ pieces }) => pieces)),
    coverage: coverageOf(known),
    needs: distinct(amounts.flatMap(({ needs }) => needs)),
    notes: distinct(amounts.flatMap(({ notes }) => notes)),
  }
}

/** An amount in another unit, or so many times as large. */
export const scaled = (amount: Amount, factor: Exact): Amount => ({
  ...amount,
  value: amount.value && times(amount.value, factor),
  uncertainty: amount.uncertainty && times(amount.uncertainty, factor),
  pieces: amount.pieces.map((piece) => ({ ...piece, quantity: times(piece.quantity, factor) })),
})

/** The relative uncertainties of both sides, linearly: one meter may be behind both. */
function uncertaintyOf(value: Exact, a: Amount, b: Amount): Exact | null {
  const relative = ({ value: of, uncertainty }: Amount) =>
    of === null || uncertainty === null || isZero(of) ? ZERO : over(uncertainty, of)
  if (a.uncertainty === null && b.uncertainty === null) return null
  return times(value, add(relative(a), relative(b)))
}

/**
 * A quotient. It is not known where its divisor is 0 or but a bound: a number divided by "at most" is at least
 * something, which no cell says. The pieces are those of what is divided; the divisor's stand beside them with nothing of their own.
 */
export function quotient(a: Amount, b: Amount, divisor: string): Amount {
  const needs = distinct([...a.needs, ...b.needs])
  const notes = distinct([...a.notes, ...b.notes])
  if (a.value === null || b.value === null) return { ...nothing(...needs), notes }
  if (isZero(b.value)) return { ...nothing(...needs, `${divisor} above 0`), notes }
  if (b.bound === "at-most")
    return {
      ...nothing(...needs, `${divisor} exactly, by certificates: it is only known to be at most something`),
      notes,
    }
  const divisorValue = b.value
  const value = over(a.value, divisorValue)
  const beside = b.pieces
    .filter(({ document }) => !a.pieces.some((piece) => piece.document === document))
    .map((piece) => ({ ...piece, quantity: ZERO }))
  return {
    ...{ value, uncertainty: uncertaintyOf(value, a, b), bound: a.bound, needs, notes },
    // What each piece gives to the quotient, so that they add up to it.
    pieces: [...a.pieces.map((piece) => ({ ...piece, quantity: over(piece.quantity, divisorValue) })), ...beside],
    coverage: a.coverage ?? b.coverage,
  }
}

/** Whether a part is larger than its whole, which no meter shows. */
export const passes = (part: Amount, whole: Amount): boolean =>
  part.value !== null && whole.value !== null && compare(part.value, whole.value) > 0
