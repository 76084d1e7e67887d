import type { Hex } from "@wattest/protocol"
import { partsOf } from "@wattest/store"
import type { Insertable, InsertQueryBuilder, InsertResult, Transaction } from "kysely"
import type { BatchRows } from "./batch.ts"
import type { Db } from "./open.ts"
import { type Pair, refreshDevices, refreshLedgers } from "./refresh.ts"
import type { BatchRow, Database } from "./schema.ts"

type Trx = Transaction<Database>

/** Rows of one statement: SQLite takes 32,766 parameters, PostgreSQL 65,535. */
const ROWS = 1000

/**
 * Takes a batch in one transaction: its rows, what they change of ledgers and devices, and the cursor `end`. `held` looks
 * at the outcome before it is durable; what it throws leaves the store as it was.
 */
export async function take(
  { kysely }: Db,
  rows: BatchRows,
  end: BatchRow,
  held: (trx: Trx) => Promise<void>,
): Promise<void> {
  await kysely.transaction().execute(async (trx) => {
    await insert(trx.insertInto("blocks"), rows.blocks)
    await insert(trx.insertInto("vouches"), rows.vouches)
    await insert(trx.insertInto("enrolments"), rows.enrolments)
    await insert(trx.insertInto("anchors"), rows.anchors)
    await insert(trx.insertInto("withdrawals"), rows.withdrawals)
    await insert(trx.insertInto("retirements"), rows.retirements)
    await takeTallies(trx, rows)
    await refreshLedgers(trx, ledgersOf(rows))
    await refreshDevices(trx, devicesOf(rows))
    await trx
      .insertInto("batches")
      .values(end)
      .onConflict((clash) => clash.column("number").doNothing())
      .execute()
    await held(trx)
  })
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

/** What a contract says of a tally now takes the place of what it said before; where it was opened stays. */
async function takeTallies(trx: Trx, { tallies, bounds }: Pick<BatchRows, "tallies" | "bounds">): Promise<void> {
  for (const tally of tallies) {
    const { block, log, time, ...now } = tally
    await trx
      .insertInto("tallies")
      .values(tally)
      .onConflict((clash) => clash.columns(["operator", "number"]).doUpdateSet(now))
      .execute()
  }
  await insert(trx.insertInto("bounds"), bounds)
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
export async function cursorOf({ kysely }: Db): Promise<BatchRow | null> {
  return (await kysely.selectFrom("batches").selectAll().orderBy("number", "desc").limit(1).executeTakeFirst()) ?? null
}

/** The ends of the batches before a block, newest first. */
export const batchesBefore = ({ kysely }: Db, before: number, limit: number): Promise<BatchRow[]> =>
  kysely.selectFrom("batches").selectAll().where("number", "<", before).orderBy("number", "desc").limit(limit).execute()

const PLACED = ["vouches", "enrolments", "anchors", "withdrawals", "retirements", "tallies"] as const

/**
 * Undoes every block above `number`: the chain took back what it had called final. `tallies` are those that were opened
 * before, as they were at that block.
 */
export async function rewind(
  { kysely }: Db,
  number: number,
  tallies: Pick<BatchRows, "tallies" | "bounds">,
): Promise<void> {
  await kysely.transaction().execute(async (trx) => {
    for (const table of PLACED) await trx.deleteFrom(table).where("block", ">", number).execute()
    for (const table of ["blocks", "batches"] as const)
      await trx.deleteFrom(table).where("number", ">", number).execute()
    for (const table of ["ledgers", "devices", "bounds"] as const) await trx.deleteFrom(table).execute()
    await takeTallies(trx, tallies)
    const pairs = await trx.selectFrom("vouches").select(["operator", "voucher"]).distinct().execute()
    const devices = await trx.selectFrom("enrolments").select("device").execute()
    await refreshLedgers(trx, { pairs, ids: [] })
    await refreshDevices(
      trx,
      devices.map(({ device }) => device),
    )
  })
}
