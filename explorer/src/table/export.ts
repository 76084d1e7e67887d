import { csvCell, csvLine } from "@wattest/protocol"
import type { TableRow } from "./figures.ts"

/** Columns of the table as a file; joules are numbers, intervals have two ends. */
const COLUMNS = {
  id: ({ id }) => id,
  model: ({ entry }) => entry.model,
  system: ({ entry }) => entry.system,
  accelerator: ({ entry }) => entry.accelerator,
  accelerators: ({ entry }) => entry.accelerators ?? null,
  task: ({ entry }) => entry.task,
  workload: ({ entry }) => entry.workload,
  date: ({ entry }) => entry.date,
  boundary: ({ entry }) => entry.boundary,
  unit: ({ entry }) => entry.unit,
  joulesPerUnit: ({ perUnit }) => perUnit.value,
  joulesPerUnitLo: ({ perUnit }) => (perUnit.isExact ? null : perUnit.lo),
  joulesPerUnitHi: ({ perUnit }) => (perUnit.isExact ? null : perUnit.hi),
  acceptedUnit: ({ entry }) => entry.accepted?.unit ?? null,
  joulesPerAccepted: ({ perAccepted }) => perAccepted?.value ?? null,
  quality: ({ entry }) => entry.quality?.name ?? null,
  qualityValue: ({ entry }) => (entry.quality === undefined ? null : Number(entry.quality.value)),
  confidence: ({ entry }) => entry.confidence,
  source: ({ entry }) => entry.source.title,
  link: ({ entry }) => entry.source.link,
  assumptions: ({ entry }) => entry.assumptions.join(" "),
} as const satisfies { readonly [name: string]: (row: TableRow) => string | number | null }

export const COLUMN_NAMES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]

type Exported = { readonly [name in keyof typeof COLUMNS]: string | number | null }

const exported = (row: TableRow) =>
  Object.fromEntries(COLUMN_NAMES.map((name) => [name, COLUMNS[name](row)])) as Exported

/** The rows as CSV (RFC 4180). */
export const csvOf = (rows: readonly TableRow[]): string =>
  [
    csvLine(COLUMN_NAMES),
    ...rows.map(exported).map((row) => csvLine(COLUMN_NAMES.map((name) => csvCell(row[name])))),
  ].join("")

/** The rows as JSON, an array. */
export const jsonOf = (rows: readonly TableRow[]): string => `${JSON.stringify(rows.map(exported), null, 2)}\n`
