import { encodeDocument } from "@wattest/protocol"
import type { Filing } from "../filing.ts"

/** What a filing states, without the names that files have on one machine and the version of the program. */
function statementOf({ program: _, refused: __, notes: ___, cells, ...rest }: Filing) {
  const named = cells.map(({ sources, ...cell }) => ({
    ...cell,
    sources: sources
      .map(({ document, documentDigest, ...source }) => ({ ...source, document: documentDigest ?? document }))
      .map((source) => JSON.stringify(source))
      .sort(),
  }))
  return { ...rest, cells: named }
}

const textOf = (value: unknown): string => Buffer.from(encodeDocument(value)).toString("utf8")

/** The first thing in which a filing differs from what documents say; null where it says the same. Pure. */
export function differenceOf(filing: Filing, made: Filing): string | null {
  const [stated, shown] = [statementOf(filing), statementOf(made)]
  for (const [i, cell] of shown.cells.entries()) {
    const other = stated.cells[i]
    if (other === undefined || textOf(other) !== textOf(cell))
      return `cell ${cell.id}: it states ${other?.value ?? "nothing"}, the documents show ${cell.value ?? "nothing"}`
  }
  if (textOf(stated) === textOf(shown)) return null
  const keys = ["policyDigest", "profileDigest", "profileSigner", "period", "standard", "subject"] as const
  const key = keys.find((name) => textOf({ it: stated[name] }) !== textOf({ it: shown[name] }))
  return `${key ?? "its cells or sums"} is another than the documents, policy and profile make it`
}
