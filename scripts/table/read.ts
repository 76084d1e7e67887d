import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { parsePlainText, Rejection } from "@wattest/protocol"
import { parseEntry } from "../../explorer/src/table/check.ts"
import { type Assumption, assumptions, EntryFault, type TableEntry } from "../../explorer/src/table/entry.ts"

export const TABLE = "table"

/** A file of the table that is none: which, and why. */
export type TableFault = { readonly file: string; readonly reason: string }

export type ReadTable = {
  readonly entries: ReadonlyMap<string, TableEntry>
  readonly assumptions: readonly Assumption[]
  readonly faults: readonly TableFault[]
}

const NAME = /^[a-z0-9][a-z0-9.-]{2,80}\.json$/

/** Reads every file of a table's folder; what is no row is named, and the others are read none the less. */
export function readTable(folder = TABLE): ReadTable {
  const known = assumptions(
    parsePlainText(readFileSync(join(folder, "assumptions.json"), "utf8")),
    "assumptions.json: $",
  )
  const [entries, faults] = [new Map<string, TableEntry>(), [] as TableFault[]]
  for (const name of readdirSync(join(folder, "entries")).sort()) {
    const file = join(folder, "entries", name)
    try {
      if (!NAME.test(name)) throw new EntryFault("name the file in small letters, digits, points and hyphens, .json")
      entries.set(name.slice(0, -".json".length), parseEntry(parsePlainText(readFileSync(file, "utf8")), known))
    } catch (error) {
      if (!(error instanceof EntryFault) && !(error instanceof Rejection)) throw error
      faults.push({ file, reason: error.message })
    }
  }
  return { entries, assumptions: known, faults: [...faults, ...unused(known, entries, folder)] }
}

/** An assumption that no row makes is a leftover, or a row has lost it. */
function unused(known: readonly Assumption[], entries: ReadonlyMap<string, TableEntry>, folder: string): TableFault[] {
  const made = new Set([...entries.values()].flatMap((entry) => entry.assumptions))
  return known
    .filter(({ id }) => !made.has(id))
    .map(({ id }) => ({ file: join(folder, "assumptions.json"), reason: `no row makes the assumption ${id}` }))
}
