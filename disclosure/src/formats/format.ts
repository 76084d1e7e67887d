import type { Cell, Filing } from "../filing.ts"

/** Throws a FormatError where the filing lacks what the format cannot be without. */
export type Write = (filing: Filing) => string | Promise<Uint8Array>

/** What a filing can be written as. */
export type Format = {
  readonly summary: string
  /** Standards that it is for, by the start of their ids, since it asks for their cells; none: all of them, of XBRL all with a taxonomy. */
  readonly standards: readonly string[]
  /** Whether it is text, which a terminal shows. */
  readonly isText: boolean
  readonly load: () => Promise<Write>
}

/** A filing lacks what a format demands. */
export class FormatError extends Error {}

/** The day after, `YYYY-MM-DD`. */
export const dayAfter = (day: string): string => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)

/** Cells that a format without a word for bounds may state: a bound there would read as the number. */
export const stated = ({ cells }: Filing): readonly (Cell & { readonly value: string })[] =>
  cells.flatMap((cell) => (cell.value === null || cell.bound !== "exact" ? [] : [{ ...cell, value: cell.value }]))

/** A whole cell's text, for formats that have no word for a part either; null where it is not stated or not whole. */
export const statedValue = (filing: Filing, id: string): string | null =>
  stated(filing).find((cell) => cell.id === id && cell.state === "filled")?.value ?? null

/** As statedValue, for what the format cannot be without. */
export function demanded(filing: Filing, id: string): string {
  const value = statedValue(filing, id)
  if (value !== null) return value
  const cell = filing.cells.find((candidate) => candidate.id === id)
  const known = cell?.state === "partly" ? "known in part" : "missing"
  throw new FormatError(
    `the format needs ${id}, which is ${cell?.bound === "at-most" ? "a bound" : known}: ${cell?.needs.join("; ") || "the standard has no such cell"}`,
  )
}
