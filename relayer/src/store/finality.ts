import type { Block, ChainDevice, Cursor } from "@wattest/chain"
import type { Hex } from "@wattest/protocol"
import { partsOf } from "@wattest/store"
import type { Insertable, Transaction } from "kysely"
import { rootAt } from "./intake-store.ts"
import type { Db } from "./open.ts"
import type { AnchorRow, Database, RefusalReason } from "./schema.ts"

type Trx = Transaction<Database>

/** The last final block taken; null in a new store. */
export async function cursorOf({ kysely }: Db): Promise<Cursor | null> {
  return (await kysely.selectFrom("blocks").selectAll().orderBy("number", "desc").limit(1).executeTakeFirst()) ?? null
}

export function takenBlocks({ kysely }: Db, before: number, limit: number): Promise<Cursor[]> {
  return kysely
    .selectFrom("blocks")
    .selectAll()
    .where("number", "<", before)
    .orderBy("number", "desc")
    .limit(limit)
    .execute()
}

/** Takes final blocks in one transaction: anchors, settled submissions, devices to look at, and the cursor. */
export async function finalize({ kysely }: Db, blocks: readonly Block[]): Promise<void> {
  await kysely.transaction().execute(async (trx) => {
    const { cursor } =
      (await trx
        .selectFrom("blocks")
        .select(({ fn }) => fn.max("number").as("cursor"))
        .executeTakeFirst()) ?? {}
    const fresh = blocks.filter(({ header }) => cursor === null || cursor === undefined || header.number > cursor)
    if (fresh.length === 0) return
    const ours = await devicesAmong(trx, fresh)
    const anchors = fresh.flatMap((block) => anchorsOf(block, ours))
    for (const part of partsOf(anchors, 500))
      await trx
        .insertInto("anchors")
        .values(part)
        .onConflict((clash) => clash.columns(["device", "run"]).doNothing())
        .execute()
    for (const [device, rows] of Map.groupBy(anchors, ({ device }) => device)) await settleDevice(trx, device, rows)
    for (const [device, through] of throughsIn(fresh, ours)) await raise(trx, device, "through", through)
    await markEnding(trx, fresh, ours)
    // Blocks with anchors are where a fork below finality would show; the last one is the cursor.
    const kept = fresh.filter((block, i) => i === fresh.length - 1 || anchorsOf(block, ours).length > 0)
    const rows = kept.map(({ header }) => ({ number: header.number, hash: header.hash }))
    await trx
      .insertInto("blocks")
      .values(rows)
      .onConflict((clash) => clash.column("number").doNothing())
      .execute()
  })
}

/** Notes which devices the blocks withdraw or retire. */
async function markEnding(trx: Trx, blocks: readonly Block[], ours: ReadonlySet<Hex>): Promise<void> {
  const ends = blocks.flatMap(({ events }) => events.filter(({ kind, device }) => kind === "ended" && ours.has(device)))
  const ids = ends.map(({ device }) => device)
  if (ids.length > 0) await trx.updateTable("devices").set({ ending: 1 }).where("id", "in", ids).execute()
}

async function devicesAmong(trx: Trx, blocks: readonly Block[]): Promise<ReadonlySet<Hex>> {
  const named = [...new Set(blocks.flatMap(({ events }) => events.map(({ device }) => device)))]
  const found: Hex[] = []
  for (const part of partsOf(named, 500))
    found.push(...(await trx.selectFrom("devices").select("id").where("id", "in", part).execute()).map(({ id }) => id))
  return new Set(found)
}

function anchorsOf({ header, events }: Block, ours: ReadonlySet<Hex>): Insertable<AnchorRow>[] {
  return events.flatMap((event) =>
    event.kind === "anchored" && ours.has(event.device)
      ? [
          {
            device: event.device,
            run: event.run,
            root: event.root,
            block_number: header.number,
            block_hash: header.hash,
            transaction_hash: event.transaction,
            transaction_index: event.transactionIndex,
            log_index: event.logIndex,
            position: event.position.toString(),
            head: event.head,
            anchored_at: header.time,
          },
        ]
      : [],
  )
}

/** The latest minute that these blocks anchor for each of our devices. */
function throughsIn(blocks: readonly Block[], ours: ReadonlySet<Hex>): ReadonlyMap<Hex, number> {
  const events = blocks.flatMap((block) => block.events)
  const anchored = events.flatMap((event) => (event.kind === "anchored" && ours.has(event.device) ? [event] : []))
  // A device's minutes never fall.
  return new Map(anchored.map(({ device, through }) => [device, through]))
}

async function raise(trx: Trx, device: Hex, name: "final_run" | "next_run" | "through", to: number): Promise<void> {
  await trx
    .updateTable("devices")
    .set({ [name]: to })
    .where("id", "=", device)
    .where(name, "<", to)
    .execute()
}

/** So many runs of a device are final, and the next to be taken is not before. */
async function raiseRuns(trx: Trx, device: Hex, finalRun: number): Promise<void> {
  for (const name of ["final_run", "next_run"] as const) await raise(trx, device, name, finalRun)
}

