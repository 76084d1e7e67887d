import { concatBytes, type DeviceKey, type Hex, toHex } from "@wattest/protocol"
import type { Insertable, Selectable, Transaction } from "kysely"
import type { Db } from "./open.ts"
import type { ConflictRow, Database, DeviceRow, EndReason, RefusalReason, SubmissionRow } from "./schema.ts"

export type StoredSubmission = Selectable<SubmissionRow>

/** A submission whose form, key and signature are checked. */
export type CheckedSubmission = {
  readonly row: Insertable<SubmissionRow>
  /** Its canonical bytes: evidence, should it contradict what is held. */
  readonly document: Uint8Array
  /** Roots that the chain has for runs before those in the store: run to root. */
  readonly chainRoots: ReadonlyMap<number, Hex>
}

/** What the store did with a submission. `refused`: it had been accepted once, and was refused for that reason since. */
export type Outcome = (
  | { readonly kind: "accepted" }
  /** It is final or on its way. */
  | { readonly kind: "known"; readonly stored: StoredSubmission }
  /** All its runs are held already, with these roots, under other submissions. */
  | { readonly kind: "covered" }
  | { readonly kind: "gap"; readonly expected: number }
  | { readonly kind: "conflict"; readonly run: number; readonly heldRoot: Hex }
  | { readonly kind: "ended"; readonly reason: EndReason }
  /** It adds runs, and tells an earlier minute than the device told before. */
  | { readonly kind: "early"; readonly through: number }
  /** Runs before the first stored one must be compared with the chain's: ask again with their roots. */
  | { readonly kind: "compare"; readonly from: number; readonly to: number }
) & { readonly refused?: RefusalReason }

export type KnownDevice = DeviceKey & {
  readonly id: Hex
  readonly operator: Hex
  readonly voucher: Hex
  readonly finalRun: number
  /** How many runs a retired device may anchor in all. */
  readonly runs: number | null
  /** Up to which its books are told, Unix seconds. */
  readonly through: number
}

/** Remembers an enrolled device; one that is there already stays as it is. */
export async function addDevice(
  { kysely }: Db,
  { id, scheme, key, operator, voucher, finalRun, runs, through }: KnownDevice,
): Promise<void> {
  const row = {
    id,
    scheme,
    key,
    operator,
    voucher,
    next_run: finalRun,
    final_run: finalRun,
    lease: null,
    // The chain moved on while the device was looked up: it is looked at again at the cursor.
    ending: 1,
    ended: runs === null ? null : ("retired" as const),
    ...{ runs, through },
  }
  await kysely
    .insertInto("devices")
    .values(row)
    .onConflict((clash) => clash.column("id").doNothing())
    .execute()
}

/** Takes submissions of remembered devices, all in one durable transaction: when it returns, they survive a crash. */
export function acceptAll({ kysely, engine }: Db, items: readonly CheckedSubmission[]): Promise<Outcome[]> {
  return kysely.transaction().execute(async (trx) => {
    const ids = [...new Set(items.map(({ row }) => row.device))]
    const devices = await trx
      .selectFrom("devices")
      .selectAll()
      .where("id", "in", ids)
      .orderBy("id")
      .$if(engine === "postgres", (query) => query.forUpdate())
      .execute()
    const digests = items.map(({ row }) => row.digest)
    const known = await trx.selectFrom("submissions").selectAll().where("digest", "in", digests).execute()
    const batch = new Batch(trx, devices, known)
    const outcomes: Outcome[] = []
    for (const item of items) outcomes.push(await batch.take(item))
    await batch.write()
    return outcomes
  })
}

/** One transaction's worth of submissions; the rows to write are collected and written together. */
class Batch {
  readonly #trx: Transaction<Database>
  readonly #devices: Map<Hex, DeviceRow>
  readonly #known: Map<Hex, StoredSubmission>
  readonly #accepted: CheckedSubmission[] = []
  readonly #conflicts: ConflictRow[] = []

  constructor(trx: Transaction<Database>, devices: readonly DeviceRow[], known: readonly StoredSubmission[]) {
    this.#trx = trx
    this.#devices = new Map(devices.map((device) => [device.id, device]))
    this.#known = new Map(known.map((row) => [row.digest, row]))
  }

  /** A refused submission is judged anew: what stood against it may be gone, as a gap that is filled since. */
  async take(item: CheckedSubmission): Promise<Outcome> {
    const stored = this.#known.get(item.row.digest)
    if (stored && stored.state !== "refused") return { kind: "known", stored }
    const outcome = await this.#judge(item)
    return stored?.reason ? { ...outcome, refused: stored.reason } : outcome
  }

