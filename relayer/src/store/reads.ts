import type { Hex } from "@wattest/protocol"
import type { Selectable } from "kysely"
import type { StoredSubmission } from "./intake-store.ts"
import type { Db } from "./open.ts"
import type { AnchorRow, ConflictRow, DeviceRow } from "./schema.ts"

export function submissionByDigest({ kysely }: Db, digest: Hex): Promise<StoredSubmission | undefined> {
  return kysely.selectFrom("submissions").selectAll().where("digest", "=", digest).executeTakeFirst()
}

/** A submission that holds the run, the widest first where several do. */
export function submissionOfRun({ kysely }: Db, device: Hex, run: number): Promise<StoredSubmission | undefined> {
  return kysely
    .selectFrom("submissions")
    .selectAll()
    .where("device", "=", device)
    .where("end_run", ">", run)
    .where("first_run", "<=", run)
    .where("state", "!=", "refused")
    .orderBy("end_run", "desc")
    .executeTakeFirst()
}

export function deviceById({ kysely }: Db, id: Hex): Promise<DeviceRow | undefined> {
  return kysely.selectFrom("devices").selectAll().where("id", "=", id).executeTakeFirst()
}

export function anchorOfRun({ kysely }: Db, device: Hex, run: number): Promise<Selectable<AnchorRow> | undefined> {
  return kysely.selectFrom("anchors").selectAll().where("device", "=", device).where("run", "=", run).executeTakeFirst()
}

export function conflictByDigest({ kysely }: Db, digest: Hex): Promise<ConflictRow | undefined> {
  return kysely.selectFrom("conflicts").selectAll().where("digest", "=", digest).executeTakeFirst()
}

/**
 * The transaction that anchors a final submission; for one on its way, the version last journaled, of which another
 * may be mined in its place. Null: none is known.
 */
export async function transactionOf(db: Db, row: StoredSubmission): Promise<Hex | null> {
  if (row.state === "final") return (await anchorOfRun(db, row.device, row.end_run - 1))?.transaction_hash ?? null
  if (row.sender === null || row.nonce === null) return null
  const journaled = await db.kysely
    .selectFrom("journal")
    .select("hash")
    .where("sender", "=", row.sender)
    .where("nonce", "=", row.nonce)
    .executeTakeFirst()
  return journaled?.hash ?? null
}

export type Backlog = {
  readonly queued: number
  readonly staged: number
  /** When the oldest open submission was accepted, ms; null: none is open. */
  readonly oldestMs: number | null
  /** Open submissions whose promise has passed. */
  readonly overdue: number
}

/** What is accepted and neither final nor refused. */
export async function backlogOf({ kysely }: Db, nowSeconds: number): Promise<Backlog> {
  const rows = await kysely
    .selectFrom("submissions")
    .select((eb) => [
      "state" as const,
      eb.fn.countAll().as("count"),
      eb.fn.min("accepted_ms").as("oldest"),
      eb.fn.sum(eb.case().when("deadline", "<", nowSeconds).then(1).else(0).end()).as("overdue"),
    ])
    .where("state", "in", ["queued", "staged"])
    .groupBy("state")
    .execute()
  const countOf = (state: string) => Number(rows.find((row) => row.state === state)?.count ?? 0)
  const oldest = rows.map((row) => Number(row.oldest))
  return {
    queued: countOf("queued"),
    staged: countOf("staged"),
    oldestMs: oldest.length === 0 ? null : Math.min(...oldest),
    overdue: rows.reduce((sum, row) => sum + Number(row.overdue), 0),
  }
}
