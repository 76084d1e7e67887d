import { sql } from "kysely"
import type { Db } from "../store/open.ts"
import { checkAsked, fits, QueryRefused } from "./asked.ts"
import { type Column, type Resource, type ResourceName, resourceOf } from "./resources.ts"

/** A row as it is served. */
export type Item = { readonly [column: string]: string | number | boolean | null | readonly string[] }

/** What rows are asked for: values by column, or by column and `From` or `To`, both within. */
export type Asked = { readonly [name: string]: string | number | boolean | undefined }

export type Page = {
  readonly items: readonly Item[]
  /** What asks for the next page; null: this is the last. */
  readonly next: string | null
}

export const MAX_PAGE = 1000
export const PAGE = 100

const inStore = (name: string, { from }: Column) =>
  sql.raw(from === undefined ? `"${name}"` : isName(from) ? `"${from}"` : from)
const isName = (text: string) => /^[a-z_]+$/.test(text)

const storeValue = ({ kind }: Column, value: string | number | boolean) =>
  kind === "flag" ? Number(value === true) : value

/** Throws QueryRefused where rows of a long list are asked for by range alone. */
function checkRanges({ columns, within }: Resource, asked: Asked): void {
  if (within === undefined || within.some((name) => asked[name] !== undefined)) return
  const bounds = Object.keys(columns).flatMap((name) => [`${name}From`, `${name}To`])
  const given = bounds.find((bound) => asked[bound] !== undefined)
  if (given !== undefined) throw new QueryRefused(`${given}: name one of ${within.join(", ")} beside it`)
}

function conditionsFor({ columns }: Resource, asked: Asked) {
  return Object.entries(columns).flatMap(([name, column]) => {
    const [exact, from, to] = [asked[name], asked[`${name}From`], asked[`${name}To`]]
    const at = inStore(name, column)
    for (const [given, value] of [
      [name, exact],
      [`${name}From`, from],
      [`${name}To`, to],
    ] as const)
      if (value !== undefined) checkAsked(given, column, value)
    return [
      ...(exact === undefined ? [] : [sql`${at} = ${storeValue(column, exact)}`]),
      ...(from === undefined ? [] : [sql`${at} >= ${from}`]),
      ...(to === undefined ? [] : [sql`${at} <= ${to}`]),
    ]
  })
}

const encodeCursor = (values: readonly unknown[]) => Buffer.from(JSON.stringify(values)).toString("base64url")

function decodeCursor(text: string, { key, columns }: Resource): readonly (string | number)[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"))
    if (
      Array.isArray(values) &&
      values.length === key.length &&
      key.every((name, i) => fitsKey(columns[name], values[i]))
    )
      return values
  } catch {
    // what is no JSON is no cursor
  }
  throw new QueryRefused("after: this is no cursor of this list; take it from a page's next")
}

const fitsKey = (column: Column | undefined, value: unknown) => column !== undefined && fits(column, value)

/** What a cursor leaves of a question: where it lies beyond the first rows that are asked for, they are not looked for again. */
function leftOf({ key: [first = ""] }: Resource, asked: Asked, [at]: readonly (string | number)[]): Asked {
  const { [`${first}From`]: from, ...rest } = asked
  return typeof from === "number" && typeof at === "number" && at >= from ? rest : asked
}

/** A page of a list, in the order of its key. */
export async function list(
  { kysely }: Db,
  name: ResourceName,
  {
    asked = {},
    limit = PAGE,
    after,
  }: { readonly asked?: Asked; readonly limit?: number; readonly after?: string | undefined },
): Promise<Page> {
  const resource = resourceOf(name)
  const { columns, key, table } = resource
  const keys = sql.join(key.map((column) => inStore(column, columns[column] as Column)))
  const cursor = after === undefined ? null : decodeCursor(after, resource)
  const where = conditionsFor(resource, cursor === null ? asked : leftOf(resource, asked, cursor))
  checkRanges(resource, asked)
  if (cursor !== null) where.push(sql`(${keys}) > (${sql.join(cursor)})`)
  const selected = Object.entries(columns).map(([column, spec]) => sql`${inStore(column, spec)} as ${sql.ref(column)}`)
  const condition = where.length === 0 ? sql`` : sql`where ${sql.join(where, sql` and `)}`
  const { rows } = await sql<StoredItem>`select ${sql.join(selected)} from ${sql.table(table)} ${condition}
    order by ${keys} limit ${limit + 1}`.execute(kysely)
  const items = rows.slice(0, limit).map((row) => itemOf(resource, row))
  const last = rows.length > limit ? items.at(-1) : undefined
  return { items, next: last === undefined ? null : encodeCursor(key.map((column) => last[column])) }
}

type StoredItem = { readonly [column: string]: string | number | null }

function itemOf({ columns }: Resource, row: StoredItem): Item {
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, shown(column, row[name] ?? null)]))
}

function shown({ kind }: Column, value: string | number | null) {
  if (value === null) return null
  if (kind === "flag") return Number(value) === 1
  if (kind === "list") return value === "" ? [] : String(value).split(" ")
  return kind === "count" || kind === "time" ? Number(value) : value
}
