/** How nvidia-smi says that a board does not have a value; anything else in brackets is a failure. */
const ABSENT: ReadonlySet<string> = new Set([
  "N/A",
  "[N/A]",
  "[Not Supported]",
  "[Requested functionality has been deprecated]",
])

/** A cell of nvidia-smi's table as it stands there; null where the table or the board does not have the value. */
export function readCell(cell: string | undefined): string | null {
  return cell === undefined || ABSENT.has(cell) ? null : cell
}