/** Settles the submissions of a device that its new anchors complete or contradict. */
async function settleDevice(trx: Trx, device: Hex, anchors: readonly Pick<AnchorRow, "run" | "root">[]): Promise<void> {
  const finalRun = Math.max(...anchors.map(({ run }) => run)) + 1
  const open = await trx
    .selectFrom("submissions")
    .select(["seq", "first_run", "end_run", "roots"])
    .where("device", "=", device)
    .where("end_run", ">", Math.min(...anchors.map(({ run }) => run)))
    .where("first_run", "<", finalRun)
    .where("state", "in", ["queued", "staged"])
    .execute()
  const contradicted = open.filter((row) =>
    anchors.some(({ run, root }) => run >= row.first_run && run < row.end_run && rootAt(row, run) !== root),
  )
  const wrong = contradicted.map(({ seq }) => seq)
  const settled = open.filter((row) => row.end_run <= finalRun && !contradicted.includes(row)).map(({ seq }) => seq)
  if (settled.length > 0)
    await trx.updateTable("submissions").set({ state: "final", reason: null }).where("seq", "in", settled).execute()
  await raiseRuns(trx, device, finalRun)
  await refuse(trx, device, wrong, "conflict")
}

async function refuse(trx: Trx, device: Hex, seqs: readonly number[], reason: RefusalReason): Promise<void> {
  if (seqs.length === 0) return
  await trx
    .updateTable("submissions")
    .set({ state: "refused", reason, sender: null, nonce: null })
    .where("seq", "in", seqs)
    .execute()
  // What was refused is not held, and what lies behind the gap it leaves can never be anchored: the device goes on there.
  const { final_run } = await trx
    .selectFrom("devices")
    .select("final_run")
    .where("id", "=", device)
    .executeTakeFirstOrThrow()
  const held = await trx
    .selectFrom("submissions")
    .select(["seq", "first_run", "end_run"])
    .where("device", "=", device)
    .where("end_run", ">", final_run)
    .where("state", "!=", "refused")
    .orderBy("first_run")
    .execute()
  const end = held.reduce((at, row) => (row.first_run <= at ? Math.max(at, row.end_run) : at), final_run)
  const stranded = held.filter(({ first_run }) => first_run > end).map(({ seq }) => seq)
  await trx.updateTable("devices").set({ next_run: end }).where("id", "=", device).execute()
  await refuse(trx, device, stranded, reason)
}

/** Undoes every block above `cursor`: its anchors go, and their submissions are queued again. */
export async function rewind({ kysely }: Db, cursor: Cursor): Promise<void> {
  await kysely.transaction().execute(async (trx) => {
    const undone = await trx
      .selectFrom("anchors")
      .select(({ fn }) => ["device" as const, fn.min("run").as("run")])
      .where("block_number", ">", cursor.number)
      .groupBy("device")
      .execute()
    for (const { device, run } of undone) {
      await trx
        .updateTable("submissions")
        .set({ state: "queued", reason: null, sender: null, nonce: null })
        .where("device", "=", device)
        .where("end_run", ">", Number(run))
        .where("state", "in", ["final", "refused"])
        .execute()
      await trx
        .updateTable("devices")
        .set({ final_run: Number(run) })
        .where("id", "=", device)
        .execute()
    }
    await trx.deleteFrom("anchors").where("block_number", ">", cursor.number).execute()
    await trx.deleteFrom("blocks").where("number", ">", cursor.number).execute()
    // An end may be undone as well.
    await trx.updateTable("devices").set({ ending: 1 }).where("ended", "is not", null).execute()
  })
}

/** Devices whose end on the chain is final and not yet applied to their queue. */
export async function endingDevices({ kysely }: Db): Promise<Hex[]> {
  return (await kysely.selectFrom("devices").select("id").where("ending", "=", 1).execute()).map(({ id }) => id)
}

/** A device as the block at the cursor has it, and the roots of its runs from `firstRun` on. */
export type DeviceAtCursor = {
  readonly chain: ChainDevice
  readonly firstRun: number
  readonly roots: readonly Hex[]
}

/** The first run of a device that is open here: from there on the chain's roots matter. */
export async function firstOpenRun({ kysely }: Db, device: Hex): Promise<number | null> {
  const row = await kysely
    .selectFrom("submissions")
    .select(({ fn }) => fn.min("first_run").as("run"))
    .where("device", "=", device)
    .where("state", "in", ["queued", "staged"])
    .executeTakeFirst()
  return row?.run === null || row?.run === undefined ? null : Number(row.run)
}

/** Applies a device's final state to its queue: what the registry will not take any more is refused, with the reason. */
export async function settleEnd(
  { kysely }: Db,
  device: Hex,
  { chain, firstRun, roots }: DeviceAtCursor,
): Promise<void> {
  const ended = chain.state === "withdrawn" ? "withdrawn" : chain.runs === null ? null : "retired"
  const runs = ended === "withdrawn" ? chain.nextRun : chain.runs
  await kysely.transaction().execute(async (trx) => {
    await trx
      .updateTable("submissions")
      .set({ state: "queued", reason: null })
      .where("device", "=", device)
      .where("state", "=", "refused")
      .where("reason", "in", ["withdrawn", "retired"])
      .execute()
    if (roots.length > 0)
      await settleDevice(
        trx,
        device,
        roots.map((root, i) => ({ run: firstRun + i, root })),
      )
    if (ended !== null) {
      const late = await trx
        .selectFrom("submissions")
        .select("seq")
        .where("device", "=", device)
        .where("end_run", ">", runs ?? 0)
        .where("state", "in", ["queued", "staged"])
        .execute()
      await refuse(
        trx,
        device,
        late.map(({ seq }) => seq),
        ended,
      )
    }
    // A device met while its runs were being anchored may have been noted with fewer.
    await raiseRuns(trx, device, chain.nextRun)
    const end = { ending: 0, ended, runs } as const
    await trx.updateTable("devices").set(end).where("id", "=", device).execute()
  })
}
