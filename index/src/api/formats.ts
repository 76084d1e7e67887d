import type { Item } from "./list.ts"
import type { Resource } from "./resources.ts"

/** A cell of RFC 4180; one that a spreadsheet would compute is told to be text. */
function cell(value: Item[string] | undefined): string {
  const text = value === null || value === undefined ? "" : Array.isArray(value) ? value.join(" ") : String(value)
  const safe = /^[=+\-@\t\r]/.test(text) && typeof value === "string" ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const line = (cells: readonly string[]) => `${cells.join(",")}\r\n`

/** Rows as text, page by page, so that a long list is never held whole. */
export async function* csv(
  { columns }: Pick<Resource, "columns">,
  pages: AsyncIterable<readonly Item[]>,
): AsyncGenerator<string> {
  const names = Object.keys(columns)
  yield line(names)
  for await (const items of pages) yield items.map((item) => line(names.map((name) => cell(item[name])))).join("")
}

export async function* ndjson(pages: AsyncIterable<readonly Item[]>): AsyncGenerator<string> {
  for await (const items of pages) yield items.map((item) => `${JSON.stringify(item)}\n`).join("")
}
