import { csvCell, csvLine, visible } from "@wattest/protocol"
import type { Filing } from "../filing.ts"
import { sayGrade } from "./words.ts"

const HEAD = [
  ...["cell", "concept", "label", "value", "bound", "unit", "state", "evidence", "grades", "uncertainty_k2"],
  ...["from", "to", "previously_stated", "documents", "needs", "notes"],
]

/** Rows by RFC 4180; names and labels are the adversary's, so that nothing in them turns or hides text. */
export const csvOf = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => csvLine(row.map((text) => csvCell(visible(text))))).join("")

/** Every cell in one row, the missing ones too. */
export const csv = ({ cells }: Filing): string =>
  csvOf([
    HEAD,
    ...cells.map((cell) => [
      ...[cell.id, cell.concept, cell.label, cell.value ?? "", cell.bound, cell.unit, cell.state],
      ...[cell.evidence ?? "", cell.grades.map(sayGrade).join("; "), cell.uncertainty ?? ""],
      ...[cell.period.from, cell.period.to, cell.previous ?? ""],
      cell.sources.map(({ document }) => document).join("; "),
      cell.needs.join("; "),
      cell.notes.join("; "),
    ]),
  ])
