/** What a spreadsheet would compute instead of showing it, also behind blanks and in full width. */
const COMPUTED = /^\s*[=+\-@\t\r＝＋－＠]/u

/** A decimal number, which a spreadsheet reads as itself. */
const NUMBER = /^-?\d+(?:\.\d+)?$/

/** A cell of RFC 4180. A text that a spreadsheet would compute is told to be text; a number is left as it is; a list has spaces. */
export function csvCell(value: string | number | boolean | null | undefined | readonly string[]): string {
  const text = value === null || value === undefined ? "" : Array.isArray(value) ? value.join(" ") : String(value)
  const safe = typeof value !== "number" && COMPUTED.test(text) && !NUMBER.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export const csvLine = (cells: readonly string[]): string => `${cells.join(",")}\r\n`
