import { createHash } from "node:crypto"
import { type Hex, ledgerIdOf } from "@wattest/protocol"
import { partsOf } from "@wattest/store"
import { type Kysely, sql, type Transaction } from "kysely"
import type { TallyName } from "../store/refresh-tallies.ts"
import type { Database, EventRow, OverlapRow, WithdrawalRow } from "../store/schema.ts"

type Trx = Transaction<Database>

/** What somebody may wait for. */
export const EVENT_KINDS = ["withdrawal", "silence", "suspect-claim", "contradiction", "rewound"] as const
export type EventKind = (typeof EVENT_KINDS)[number]

/** An event before it has its number. `detail`: what the other fields do not say. */
type Draft = Partial<Pick<EventRow, "operator" | "ledger" | "device" | "number">> & {
  readonly kind: EventKind
  readonly detail: { readonly [name: string]: string | number | null }
}

/** The block at which events were met. */
export type Met = { readonly number: number; readonly time: number }

/** The same happening has the same id in every index, whenever it is met. */
function idOf({ kind, detail, ...subject }: Draft): Hex {
  const { operator = null, ledger = null, device = null, number = null } = subject
  const named = JSON.stringify([kind, operator, ledger, device, number, Object.entries(detail)])
  return `0x${createHash("sha256").update(named).digest("hex")}`
}

const ROWS = 500

/** Writes events behind those that are there; one that is there stays. */
export async function writeEvents(trx: Trx, drafts: readonly Draft[], met: Met): Promise<void> {
  if (drafts.length === 0) return
  const last = await lastEvent({ kysely: trx })
  const events = drafts.map((draft, i): EventRow => {
    const { kind, detail, operator = null, ledger = null, device = null, number = null } = draft
    const named = { operator, ledger, device, number }
    const place = { block: met.number, time: met.time, detail: JSON.stringify(detail) }
    return { seq: last + 1 + i, id: idOf(draft), kind, ...named, ...place }
  })
  for (const part of partsOf(events, ROWS))
    await trx
      .insertInto("events")
      .values(part)
      .onConflict((clash) => clash.column("id").doNothing())
      .execute()
}

const withdrawal = ({ device, voucher, operator, since, block, log }: WithdrawalRow): Draft => ({
  ...{ kind: "withdrawal", operator, device, ledger: ledgerIdOf(operator, voucher) },
  detail: { voucher, since, block, log },
})

/** What a batch changed that somebody may wait for. */
export type Taken = { readonly contradictions: readonly OverlapRow[]; readonly suspects: readonly TallyName[] }

/** The events of a batch. */
export function eventsOf(withdrawals: readonly WithdrawalRow[], { suspects, contradictions }: Taken): readonly Draft[] {
  return [
    ...withdrawals.map(withdrawal),
    ...suspects.map(({ operator, number }): Draft => ({ kind: "suspect-claim", operator, number, detail: {} })),
    ...contradictions.map(({ operator, number, place, metric, relation, ...other }): Draft => {
      const detail = { place, otherNumber: other.other_number, otherPlace: other.other_place, metric, relation }
      return { kind: "contradiction", operator, number, detail }
    }),
  ]
}

/** Most silences that are told of with one batch; the rest come with the next. */
const SILENCES = 1000

/** Tells once of each silence that is longer than `hours` at a block's time. */
export async function writeSilences(trx: Trx, hours: number, met: Met): Promise<void> {
  const silent = await trx
    .selectFrom("devices")
    .select(["id", "operator", "ledger", "silent_since"])
    .where("silent_since", "<", met.time - hours * 3600)
    .where(({ eb, or }) => or([eb("told_silent", "is", null), eb("told_silent", "<>", eb.ref("silent_since"))]))
    .orderBy("silent_since")
    .orderBy("id")
    .limit(SILENCES)
    .execute()
  const drafts = silent.map(
    ({ id: device, operator, ledger, silent_since }): Draft => ({
      ...{ kind: "silence", operator, ledger, device, detail: { since: silent_since } },
    }),
  )
  await writeEvents(trx, drafts, met)
  for (const part of partsOf(silent, ROWS))
    await trx
      .updateTable("devices")
      .set(({ ref }) => ({ told_silent: ref("silent_since") }))
      .where(
        "id",
        "in",
        part.map(({ id }) => id),
      )
      .execute()
}

/** Which events somebody waits for. */
export type Wanted = {
  readonly kinds?: readonly string[] | undefined
  readonly operator?: string | undefined
  readonly ledger?: string | undefined
  readonly device?: string | undefined
}

const AT_ONCE = 100

/** The next events after a number, in order; those that say that the chain went back are for everybody. */
export async function eventsAfter(
  { kysely }: { readonly kysely: Kysely<Database> },
  after: number,
  { kinds, operator, ledger, device }: Wanted,
): Promise<readonly EventRow[]> {
  return kysely
    .selectFrom("events")
    .selectAll()
    .where("seq", ">", after)
    .where(({ eb, or, and }) =>
      or([
        eb("kind", "=", "rewound"),
        and([
          ...(kinds === undefined ? [] : [eb("kind", "in", kinds)]),
          ...(operator === undefined ? [] : [eb("operator", "=", operator as Hex)]),
          ...(ledger === undefined ? [] : [eb("ledger", "=", ledger as Hex)]),
          ...(device === undefined ? [] : [eb("device", "=", device as Hex)]),
        ]),
      ]),
    )
    .orderBy("seq")
    .limit(AT_ONCE)
    .execute()
}

/** An event as it is told. */
export const toldOf = ({ detail, ...event }: EventRow) => ({ ...event, detail: JSON.parse(detail) as unknown })

/** The number of the newest event; 0: none. */
export async function lastEvent({ kysely }: { readonly kysely: Kysely<Database> }): Promise<number> {
  const { rows } = await sql<{ last: number }>`select coalesce(max(seq), 0) as last from events`.execute(kysely)
  return Number(rows[0]?.last ?? 0)
}
