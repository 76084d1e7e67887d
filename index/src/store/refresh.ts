import { type Hex, ledgerIdOf } from "@wattest/protocol"
import { partsOf } from "@wattest/store"
import { sql, type Transaction } from "kysely"
import { EMPTY } from "../books/heads.ts"
import type { Database } from "./schema.ts"

/** A pair of accounts owns a ledger. */
export type Pair = { readonly operator: Hex; readonly voucher: Hex }

type Trx = Transaction<Database>

const IDS = 500

/**
 * Adds up the events of these ledgers again. A device that is vouched for counts until it is withdrawn, as the contract
 * counts it; one that is enrolled keeps counting.
 */
export async function refreshLedgers(
  trx: Trx,
  { pairs, ids }: { readonly pairs: readonly Pair[]; readonly ids: readonly Hex[] },
): Promise<void> {
  const owned = new Map(pairs.map(({ operator, voucher }) => [ledgerIdOf(operator, voucher), { operator, voucher }]))
  for (const part of partsOf([...owned], IDS))
    await trx
      .insertInto("ledgers")
      .values(
        part.map(([id, pair]) => ({ id, ...pair, length: 0, head: EMPTY.head, devices: 0, vouched: 0, proved: 0 })),
      )
      .onConflict((clash) => clash.column("id").doNothing())
      .execute()
  for (const part of partsOf([...new Set([...owned.keys(), ...ids])], IDS))
    await trx
      .updateTable("ledgers")
      .set({
        length: sql<number>`coalesce((select max(position) + 1 from anchors where ledger = ledgers.id), 0)`,
        head: sql<Hex>`coalesce((select head from anchors where ledger = ledgers.id order by position desc limit 1), ${EMPTY.head})`,
        devices: sql<number>`(select count(*) from enrolments where ledger = ledgers.id)`,
        vouched: sql<number>`(select count(*) from vouches v where v.revision = 0 and v.operator = ledgers.operator
          and v.voucher = ledgers.voucher and (exists (select 1 from enrolments e where e.device = v.device
          and e.ledger = ledgers.id) or not exists (select 1 from withdrawals w where w.device = v.device
          and w.voucher = v.voucher)))`,
      })
      .where("id", "in", part)
      .execute()
}

/** Adds up the events of these devices again; one that was never enrolled is none. */
export async function refreshDevices(trx: Trx, ids: readonly Hex[]): Promise<void> {
  for (const part of partsOf(ids, IDS)) {
    const enrolled = await trx.selectFrom("enrolments").selectAll().where("device", "in", part).execute()
    if (enrolled.length === 0) continue
    await trx
      .insertInto("devices")
      .values(
        enrolled.map(({ device, ledger, operator, voucher, boundary, time }) => ({
          ...{ id: device, ledger, operator, voucher, boundary, enrolled: time, runs: 0, through: 0 },
          ...{ anchored: null, retired_runs: null, withdrawn_since: null },
          ...{ ended: null, silent_since: null, told_silent: null },
        })),
      )
      .onConflict((clash) => clash.column("id").doNothing())
      .execute()
    const last = (column: string) =>
      sql<number>`(select ${sql.ref(column)} from anchors where device = devices.id order by run desc limit 1)`
    await trx
      .updateTable("devices")
      .set({
        runs: sql<number>`coalesce((select max(run) + 1 from anchors where device = devices.id), 0)`,
        through: sql<number>`coalesce(${last("through")}, 0)`,
        anchored: last("time"),
        retired_runs: sql<number>`(select runs from retirements where device = devices.id)`,
        withdrawn_since: sql<number>`(select min(since) from withdrawals w where w.device = devices.id
          and w.voucher = devices.voucher)`,
      })
      .where("id", "in", part)
      .execute()
    await refreshService(trx, part)
  }
}

/** From when on no run of a device can follow, and since when one that owes runs is silent. */
async function refreshService(trx: Trx, ids: readonly Hex[]): Promise<void> {
  const latest = sql`case when r.time > coalesce(devices.anchored, 0) then r.time else devices.anchored end`
  await trx
    .updateTable("devices")
    .set({
      ended: sql<number>`(select ${latest} from retirements r where r.device = devices.id and devices.runs >= r.runs)`,
      silent_since: sql<number>`case when withdrawn_since is not null or runs >= retired_runs then null
        when through = 0 then enrolled else through end`,
    })
    .where("id", "in", ids)
    .execute()
}
