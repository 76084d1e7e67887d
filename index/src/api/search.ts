import { partsOf } from "@wattest/store"
import { sql } from "kysely"
import { DAY_SECONDS } from "../books/coverage.ts"
import type { Db } from "../store/open.ts"
import type { WordKind } from "../store/schema.ts"
import { wordsOf } from "../store/words.ts"

/** What is found: a resource's row by its place, and the words by which it was found. */
export type Found = {
  readonly kind: "operator" | "voucher" | "ledger" | "device" | "claim" | "document"
  /** The address in this API. */
  readonly at: string
  readonly text: string
}

/** Most rows of a kind. */
const MOST = 20
/** Fewest digits of an id's beginning. */
const FEWEST_DIGITS = 4

/** Beginnings of ids are looked up in the order of the ids: from the digits asked for up to the next. */
const IDS = [
  ["operator", "select distinct operator as id from ledgers", "/v1/operators/"],
  ["voucher", "select distinct voucher as id from ledgers", "/v1/vouchers/"],
  ["ledger", "select id from ledgers", "/v1/ledgers/"],
  ["device", "select id from devices", "/v1/devices/"],
  ["document", "select id from documents", "/v1/documents/"],
] as const

async function byId({ kysely }: Db, digits: string): Promise<readonly Found[]> {
  const [from, to] = [`0x${digits}`, `0x${digits}g`]
  const found: Found[] = []
  for (const [kind, ids, at] of IDS) {
    const rows = await sql<{ id: string }>`select id from (${sql.raw(ids)}) as named where id >= ${from} and id < ${to}
      order by id limit ${MOST}`.execute(kysely)
    found.push(...rows.rows.map(({ id }) => ({ kind, at: `${at}${id}`, text: id })))
  }
  return found
}

/** Words of a question that are looked for; whoever asks for more is answered by these. */
const MOST_WORDS = 6
/** Things with the longest of the words that are looked at for the others: whatever is asked, it ends soon. */
const CANDIDATES = 1000

type Wanted = {
  /** The longest first. */
  readonly words: readonly string[]
  /** The first second of a day that the period meets. */
  readonly day: number | null
}

const DATE = /(?<![\p{L}\p{N}])(\d{4}-\d{2})(-\d{2})?(?![\p{L}\p{N}])/u

/** Words, and of a date its month; a day is held against the period itself. */
function wantedOf(text: string): Wanted {
  const [date = "", month, dayOfMonth] = DATE.exec(text) ?? []
  const words = [...(month === undefined ? [] : [month]), ...wordsOf(text.replace(date, " "))]
  const day = dayOfMonth === undefined ? Number.NaN : Date.parse(`${date}T00:00:00Z`) / 1000
  return {
    words: words.sort((a, b) => b.length - a.length).slice(0, MOST_WORDS),
    day: Number.isNaN(day) ? null : day,
  }
}

const LAST_SIGN = "\u{10ffff}"

/** A word that begins so, in the order of the bytes. */
const begins = (column: string, word: string) =>
  sql`${sql.ref(column)} >= ${word} and ${sql.ref(column)} < ${word + LAST_SIGN}`

/** Things of a kind that have a word for each that is wanted, by how they are referred to. */
async function refsOf({ kysely }: Db, kind: WordKind, { words: [first, ...others] }: Wanted) {
  if (first === undefined) return []
  const also = others.map(
    (word) =>
      sql`and exists (select 1 from words o where o.kind = ${kind} and o.ref = met.ref and ${begins("o.word", word)})`,
  )
  const { rows } = await sql<{ ref: string }>`select distinct ref from (select ref from words where kind = ${kind}
    and ${begins("word", first)} order by word, ref limit ${CANDIDATES}) as met where 1 = 1 ${sql.join(also, sql` `)}
    order by ref`.execute(kysely)
  return rows.map(({ ref }) => ref)
}

const met = (day: number | null) =>
  day === null ? sql`` : sql`and opens < ${day + DAY_SECONDS} and coalesce(ends, opens) >= ${day}`

async function documentsBy(db: Db, wanted: Wanted): Promise<readonly Found[]> {
  const ids = await refsOf(db, "document", wanted)
  if (ids.length === 0) return []
  const { rows } = await sql<{ id: string; title: string }>`select id, title from documents
    where id in (${sql.join(ids)}) and title is not null ${met(wanted.day)} order by id limit ${MOST}`.execute(
    db.kysely,
  )
  return rows.map(({ id, title }) => ({ kind: "document", at: `/v1/documents/${id}`, text: title }))
}

/** Tallies of one statement: SQLite nests so many conditions and not many more. */
const TALLIES = 200

async function claimsBy(db: Db, wanted: Wanted): Promise<readonly Found[]> {
  const found: Found[] = []
  for (const part of partsOf(await refsOf(db, "claim", wanted), TALLIES)) {
    const named = part
      .map((ref) => ref.split(" "))
      .map(([operator, number]) => {
        return sql`(operator = ${operator} and number = ${Number(number)})`
      })
    const { rows } = await sql<{ operator: string; number: number; sentence: string }>`
      select distinct operator, number, sentence from claims where (${sql.join(named, sql` or `)}) ${met(wanted.day)}
      order by operator, number, sentence limit ${MOST - found.length}`.execute(db.kysely)
    found.push(
      ...rows.map(({ operator, number, sentence }): Found => {
        return { kind: "claim", at: `/v1/claims?operator=${operator}&number=${number}`, text: sentence }
      }),
    )
    if (found.length >= MOST) break
  }
  return found
}

/** Operators, vouchers, ledgers, devices and documents by the beginning of their id, claims and documents by words. */
export async function search(db: Db, text: string): Promise<readonly Found[]> {
  const wanted = wantedOf(text)
  const digits = /^(?:0x)?([0-9a-f]+)$/.exec(text.trim().toLowerCase())?.[1]
  const named = digits !== undefined && digits.length >= FEWEST_DIGITS ? await byId(db, digits) : []
  return [...named, ...(await claimsBy(db, wanted)), ...(await documentsBy(db, wanted))]
}
