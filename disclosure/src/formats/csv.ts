import { visible } from "@wattest/protocol"
import type { Filing } from "../filing.ts"

const HEAD = [
  ...["cell", "concept", "label", "value", "bound", "unit", "state", "evidence", "uncertainty_k2"],
  ...["from", "to", "previously_stated", "documents", "needs", "notes"],
]

const NUMBER = /^-?\d+(\.\d+)?$/

/** One field by RFC 4180. A text that a spreadsheet would run as a formula begins with an apostrophe; numbers keep their sign. */
export function field(text: string): string {
  const shown = visible(text)
  const safe = /^[\s]*[=+\-@\t\r]/.test(shown) && !NUMBER.test(shown) ? `'${shown}` : shown
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export const csvOf = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `${row.map(field).join(",")}\r\n`).join("")

/** Every cell in one row, the missing ones too. */
export const csv = ({ cells }: Filing): string =>
  csvOf([
    HEAD,
    ...cells.map((cell) => [
      ...[cell.id, cell.concept, cell.label, cell.value ?? "", cell.bound, cell.unit, cell.state],
      ...[cell.evidence ?? "", cell.uncertainty ?? "", cell.period.from, cell.period.to, cell.previous ?? ""],
      cell.sources.map(({ document }) => document).join("; "),
      cell.needs.join("; "),
      cell.notes.join("; "),
    ]),
  ])
