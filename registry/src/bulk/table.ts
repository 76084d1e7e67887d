import { foreignKind, printable, readAtMost, UsageError } from "@wattest/command"
import { plural } from "@wattest/protocol"

/** A line of a table, with its number in the file. */
export type Line = { readonly number: number; readonly cells: Readonly<Record<string, string>> }

/** A line that was not carried out, and why. */
export type LineFault = { readonly line: number; readonly reason: string }
export type Say = (line: string) => void

/** Lines that are told of one by one. */
const MOST_TOLD = 20

/** What is wrong, a line for each line, as far as anybody reads. */
export function tellLines(faults: readonly LineFault[], say: Say): void {
  for (const { line, reason } of faults.slice(0, MOST_TOLD)) say(`line ${line}: ${printable(reason)}`)
  if (faults.length > MOST_TOLD) say(`and ${plural(faults.length - MOST_TOLD, "line")} more`)
}

/** A million devices by their ids, operators and digests. */
const MAX_TABLE_BYTES = 256 * 1024 * 1024
/** What spreadsheets put before UTF-8. */
const MARK = Buffer.from([0xef, 0xbb, 0xbf])
const HINT = "the first line names the columns; values are separated by commas and hold none, nor quotes"

/**
 * Reads comma-separated values with exactly these columns, in any order; empty lines are skipped. Cells are values of ours,
 * none of which has a comma or a quote: whatever has is no such value, so nothing is unquoted or guessed. Throws a UsageError.
 */
export function readTable(path: string, columns: readonly string[]): readonly Line[] {
  const bytes = readAtMost(path, MAX_TABLE_BYTES)
  if (bytes.length > MAX_TABLE_BYTES)
    throw new UsageError(`${path} is too long`, `at most ${MAX_TABLE_BYTES} bytes are read: split it`)
  const body = MARK.equals(bytes.subarray(0, MARK.length)) ? bytes.subarray(MARK.length) : bytes
  const foreign = foreignKind(body)
  if (foreign !== null) throw new UsageError(`${path} is ${foreign}, not a table`, HINT)
  const [head = "", ...rest] = new TextDecoder().decode(body).split(/\r?\n/)
  const names = head.split(",").map((name) => name.trim())
  if (names.length !== columns.length || !columns.every((column) => names.includes(column)))
    throw new UsageError(
      `${path}: the columns are ${printable(names.join(",").slice(0, 200))}, not ${columns.join(",")}`,
      HINT,
    )
  const lines: Line[] = []
  for (const [i, line] of rest.entries()) {
    if (line.trim() === "") continue
    const cells = line.split(",").map((cell) => cell.trim())
    if (cells.length !== names.length)
      throw new UsageError(`${path}, line ${i + 2}: ${cells.length} values in place of ${names.length}`, HINT)
    lines.push({ number: i + 2, cells: Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ""])) })
  }
  if (lines.length === 0) throw new UsageError(`${path} has no line but the first`, HINT)
  return lines
}
