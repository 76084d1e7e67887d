import type { Hex } from "@wattest/protocol"
import type { Insertable, Selectable } from "kysely"
import type { StoredSubmission } from "./intake-store.ts"
import type { Db } from "./open.ts"
import type { JournalRow } from "./schema.ts"

export type Journaled = Selectable<JournalRow>

/** How long after its last beat a sender counts as dead, and its work as anybody's. */
export const HEARTBEAT_LIMIT_MS = 20_000

/**
 * Says that `instance` sends from `address`. False: another living process does, and two would fight over its nonces.
 * A SQLite file is locked by one process, so there the holder before it is dead.
 */
export async function holdSender(
  { kysely, engine }: Db,
  address: Hex,
  instance: string,
  nowMs: number,
): Promise<boolean> {
  const mine = { address, instance, beat_ms: nowMs }
  const deadBefore = engine === "sqlite" ? nowMs + 1 : nowMs - HEARTBEAT_LIMIT_MS
  await kysely
    .insertInto("senders")
    .values(mine)
    .onConflict((clash) =>
      clash
        .column("address")
        .doUpdateSet(mine)
        .where((eb) => eb.or([eb("senders.instance", "=", instance), eb("senders.beat_ms", "<", deadBefore)])),
    )
    .execute()
  const holder = await kysely.selectFrom("senders").select("instance").where("address", "=", address).executeTakeFirst()
  return holder?.instance === instance
}

/** Lets another process send from `address` at once. */
export async function releaseSender({ kysely }: Db, address: Hex, instance: string): Promise<void> {
  await kysely.deleteFrom("senders").where("address", "=", address).where("instance", "=", instance).execute()
}

/** A queued submission, with its device's signature scheme and number of final runs. */
export type Queued = StoredSubmission & { readonly final_run: number; readonly scheme: number }

export type Claim = {
  readonly sender: Hex
  readonly limit: number
  readonly nowMs: number
  /** The latest block's time, Unix seconds: what tells a later minute waits. */
  readonly chainTime: number
  readonly except: readonly Hex[]
}

/**
 * Up to `limit` queued submissions that the chain's time allows, oldest first, of devices that no other living sender works on (and not of those
 * in `except`); their devices are this sender's from now on. What a dead sender had staged is queued again first.
 */
export function claim({ kysely, engine }: Db, { sender, limit, nowMs, chainTime, except }: Claim): Promise<Queued[]> {
  return kysely.transaction().execute(async (trx) => {
    const alive = trx
      .selectFrom("senders")
      .select("address")
      .where("beat_ms", ">=", nowMs - HEARTBEAT_LIMIT_MS)
    await trx
      .updateTable("submissions")
      .set({ state: "queued", sender: null, nonce: null })
      .where("state", "=", "staged")
      .where("sender", "!=", sender)
      .where("sender", "not in", alive)
      .execute()
    const rows = await trx
      .selectFrom("submissions as s")
      .innerJoin("devices as d", "d.id", "s.device")
      .selectAll("s")
      .select(["d.final_run", "d.scheme"])
      .where("s.state", "=", "queued")
      .where("s.through", "<=", chainTime)
      .where((eb) => eb.or([eb("d.lease", "is", null), eb("d.lease", "=", sender), eb("d.lease", "not in", alive)]))
      .$if(except.length > 0, (query) => query.where("s.device", "not in", except))
      .orderBy("s.seq")
      .limit(limit)
      .$if(engine === "postgres", (query) => query.forUpdate("d").skipLocked())
      .execute()
    const devices = [...new Set(rows.map(({ device }) => device))]
    if (devices.length > 0) await trx.updateTable("devices").set({ lease: sender }).where("id", "in", devices).execute()
    return rows
  })
}

/** For each device with staged submissions, the run up to which these reach. */
export async function stagedEnds({ kysely }: Db): Promise<ReadonlyMap<Hex, number>> {
  const rows = await kysely
    .selectFrom("submissions")
    .select(({ fn }) => ["device" as const, fn.max("end_run").as("end")])
    .where("state", "=", "staged")
    .groupBy("device")
    .execute()
  return new Map(rows.map(({ device, end }) => [device, Number(end)]))
}

