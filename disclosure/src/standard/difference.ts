import { encodeDocument } from "@wattest/protocol"
import type { Filing } from "../filing.ts"

/** One thing that a filing states otherwise than its documents make it; `cell` is null for what is of the whole filing. */
export type Difference = {
  readonly cell: string | null
  readonly field: string
  readonly stated: string
  readonly made: string
}

const textOf = (value: unknown): string => Buffer.from(encodeDocument(value)).toString("utf8")

const said = (value: unknown): string => (typeof value === "string" ? value : value == null ? "nothing" : textOf(value))

/** What a filing states, without the names that files have on one machine and the version of the program. */
function statementOf({ program: _, refused, cells, ...rest }: Filing) {
  const named = cells.map(({ sources, ...cell }) => ({
    ...cell,
    sources: sources
      .map(({ document, documentDigest, ...source }) => ({ ...source, document: documentDigest ?? document }))
      .toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1)),
  }))
  return { whole: { ...rest, refused: refused.map(({ status, code }) => `${status} ${code}`).sort() }, cells: named }
}

/** Of a list what the other one has not. */
function apart(list: unknown, other: unknown): unknown {
  if (!Array.isArray(list) || !Array.isArray(other)) return list
  const known = new Set(other.map(textOf))
  return list.filter((item) => !known.has(textOf(item)))
}

/** Fields of two things of one shape that differ. */
function fieldsOf(cell: string | null, stated: object, made: object): readonly Difference[] {
  const values = new Map<string, unknown>(Object.entries(stated))
  return Object.entries(made).flatMap(([field, value]) => {
    const own = values.get(field)
    if (said(own) === said(value)) return []
    return [{ cell, field, stated: said(apart(own, value)), made: said(apart(value, own)) }]
  })
}

/** All in which a filing differs from what documents make it; none where it says the same. Pure. */
export function differencesOf(filing: Filing, made: Filing): readonly Difference[] {
  const [stated, shown] = [statementOf(filing), statementOf(made)]
  const length = Math.max(stated.cells.length, shown.cells.length)
  const cells = Array.from({ length }, (_, i): readonly Difference[] => {
    const [own, other] = [stated.cells[i], shown.cells[i]]
    if (own !== undefined && other !== undefined && own.id === other.id) return fieldsOf(own.id, own, other)
    return [{ cell: other?.id ?? own?.id ?? null, field: "cells", stated: said(own?.id), made: said(other?.id) }]
  })
  return [...cells.flat(), ...fieldsOf(null, stated.whole, shown.whole)]
}

/** Fields that are sentences: another version of the program may word them otherwise. */
const SENTENCES: ReadonlySet<string> = new Set(["needs", "notes"])

/**
 * Whether nothing but sentences differs, by filings of two versions: as many of each, so that none was left out. What they say, a
 * person must read, or the version that wrote them. Pure.
 */
export function isWordsAlone(filing: Filing, made: Filing): boolean {
  if (filing.program === made.program) return false
  const lengths = ({ notes, cells }: Filing) =>
    [notes, ...cells.flatMap((cell) => [cell.needs, cell.notes])].map((list) => list.length)
  return (
    differencesOf(filing, made).every(({ field }) => SENTENCES.has(field)) &&
    `${lengths(filing)}` === `${lengths(made)}`
  )
}

/** What hangs on which other files were handed in beside those of a footprint. */
const BESIDE: ReadonlySet<string> = new Set(["notes", "refused"])

/** The first number or name in which a filing differs, in words; null where it says the same, whatever was refused beside it. Pure. */
export function differenceOf(filing: Filing, made: Filing): string | null {
  const first = differencesOf(filing, made).find(({ cell, field }) => cell !== null || !BESIDE.has(field))
  if (first === undefined) return null
  const { cell, field, stated, made: shown } = first
  if (cell === null) return `${field} is another than the documents, policy and profile make it`
  return `cell ${cell}${field === "value" ? "" : `, ${field}`}: it states ${stated}, the documents show ${shown}`
}
