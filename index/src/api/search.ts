import { sql } from "kysely"
import type { Db } from "../store/open.ts"

/** What is found: a resource's row by its place, and the words by which it was found. */
export type Found = {
  readonly kind: "operator" | "voucher" | "ledger" | "device" | "claim"
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

const LABELS = ["model", "work", "zone", "site", "party", "metric"] as const

/** A text within another, whatever signs it holds. */
const pattern = (text: string) => `%${text.toLowerCase().replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`

async function byLabel({ kysely }: Db, text: string): Promise<readonly Found[]> {
  const like = pattern(text)
  const matches = LABELS.map((label) => sql`lower(${sql.ref(label)}) like ${like} escape '\\'`)
  const { rows } = await sql<{ operator: string; number: number; sentence: string }>`
    select distinct operator, number, sentence from claims where ${sql.join(matches, sql` or `)}
    order by operator, number limit ${MOST}`.execute(kysely)
  return rows.map(({ operator, number, sentence }) => ({
    ...{ kind: "claim", at: `/v1/claims?operator=${operator}&number=${number}`, text: sentence },
  }))
}

/** Operators, vouchers, ledgers and devices by the beginning of their id, claims by words of their labels. */
export async function search(db: Db, text: string): Promise<readonly Found[]> {
  const wanted = text.trim()
  const digits = /^(?:0x)?([0-9a-f]+)$/.exec(wanted.toLowerCase())?.[1]
  const named = digits !== undefined && digits.length >= FEWEST_DIGITS ? await byId(db, digits) : []
  return [...named, ...(await byLabel(db, wanted))]
}
