/// <reference types="vite/client" />
import type { Json } from "@wattest/protocol"
import { parseEntry } from "./check.ts"
import { assumptions } from "./entry.ts"
import { rowOf, type TableRow } from "./figures.ts"

const FILES = import.meta.glob<Json>("../../../table/entries/*.json", { eager: true, import: "default" })

const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1, -".json".length)

const KNOWN = import.meta.glob<Json>("../../../table/assumptions.json", { eager: true, import: "default" })

/** The assumptions that rows rest on. */
export const ASSUMPTIONS = assumptions(Object.values(KNOWN)[0] ?? [], "table/assumptions.json: $")

/** Every row of the table, as it was when the page was built. */
export const ROWS: readonly TableRow[] = Object.entries(FILES).map(([path, json]) =>
  rowOf(nameOf(path), parseEntry(json, ASSUMPTIONS)),
)
