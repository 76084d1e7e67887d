import { csvCell, csvLine } from "@wattest/protocol"
import type { Item } from "./list.ts"
import type { Resource } from "./resources.ts"

/** Rows as text, page by page, so that a long list is never held whole. */
export async function* csv(
  { columns }: Pick<Resource, "columns">,
  pages: AsyncIterable<readonly Item[]>,
): AsyncGenerator<string> {
  const names = Object.keys(columns)
  yield csvLine(names)
  for await (const items of pages) yield items.map((item) => csvLine(names.map((name) => csvCell(item[name])))).join("")
}

export async function* ndjson(pages: AsyncIterable<readonly Item[]>): AsyncGenerator<string> {
  for await (const items of pages) yield items.map((item) => `${JSON.stringify(item)}\n`).join("")
}
