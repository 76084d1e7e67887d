import type { Hex } from "@wattest/protocol"
import { type SelectQueryBuilder, sql } from "kysely"
import { type CoveredDay, coverageOf, DAY_SECONDS, dayOf } from "../books/coverage.ts"
import type { Db } from "../store/open.ts"
import type { Database } from "../store/schema.ts"
import type { StandingBlock } from "../store/standing.ts"
import { QueryRefused } from "./asked.ts"

/** Longest series, in days, and the one that is given where none is asked for. */
export const MAX_DAYS = 400
export const DAYS = 90

/** Whose days are asked for, and which: Unix seconds of any time in the first and the last. */
export type SeriesAsked = {
  readonly operator?: Hex
  readonly voucher?: Hex
  readonly ledger?: Hex
  readonly device?: Hex
  readonly from?: number
  readonly to?: number
}

type Range = { readonly from: number; readonly to: number }

/** Throws QueryRefused for a range that is turned round or too long. */
function rangeOf({ from, to }: SeriesAsked, { time }: StandingBlock): Range {
  const last = dayOf(to ?? time)
  const first = from === undefined ? Math.max(0, last - (DAYS - 1) * DAY_SECONDS) : dayOf(from)
  if (first > last) throw new QueryRefused("from: it is after to")
  if (last - first >= MAX_DAYS * DAY_SECONDS)
    throw new QueryRefused(`from, to: ask for ${MAX_DAYS} days at most, and for more in parts`)
  return { from: first, to: last }
}

type Days = SelectQueryBuilder<Database, "days", object>

/** The days of those that are asked for. */
function daysOf({ kysely }: Db, { device, ledger, operator, voucher }: SeriesAsked, { from, to }: Range): Days {
  let found: Days = kysely.selectFrom("days").where("day", ">=", from).where("day", "<=", to)
  if (device !== undefined) found = found.where("days.device", "=", device)
  if (ledger !== undefined) found = found.where("days.ledger", "=", ledger)
  if (operator === undefined && voucher === undefined) return found
  let ledgers = kysely.selectFrom("ledgers").select("id")
  if (operator !== undefined) ledgers = ledgers.where("operator", "=", operator)
  if (voucher !== undefined) ledgers = ledgers.where("voucher", "=", voucher)
  return found.where("days.ledger", "in", ledgers)
}

/** Sums of what was told of a device's service: what it told beyond makes up for no other device's silence. */
function toldIn({ engine }: Db) {
  const [least, most] =
    engine === "postgres" ? [sql.raw("least"), sql.raw("greatest")] : [sql.raw("min"), sql.raw("max")]
  const end = sql`day + ${sql.lit(DAY_SECONDS)}`
  const until = sql`${least}(${end}, coalesce(ended, ${end}), coalesce(withdrawn_since, ${end}))`
  const span = sql`${most}(0, ${until} - ${most}(day, enrolled))`
  return {
    told: sql<number>`sum(${least}(told, ${span}))`,
    voided: sql<number>`sum(${least}(void_told, ${most}(0, ${span} - told)))`,
  }
}

/** How much of each day's device time of a ledger or device is in the books. Throws QueryRefused where neither is named. */
export async function coverage(db: Db, asked: SeriesAsked, block: StandingBlock): Promise<readonly CoveredDay[]> {
  const { device, ledger } = asked
  if (device === undefined && ledger === undefined) throw new QueryRefused("ledger, device: name one of them")
  const range = rangeOf(asked, block)
  let found = db.kysely.selectFrom("devices").select(["enrolled", "ended", "withdrawn_since as withdrawn"])
  if (device !== undefined) found = found.where("id", "=", device)
  if (ledger !== undefined) found = found.where("ledger", "=", ledger)
  const { told: metered, voided } = toldIn(db)
  const told = daysOf(db, asked, range)
    .innerJoin("devices", "devices.id", "days.device")
    .select(["day", metered.as("told"), voided.as("voided")])
    .groupBy("day")
  const rows = (await told.execute()).map((row) => ({
    day: row.day,
    told: Number(row.told),
    voided: Number(row.voided),
  }))
  return coverageOf(await found.execute(), rows, { ...range, now: block.time })
}

export const PERIODS = ["day", "month", "year"] as const
export type Period = (typeof PERIODS)[number]

/** What was anchored of a period, by the time that it tells of. */
export type PeriodTotal = {
  /** Its first second, UTC. */
  readonly period: number
  readonly runs: number
  readonly voids: number
  readonly meteredSeconds: number
  readonly voidSeconds: number
}

/** The first second of the period that holds a day. */
function periodOf(day: number, by: Period): number {
  const date = new Date(day * 1000)
  if (by === "day") return day
  return Date.UTC(date.getUTCFullYear(), by === "month" ? date.getUTCMonth() : 0) / 1000
}

/** Runs and told time by period, of all or of those that are asked for. */
export async function totals(
  db: Db,
  { by, ...asked }: SeriesAsked & { readonly by: Period },
  block: StandingBlock,
): Promise<readonly PeriodTotal[]> {
  const rows = await daysOf(db, asked, rangeOf(asked, block))
    .select(["day", sql<number>`sum(runs)`.as("runs"), sql<number>`sum(voids)`.as("voids")])
    .select([sql<number>`sum(told)`.as("told"), sql<number>`sum(void_told)`.as("voided")])
    .groupBy("day")
    .orderBy("day")
    .execute()
  return [...Map.groupBy(rows, ({ day }) => periodOf(day, by))].map(([period, days]) => {
    const sum = (name: "runs" | "voids" | "told" | "voided") =>
      days.reduce((total, row) => total + Number(row[name]), 0)
    return { period, runs: sum("runs"), voids: sum("voids"), meteredSeconds: sum("told"), voidSeconds: sum("voided") }
  })
}
