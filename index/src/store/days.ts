import type { Hex } from "@wattest/protocol"
import { partsOf } from "@wattest/store"
import { sql, type Transaction } from "kysely"
import { DAY_SECONDS, dayOf } from "../books/coverage.ts"
import type { AnchorRow, Database, DayRow } from "./schema.ts"

type Trx = Transaction<Database>

/** Rows of one statement. */
const ROWS = 1000

/** What a submission tells: the time from where the device's books ended before it, or from its enrolment, up to `through`. */
type Stretch = {
  readonly device: Hex
  readonly ledger: Hex
  readonly opens: number
  readonly through: number
  runs: number
  voids: number
}

const isVoid = ({ root }: AnchorRow) => BigInt(root) === 0n

type Device = { readonly enrolled: number; readonly through: number }

/** The submissions of these anchors, which stand in the order of the chain. `before`: where devices stood. */
export function stretchesOf(anchors: readonly AnchorRow[], before: ReadonlyMap<Hex, Device>): readonly Stretch[] {
  const stretches: Stretch[] = []
  const last = new Map<Hex, { readonly transaction: Hex; readonly stretch: Stretch }>()
  for (const anchor of anchors) {
    const { device, ledger, through, transaction_hash: transaction } = anchor
    const known = last.get(device)
    if (known?.transaction === transaction && known.stretch.through === through) {
      known.stretch.runs++
      known.stretch.voids += Number(isVoid(anchor))
      continue
    }
    const { enrolled = anchor.time, through: told = 0 } = before.get(device) ?? {}
    const opens = Math.min(known?.stretch.through ?? Math.max(enrolled, told), through)
    const stretch = { device, ledger, opens, through, runs: 1, voids: Number(isVoid(anchor)) }
    last.set(device, { transaction, stretch })
    stretches.push(stretch)
  }
  return stretches
}

/** Spreads submissions over the days that they tell of. */
export function daysOf(stretches: readonly Stretch[]): readonly DayRow[] {
  const days = new Map<string, DayRow>()
  const dayFor = ({ device, ledger }: Stretch, day: number): DayRow => {
    const name = `${device} ${day}`
    const row = days.get(name) ?? { device, ledger, day, told: 0, void_told: 0, runs: 0, voids: 0 }
    days.set(name, row)
    return row
  }
  for (const stretch of stretches) {
    const { opens, through, runs, voids } = stretch
    for (let day = dayOf(opens); day < through; day += DAY_SECONDS) {
      const seconds = Math.min(through, day + DAY_SECONDS) - Math.max(opens, day)
      dayFor(stretch, day)[voids > 0 ? "void_told" : "told"] += seconds
    }
    // What ends at midnight ended in the day before.
    const last = dayFor(stretch, dayOf(Math.max(through - 1, 0)))
    last.runs += runs
    last.voids += voids
  }
  return [...days.values()]
}

/** Adds what anchors tell of days to what is known of them. `before`: where their devices stood. */
export async function addDays(
  trx: Trx,
  anchors: readonly AnchorRow[],
  before: ReadonlyMap<Hex, Device>,
): Promise<void> {
  for (const part of partsOf(daysOf(stretchesOf(anchors, before)), ROWS))
    await trx
      .insertInto("days")
      .values(part)
      .onConflict((clash) =>
        clash.columns(["device", "day"]).doUpdateSet({
          told: sql<number>`days.told + excluded.told`,
          void_told: sql<number>`days.void_told + excluded.void_told`,
          runs: sql<number>`days.runs + excluded.runs`,
          voids: sql<number>`days.voids + excluded.voids`,
        }),
      )
      .execute()
}

const DEVICES = 500

/** Where devices stand by now: of those that are enrolled with these rows, their enrolment. */
export async function standingsBefore(
  trx: Trx,
  anchors: readonly AnchorRow[],
  enrolments: readonly { readonly device: Hex; readonly time: number }[],
): Promise<ReadonlyMap<Hex, Device>> {
  const found = new Map<Hex, Device>(enrolments.map(({ device, time }) => [device, { enrolled: time, through: 0 }]))
  const ids = [...new Set(anchors.map(({ device }) => device))].filter((id) => !found.has(id))
  for (const part of partsOf(ids, DEVICES)) {
    const rows = trx.selectFrom("devices").select(["id", "enrolled", "through"]).where("id", "in", part)
    for (const { id, enrolled, through } of await rows.execute()) found.set(id, { enrolled, through })
  }
  return found
}

/** Tells all days again from the anchors that are there, device by device. */
export async function retellDays(trx: Trx): Promise<void> {
  await trx.deleteFrom("days").execute()
  const devices = await trx.selectFrom("enrolments").select(["device", "time"]).execute()
  for (const { device, time } of devices) {
    const anchors = trx.selectFrom("anchors").selectAll().where("device", "=", device).orderBy("run")
    await addDays(trx, await anchors.execute(), new Map([[device, { enrolled: time, through: 0 }]]))
  }
}
