import type { Hex } from "@wattest/protocol"
import { partsOf } from "@wattest/store"
import { type Insertable, type InsertQueryBuilder, type InsertResult, sql, type Transaction } from "kysely"
import { type Taken, writeEvents } from "../watch/events.ts"
import type { BatchRows } from "./batch.ts"
import { addDays, retellDays, standingsBefore } from "./days.ts"
import type { Db } from "./open.ts"
import { type Pair, refreshDevices, refreshLedgers } from "./refresh.ts"
import { noteLedgers, refreshExpected, refreshOverlaps, type TallyName, talliesOver } from "./refresh-tallies.ts"
import type { BatchRow, Database, OverlapRow } from "./schema.ts"

import { noteTallyWords } from "./words.ts"

type Trx = Transaction<Database>

/** Rows of one statement: SQLite takes 32,766 parameters, PostgreSQL 65,535. */
const ROWS = 1000

/** Where a batch lies: it goes on from the block `after` and ends with `end`. */
export type Place = { readonly after: number | null; readonly end: BatchRow }

/**
 * Takes a batch in one transaction: its rows, what they change of ledgers, devices, days and tallies, and the cursor. `held`
 * looks at the outcome before it is durable; what it throws leaves the store as it was. False: another writer has moved
 * the cursor since, and nothing is taken.
 */
export async function take(
  { kysely, engine }: Db,
  rows: BatchRows,
  { after, end }: Place,
  held: (trx: Trx, taken: Taken) => Promise<void>,
): Promise<boolean> {
  return kysely.transaction().execute(async (trx) => {
    // One writer at a time, while readers go on: what is counted up is counted once.
    if (engine === "postgres") await sql`lock table batches in exclusive mode`.execute(trx)
    if (((await cursorOf({ kysely: trx }))?.number ?? null) !== after) return false
    const before = await standingsBefore(trx, rows.anchors, rows.enrolments)
    await insert(trx.insertInto("blocks"), rows.blocks)
    await insert(trx.insertInto("vouches"), rows.vouches)
    await insert(trx.insertInto("enrolments"), rows.enrolments)
    await insert(trx.insertInto("anchors"), rows.anchors)
    await insert(trx.insertInto("withdrawals"), rows.withdrawals)
    await insert(trx.insertInto("retirements"), rows.retirements)
    await addDays(trx, rows.anchors, before)
    const suspects = await takeTallies(trx, rows)
    await refreshLedgers(trx, ledgersOf(rows))
    await refreshDevices(trx, devicesOf(rows))
    const contradictions = await refreshTallies(trx, rows)
    await doubtDocuments(trx, rows)
    await trx.insertInto("batches").values(end).execute()
    await held(trx, { contradictions, suspects })
    return true
  })
}

/** What rests on the word of who took it back, or was not in the books before, is to be judged again. */
async function doubtDocuments(trx: Trx, { withdrawals, vouches }: BatchRows): Promise<void> {
  if (withdrawals.length > 0)
    await trx.updateTable("documents").set({ due: 1 }).where("status", "in", ["valid", "undetermined"]).execute()
  for (const part of partsOf([...new Set(vouches.map(({ device }) => device))], ROWS))
    await trx.updateTable("documents").set({ due: 1 }).where("kind", "=", "vouch").where("device", "in", part).execute()
}

/**
 * What a tally's period expects follows from its own terms and from when its ledgers' devices joined and ended. A tally
 * is taken after its period is over: of what comes later a withdrawal alone says something of the time before.
 */
async function refreshTallies(trx: Trx, { tallies, withdrawals }: BatchRows): Promise<readonly OverlapRow[]> {
  await noteLedgers(trx, tallies)
  const withdrawn = withdrawals.map(({ device }) => device)
  const over = await talliesOver(trx, await ledgersHolding(trx, withdrawn))
  await refreshExpected(trx, [...tallies, ...over])
  return refreshOverlaps(trx, tallies)
}

async function ledgersHolding(trx: Trx, devices: readonly Hex[]): Promise<readonly Hex[]> {
  const ledgers = new Set<Hex>()
  for (const part of partsOf([...new Set(devices)], ROWS)) {
    const rows = await trx.selectFrom("devices").select("ledger").distinct().where("id", "in", part).execute()
    for (const { ledger } of rows) ledgers.add(ledger)
  }
  return [...ledgers]
}

