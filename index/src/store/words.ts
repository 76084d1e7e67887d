import { partsOf } from "@wattest/store"
import type { Transaction } from "kysely"
import type { BoundRow, Database, DocumentRow, TallyRow, WordKind } from "./schema.ts"

type Trx = Transaction<Database>

/** Longest word that is kept, and most of one text: who writes more is found by these. */
const LONGEST = 66
const MOST = 128
/** Months of a period that are kept; a longer one is found by its first. */
const MOST_MONTHS = 120

/** The words of texts in one form: runs of letters and digits of any script, whatever their case. */
export function wordsOf(...texts: readonly (string | null)[]): readonly string[] {
  const all = texts.flatMap(
    (text) =>
      text
        ?.normalize("NFC")
        .toLowerCase()
        .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [],
  )
  return [...new Set(all.map((word) => Array.from(word).slice(0, LONGEST).join("")))]
}

const monthOf = (time: number) => {
  const date = new Date(time * 1000)
  return 12 * date.getUTCFullYear() + date.getUTCMonth()
}

/** The months (UTC) of a period as words, `2026-11`; a year is the beginning of each of its own. */
function monthsOf(opens: number | null, ends: number | null): readonly string[] {
  if (opens === null) return []
  const first = monthOf(opens)
  const count = Math.min(MOST_MONTHS, Math.max(1, monthOf(ends ?? opens) - first + 1))
  return Array.from({ length: count }, (_, i) => {
    const month = first + i
    return `${String(Math.floor(month / 12)).padStart(4, "0")}-${String((month % 12) + 1).padStart(2, "0")}`
  })
}

type Said = Omit<DocumentRow, "id" | "size" | "bytes" | "received">

/** What a document is found by: what it says, while it is valid. */
export const documentWords = ({ kind, title, operator, device, model, zone, site, party, opens, ends }: Said) =>
  title === null
    ? []
    : [...monthsOf(opens, ends), ...wordsOf(kind, operator, device, model, zone, site, party, title)].slice(0, MOST)

/** What claims of a tally are found by. */
const tallyWords = ({ operator, model, unit, zone, site, party, opens, ends }: TallyRow, bounds: readonly BoundRow[]) =>
  [
    ...monthsOf(opens, ends),
    ...wordsOf(operator, model, unit, zone, site, party, ...bounds.map(({ metric }) => metric)),
  ].slice(0, MOST)

/** Rows of one statement, of three parameters each. */
const ROWS = 1000

/** Puts words in the place of those by which these things were found. */
export async function noteWords(
  trx: Trx,
  kind: WordKind,
  words: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  for (const part of partsOf([...words.keys()], ROWS))
    await trx.deleteFrom("words").where("kind", "=", kind).where("ref", "in", part).execute()
  const rows = [...words].flatMap(([ref, of]) => of.map((word) => ({ kind, ref, word })))
  for (const part of partsOf(rows, ROWS))
    await trx
      .insertInto("words")
      .values(part)
      .onConflict((clash) => clash.doNothing())
      .execute()
}

/** Notes what tallies are found by, with all of their bounds. */
export async function noteTallyWords(trx: Trx, tallies: readonly TallyRow[], bounds: readonly BoundRow[]) {
  const named = ({ operator, number }: Pick<TallyRow, "operator" | "number">) => `${operator} ${number}`
  const byTally = Map.groupBy(bounds, named)
  await noteWords(
    trx,
    "claim",
    new Map(tallies.map((tally) => [named(tally), tallyWords(tally, byTally.get(named(tally)) ?? [])])),
  )
}
