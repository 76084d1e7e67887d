import type { TableEntry } from "../../explorer/src/table/entry.ts"
import { rowOf, type TableRow } from "../../explorer/src/table/figures.ts"

/** A row that is well formed, to be changed where a test looks. */
export const entryOf = (change: Partial<TableEntry> = {}): TableEntry => ({
  ...{ version: 1, model: "A model", system: "A node", accelerator: "A board", task: "text generation" },
  ...{
    workload: "A benchmark",
    date: "2026-01-02",
    boundary: "node",
    boundaryNote: "the plug of a node",
    unit: "token",
  },
  ...{ energyJoules: "1000", units: "100", confidence: "measured elsewhere", contributor: "Somebody" },
  source: { title: "A paper", link: "https://example.org/paper" },
  assumptions: ["submitters-log"],
  ...change,
})

/** Rows of one group, each with its joules per token, its uncertainty and its quality. */
export const rowsOf = (
  facts: readonly (readonly [joules: number, uncertainty?: number, quality?: number])[],
): TableRow[] =>
  facts.map(([joules, uncertainty, quality], i) =>
    rowOf(
      `row-${i}`,
      entryOf({
        ...{ energyJoules: `${joules}`, units: "1" },
        ...(uncertainty !== undefined && { uncertaintyShare: `${uncertainty}` }),
        ...(quality !== undefined && { quality: { name: "score", value: `${quality}`, better: "higher" } }),
      }),
    ),
  )