/** A transaction and the submissions that it anchors: the one it carries and those that lie within it. */
export type Staged = { readonly entry: Insertable<JournalRow>; readonly covers: readonly number[] }

/** Writes transactions before they are sent; `anchored` are submissions that the latest block holds already. */
export async function stage(
  { kysely }: Db,
  sender: Hex,
  batch: readonly Staged[],
  anchored: readonly number[],
): Promise<void> {
  if (batch.length + anchored.length === 0) return
  await kysely.transaction().execute(async (trx) => {
    const mark = (nonce: number | null, seqs: readonly number[]) =>
      trx
        .updateTable("submissions")
        .set({ state: "staged", sender, nonce })
        .where("seq", "in", seqs)
        .where("state", "=", "queued")
        .execute()
    for (const { entry, covers } of batch) {
      await trx.insertInto("journal").values(entry).execute()
      await mark(entry.nonce, covers)
    }
    if (anchored.length > 0) await mark(null, anchored)
  })
}

/** Transactions of this sender from nonce `from` on: not mined, as the chain stands now. */
export function unmined({ kysely }: Db, sender: Hex, from: number): Promise<Journaled[]> {
  return kysely
    .selectFrom("journal")
    .selectAll()
    .where("sender", "=", sender)
    .where("nonce", ">=", from)
    .orderBy("nonce")
    .execute()
}

/** Puts a new version in the place of a journaled transaction: higher fees, or just its last sending. */
export async function amend({ kysely }: Db, entry: Journaled): Promise<void> {
  await kysely
    .insertInto("journal")
    .values(entry)
    .onConflict((clash) => clash.columns(["sender", "nonce"]).doUpdateSet(entry))
    .execute()
}

export async function markSent({ kysely }: Db, sender: Hex, nonces: readonly number[], block: number): Promise<void> {
  if (nonces.length === 0) return
  await kysely
    .updateTable("journal")
    .set({ sent_block: block })
    .where("sender", "=", sender)
    .where("nonce", "in", nonces)
    .execute()
}

/** Forgets transactions whose nonce is used in a final block. */
export async function forgetMined({ kysely }: Db, sender: Hex, below: number): Promise<void> {
  await kysely.deleteFrom("journal").where("sender", "=", sender).where("nonce", "<", below).execute()
}

export type Landed = Pick<StoredSubmission, "seq" | "device" | "end_run"> & { readonly final_run: number }

/**
 * What this sender staged and no unmined transaction carries: nonce from `from` to below `to`, or, with `all`, every
 * one whose transaction is mined or not in the journal.
 */
export function landed(
  { kysely }: Db,
  sender: Hex,
  { from, to, all }: { from: number; to: number; all: boolean },
): Promise<Landed[]> {
  return kysely
    .selectFrom("submissions as s")
    .innerJoin("devices as d", "d.id", "s.device")
    .leftJoin("journal as j", (join) => join.onRef("j.sender", "=", "s.sender").onRef("j.nonce", "=", "s.nonce"))
    .select(["s.seq", "s.device", "s.end_run", "d.final_run"])
    .where("s.state", "=", "staged")
    .where("s.sender", "=", sender)
    .where((eb) =>
      all
        ? eb.or([eb("s.nonce", "<", to), eb("j.nonce", "is", null)])
        : eb.and([eb("s.nonce", ">=", from), eb("s.nonce", "<", to)]),
    )
    .execute()
}

export async function requeue({ kysely }: Db, seqs: readonly number[]): Promise<void> {
  if (seqs.length === 0) return
  await kysely
    .updateTable("submissions")
    .set({ state: "queued", sender: null, nonce: null })
    .where("seq", "in", seqs)
    .where("state", "=", "staged")
    .execute()
}

export function submissionBySeq({ kysely }: Db, seq: number): Promise<StoredSubmission | undefined> {
  return kysely.selectFrom("submissions").selectAll().where("seq", "=", seq).executeTakeFirst()
}
