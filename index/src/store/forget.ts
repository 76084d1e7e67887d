import { sql } from "kysely"
import type { Db } from "./open.ts"

/** What the chain tells: of all else, which are documents, events and how far hooks were told, nothing is in it. */
const TOLD = [
  ...["blocks", "batches", "vouches", "enrolments", "anchors", "withdrawals", "retirements", "tallies", "bounds"],
  ...["ledgers", "devices", "tally_ledgers", "days", "claim_overlaps"],
] as const

/**
 * Empties the books, so that they are taken again from the first block: what a node hid long ago is then met. Documents
 * stay and are to be judged again; events stay, and as the same happening has the same id, none is told twice.
 */
export async function forget({ kysely, engine }: Db): Promise<void> {
  await kysely.transaction().execute(async (trx) => {
    // A writer that takes a batch ends before, or finds the cursor gone.
    if (engine === "postgres") await sql`lock table batches in exclusive mode`.execute(trx)
    for (const table of TOLD) await sql`delete from ${sql.table(table)}`.execute(trx)
    await trx.deleteFrom("words").where("kind", "=", "claim").execute()
    await trx.updateTable("documents").set({ due: 1 }).where("bytes", "is not", null).execute()
  })
}