  async #judge(item: CheckedSubmission): Promise<Outcome> {
    const { row } = item
    if (this.#accepted.some((other) => other.row.digest === row.digest)) return { kind: "accepted" }
    const device = this.#devices.get(row.device)
    if (!device) throw new Error(`device ${row.device} is not in the store`)
    const clash = row.first_run < device.next_run ? await this.#compare(item, device) : null
    if (clash) return clash
    if (row.end_run <= device.next_run) return { kind: "covered" }
    if (device.ended && row.end_run > (device.runs ?? 0)) return { kind: "ended", reason: device.ended }
    if (row.first_run > device.next_run) return { kind: "gap", expected: device.next_run }
    if (row.through < device.through) return { kind: "early", through: device.through }
    ;[device.next_run, device.through] = [row.end_run, row.through]
    this.#accepted.push(item)
    return { kind: "accepted" }
  }

  /** Holds the runs that are there already against the stored roots and the chain's; null: equal. */
  async #compare(item: CheckedSubmission, device: DeviceRow): Promise<Outcome | null> {
    const { row, document, chainRoots } = item
    const held = new Map([...chainRoots, ...(await this.#heldRoots(row.device, row.first_run, row.end_run))])
    for (let run = row.first_run; run < Math.min(row.end_run, device.next_run); run++) {
      const heldRoot = held.get(run)
      if (heldRoot === undefined) return { kind: "compare", from: run, to: device.next_run }
      if (heldRoot === rootAt(row, run)) continue
      const { digest } = row
      this.#conflicts.push({ digest, device: row.device, run, held_root: heldRoot, document, kept_ms: row.accepted_ms })
      return { kind: "conflict", run, heldRoot }
    }
    return null
  }

  async #heldRoots(device: Hex, from: number, to: number): Promise<ReadonlyMap<number, Hex>> {
    const stored = await this.#trx
      .selectFrom("submissions")
      .select(["first_run", "end_run", "roots"])
      .where("device", "=", device)
      .where("end_run", ">", from)
      .where("first_run", "<", to)
      .where("state", "!=", "refused")
      .execute()
    const held = new Map<number, Hex>()
    for (const row of [...stored, ...this.#accepted.map((item) => item.row).filter((row) => row.device === device)])
      for (let run = row.first_run; run < row.end_run; run++) held.set(run, rootAt(row, run))
    return held
  }

  async write(): Promise<void> {
    const rows = this.#accepted.map((item) => item.row)
    if (rows.length > 0) await this.#insert(rows)
    const changed = [...new Set(rows.map((row) => row.device))].flatMap((id) => this.#devices.get(id) ?? [])
    if (changed.length > 0)
      await this.#trx
        .insertInto("devices")
        .values(changed)
        .onConflict((clash) =>
          clash.column("id").doUpdateSet((eb) => ({
            next_run: eb.ref("excluded.next_run"),
            through: eb.ref("excluded.through"),
          })),
        )
        .execute()
    if (this.#conflicts.length === 0) return
    await this.#trx
      .insertInto("conflicts")
      .values(this.#conflicts)
      .onConflict((clash) => clash.column("digest").doNothing())
      .execute()
  }

  /** One that was refused comes back with the new promise. */
  async #insert(rows: readonly Insertable<SubmissionRow>[]): Promise<void> {
    await this.#trx
      .insertInto("submissions")
      .values(rows)
      .onConflict((clash) =>
        clash.column("digest").doUpdateSet((eb) => ({
          state: "queued",
          reason: null,
          accepted_ms: eb.ref("excluded.accepted_ms"),
          deadline: eb.ref("excluded.deadline"),
          promise: eb.ref("excluded.promise"),
        })),
      )
      .execute()
  }
}

/** The root of `run` in a row that holds it. */
export function rootAt({ roots, first_run }: Pick<SubmissionRow, "roots" | "first_run">, run: number): Hex {
  return toHex(roots.subarray(32 * (run - first_run), 32 * (run - first_run + 1)))
}

/** The roots of a row, in the order of their runs. */
export function rootsOf({ roots }: Pick<SubmissionRow, "roots">): Hex[] {
  return Array.from({ length: roots.length / 32 }, (_, i) => toHex(roots.subarray(32 * i, 32 * (i + 1))))
}

export const packRoots = (roots: readonly Uint8Array[]) => concatBytes(...roots)
