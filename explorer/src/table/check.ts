import { type Json, Rejection } from "@wattest/protocol"
import { type Assumption, EntryFault, type TableEntry, tableEntry } from "./entry.ts"

type Rule = readonly [holds: (entry: TableEntry) => boolean, fault: string]

const isPositive = (text: string | undefined) => text === undefined || Number(text) > 0
const isShare = (text: string | undefined) => text === undefined || (Number(text) >= 0 && Number(text) <= 1)

/** What must hold between the fields of a row. */
const RULES: readonly Rule[] = [
  [
    ({ units, joulesPerUnit }) => (units === undefined) !== (joulesPerUnit === undefined),
    "give either units or joulesPerUnit",
  ],
  [({ units, energyJoules }) => units === undefined || energyJoules !== undefined, "units need energyJoules beside"],
  [({ accepted, energyJoules }) => accepted === undefined || energyJoules !== undefined, "accepted needs energyJoules"],
  [
    ({ energyJoules, units, joulesPerUnit, accepted }) =>
      [energyJoules, units, joulesPerUnit, accepted?.units].every(isPositive),
    "energyJoules, units and joulesPerUnit are above 0",
  ],
  [
    ({ uncertaintyShare, accepted }) => isShare(uncertaintyShare) && isShare(accepted?.share),
    "a share lies between 0 and 1",
  ],
  [({ accepted }) => accepted === undefined || Number(accepted.share) > 0, "who accepted nothing has no such row"],
  [
    ({ confidence, certificate }) => (confidence === "proved") === (certificate !== undefined),
    "a row is proved by a certificate, and no other row has one",
  ],
  [
    ({ confidence, logs }) => logs === undefined || confidence === "measured elsewhere",
    "logs belong to what is measured elsewhere",
  ],
]

/** A row from untrusted JSON. Throws an {@link EntryFault} that names the field. */
export function parseEntry(value: Json, known: readonly Assumption[]): TableEntry {
  const entry = shaped(value)
  const fault = RULES.find(([holds]) => !holds(entry))
  if (fault !== undefined) throw new EntryFault(fault[1])
  const unknown = entry.assumptions.find((name) => !known.some(({ id }) => id === name))
  if (unknown !== undefined) throw new EntryFault(`$.assumptions: table/assumptions.json has no ${unknown}`)
  return entry
}

function shaped(value: Json): TableEntry {
  try {
    return tableEntry(value, "$")
  } catch (error) {
    throw error instanceof Rejection ? new EntryFault(error.detail) : error
  }
}