/** Inserts rows, some at a time; what is there already stays as it is. */
async function insert<Table extends keyof Database>(
  into: InsertQueryBuilder<Database, Table, InsertResult>,
  rows: readonly Insertable<Database[Table]>[],
): Promise<void> {
  for (const part of partsOf(rows, ROWS))
    await into
      .values(part)
      .onConflict((clash) => clash.doNothing())
      .execute()
}

/** What a contract says of a tally now takes the place of what it said before; where it was opened stays. Gives those that became suspect. */
async function takeTallies(
  trx: Trx,
  { tallies, bounds }: Pick<BatchRows, "tallies" | "bounds">,
): Promise<readonly TallyName[]> {
  const suspects: TallyName[] = []
  for (const tally of tallies) {
    const { block, log, time, ...now } = tally
    const { operator, number } = now
    const known = trx.selectFrom("tallies").select("suspect").where("operator", "=", operator)
    const before = await known.where("number", "=", number).executeTakeFirst()
    if (tally.suspect === 1 && before?.suspect !== 1) suspects.push({ operator, number })
    await trx
      .insertInto("tallies")
      .values(tally)
      .onConflict((clash) => clash.columns(["operator", "number"]).doUpdateSet(now))
      .execute()
  }
  await insert(trx.insertInto("bounds"), bounds)
  await noteTallyWords(trx, tallies, bounds)
  return suspects
}

function ledgersOf({ vouches, enrolments, anchors, withdrawals }: BatchRows) {
  return {
    pairs: [...vouches, ...enrolments, ...withdrawals] as readonly Pair[],
    ids: anchors.map(({ ledger }) => ledger),
  }
}

function devicesOf({ enrolments, anchors, withdrawals, retirements }: BatchRows): readonly Hex[] {
  return [...new Set([enrolments, anchors, withdrawals, retirements].flat().map(({ device }) => device))]
}

/** The last block whose events are in the store; null in a new one. */
export async function cursorOf({ kysely }: Pick<Db, "kysely">): Promise<BatchRow | null> {
  return (await kysely.selectFrom("batches").selectAll().orderBy("number", "desc").limit(1).executeTakeFirst()) ?? null
}

/** The ends of the batches before a block, newest first. */
export const batchesBefore = ({ kysely }: Db, before: number, limit: number): Promise<BatchRow[]> =>
  kysely.selectFrom("batches").selectAll().where("number", "<", before).orderBy("number", "desc").limit(limit).execute()

const PLACED = ["vouches", "enrolments", "anchors", "withdrawals", "retirements", "tallies"] as const

/**
 * Undoes every block above `number`: the chain took back what it had called final. `tallies` are those that were opened
 * before, as they were at that block; `lost` is where the books stood.
 */
export async function rewind(
  { kysely }: Db,
  number: number,
  { tallies, lost }: { readonly tallies: Pick<BatchRows, "tallies" | "bounds">; readonly lost: BatchRow },
): Promise<void> {
  await kysely.transaction().execute(async (trx) => {
    for (const table of PLACED) await trx.deleteFrom(table).where("block", ">", number).execute()
    for (const table of ["blocks", "batches"] as const)
      await trx.deleteFrom(table).where("number", ">", number).execute()
    for (const table of ["ledgers", "devices", "bounds", "tally_ledgers", "claim_overlaps"] as const)
      await trx.deleteFrom(table).execute()
    await trx.deleteFrom("words").where("kind", "=", "claim").execute()
    const met = await trx.selectFrom("blocks").selectAll().where("number", "=", number).executeTakeFirstOrThrow()
    await takeTallies(trx, tallies)
    const pairs = await trx.selectFrom("vouches").select(["operator", "voucher"]).distinct().execute()
    const devices = await trx.selectFrom("enrolments").select("device").execute()
    await refreshLedgers(trx, { pairs, ids: [] })
    await refreshDevices(
      trx,
      devices.map(({ device }) => device),
    )
    await retellDays(trx)
    const all = await trx.selectFrom("tallies").select(["operator", "number", "vouchers"]).execute()
    await noteLedgers(trx, all)
    await refreshExpected(trx, all)
    await refreshOverlaps(trx, all)
    await writeEvents(trx, [{ kind: "rewound", detail: { to: number, from: lost.hash } }], met)
  })
}
