import { visible } from "@wattest/protocol"
import writeExcel, { type Cell as SheetCell, type SheetData } from "write-excel-file/node"
import type { Cell, Filing } from "../filing.ts"
import { anchored, weakSpots } from "./words.ts"
import { timeless } from "./zip-time.ts"

/** Longest text that a cell of a workbook may hold, in UTF-16 units. */
const LONGEST = 32_767

/** Significant digits that a number of a workbook keeps; an exact decimal with more of them stays a text. */
const DIGITS = 15

/** What the library drops from a text, so that nothing which it drops can hide the beginning of a number below. */
const DROPPED = /[\uFFFD\p{Noncharacter_Code_Point}\p{Surrogate}]/gu

/**
 * Always a text, whatever it looks like: only a cell of the type "formula" is run, and none is written. In texts of a workbook
 * `_x0041_` means the character of that number, so an underscore that would begin one is itself written so.
 */
const text = (given: string): SheetCell => {
  const shown = visible(given)
    .replace(DROPPED, "")
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_")
  return { type: String, value: shown.length > LONGEST ? `${shown.slice(0, LONGEST - 1)}…` : shown }
}

const head = (...names: readonly string[]): SheetCell[] => names.map((value) => ({ value, fontWeight: "bold" }))

function number(value: string | null, decimals: number | null): SheetCell {
  if (value === null) return null
  if (value.replace(/\D/g, "").replace(/^0+/, "").length > DIGITS) return text(value)
  return {
    type: Number,
    value: Number(value),
    format: decimals === null || decimals <= 0 ? "0" : `0.${"0".repeat(decimals)}`,
  }
}

const cellRow = (cell: Cell): SheetCell[] => [
  ...[text(cell.id), text(cell.concept), text(cell.label)],
  cell.kind === "text" ? text(cell.value ?? "") : number(cell.value, cell.decimals),
  ...[cell.bound, cell.unit, cell.state, cell.evidence ?? "", cell.uncertainty ?? ""].map(text),
  ...[cell.period.from, cell.period.to, cell.previous ?? ""].map(text),
]

const sourceRows = ({ id, sources }: Cell): SheetCell[][] =>
  sources.map((source) => [
    ...[id, source.document, source.documentDigest ?? "", source.kind, source.evidence].map(text),
    ...[source.verdict ?? "not judged", anchored(source), source.quantity, source.share].map(text),
  ])

const spotRows = (cell: Cell): SheetCell[][] =>
  [
    ...weakSpots(cell).map((spot) => [cell.id, "weak spot", spot]),
    ...cell.needs.map((need) => [cell.id, "would fill it", need]),
    ...cell.notes.map((note) => [cell.id, "note", note]),
  ].map((row) => row.map(text))

const ofTheWhole = ({ notes, refused }: Filing): SheetCell[][] =>
  [
    ...notes.map((note) => ["", "note", note]),
    ...refused.map(({ name, status, code, detail }) => ["", "not counted", `${name} is ${status}, ${code}: ${detail}`]),
  ].map((row) => row.map(text))

const sheet = (name: string, data: SheetData, widths: readonly number[]) => ({
  ...{ sheet: name, data, columns: widths.map((width) => ({ width })), stickyRowsCount: 1 },
})

/** A workbook (Office Open XML) of three sheets: cells, their sources, and what weakens or would fill them. Nothing in it is a formula, and the same filing is the same bytes. */
export async function xlsx(filing: Filing): Promise<Uint8Array> {
  const workbook = writeExcel([
    sheet(
      "Cells",
      [
        head(
          "Cell",
          "Concept",
          "Label",
          "Value",
          "Bound",
          "Unit",
          "State",
          "Evidence",
          "Uncertainty (k = 2)",
          "From",
          "To",
          "Previously stated",
        ),
        ...filing.cells.map(cellRow),
      ],
      [18, 40, 48, 16],
    ),
    sheet(
      "Sources",
      [
        head("Cell", "Document", "SHA-256", "Kind", "Evidence", "Verdict", "Block", "Gives", "Share"),
        ...filing.cells.flatMap(sourceRows),
      ],
      [18, 32, 24, 12, 12, 12, 48, 16, 10],
    ),
    sheet(
      "Weak spots",
      [head("Cell", "What", "In words"), ...ofTheWhole(filing), ...filing.cells.flatMap(spotRows)],
      [18, 16, 100],
    ),
  ])
  return timeless(await workbook.toBuffer())
}
