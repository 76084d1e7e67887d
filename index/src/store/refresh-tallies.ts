import { type Hex, ledgerIdOf } from "@wattest/protocol"
import { partsOf } from "@wattest/store"
import { sql, type Transaction } from "kysely"
import { contradicts, type ProvedNumber, relationOf } from "./overlaps.ts"
import type { Database, OverlapRow, TallyRow } from "./schema.ts"

type Trx = Transaction<Database>

export type TallyName = { readonly operator: Hex; readonly number: number }

const IDS = 500

/** Tallies over ledgers of which devices were withdrawn: what was expected of these is another time. */
export async function talliesOver(trx: Trx, ledgers: readonly Hex[]): Promise<readonly TallyName[]> {
  const found: TallyName[] = []
  for (const part of partsOf([...new Set(ledgers)], IDS))
    found.push(
      ...(await trx.selectFrom("tally_ledgers").select(["operator", "number"]).where("ledger", "in", part).execute()),
    )
  return found
}

/** Notes the ledgers of tallies; a tally's never change. */
export async function noteLedgers(trx: Trx, tallies: readonly Pick<TallyRow, "operator" | "number" | "vouchers">[]) {
  const rows = tallies.flatMap(({ operator, number, vouchers }) =>
    vouchers.split(" ").map((voucher) => ({ operator, number, ledger: ledgerIdOf(operator, voucher as Hex) })),
  )
  for (const part of partsOf(rows, IDS))
    await trx
      .insertInto("tally_ledgers")
      .values(part)
      .onConflict((clash) => clash.doNothing())
      .execute()
}

/**
 * Device time that the registry expects of a closed tally's period at its boundary, and how many devices' books did not reach
 * its end when it was taken: as the contract's `expectedTime` and `behind`.
 */
export async function refreshExpected(trx: Trx, tallies: readonly TallyName[]): Promise<void> {
  const devices = sql`devices d join tally_ledgers l on l.ledger = d.ledger
    where l.operator = tallies.operator and l.number = tallies.number and d.boundary = tallies.boundary`
  const earliest = sql`case when coalesce(d.withdrawn_since, tallies.ends) < coalesce(d.ended, tallies.ends)
    then coalesce(d.withdrawn_since, tallies.ends) else coalesce(d.ended, tallies.ends) end`
  const until = sql`case when ${earliest} < tallies.ends then ${earliest} else tallies.ends end`
  const since = sql`case when d.enrolled > tallies.opens then d.enrolled else tallies.opens end`
  const through = sql`coalesce((select a.through from anchors a where a.device = d.id and a.time < tallies.as_of
    order by a.run desc limit 1), 0)`
  for (const { operator, number } of tallies)
    await trx
      .updateTable("tallies")
      .set({
        expected: sql<number>`coalesce((select sum(case when ${until} > ${since} then ${until} - ${since} else 0 end) * 1000
          from ${devices}), 0)`,
        behind: sql<number>`(select count(*) from ${devices} and d.enrolled < tallies.ends and ${through} < tallies.ends)`,
      })
      .where("operator", "=", operator)
      .where("number", "=", number)
      .where("closed", "is not", null)
      .execute()
}

const asked = (t: Pick<TallyRow, "boundary" | "model" | "unit" | "zone" | "site" | "party" | "required" | "origin">) =>
  JSON.stringify([t.boundary, t.model, t.unit, t.zone, t.site, t.party, t.required, t.origin])

/** Every number of an operator's closed tallies. */
async function numbersOf(trx: Trx, operator: Hex): Promise<readonly ProvedNumber[]> {
  const bounds = await trx
    .selectFrom("bounds")
    .innerJoin("tallies", (join) =>
      join.onRef("tallies.operator", "=", "bounds.operator").onRef("tallies.number", "=", "bounds.number"),
    )
    .select(["bounds.number", "place", "metric", "denominator", "lo", "hi", "opens", "ends"])
    .select(["boundary", "model", "tallies.unit", "zone", "site", "party", "required", "origin"])
    .where("bounds.operator", "=", operator)
    .where("closed", "is not", null)
    .execute()
  const ledgers = await trx
    .selectFrom("tally_ledgers")
    .select(["number", "ledger"])
    .where("operator", "=", operator)
    .execute()
  const byNumber = Map.groupBy(ledgers, ({ number }) => number)
  return bounds.map((bound) => ({
    ...bound,
    asked: asked(bound),
    ledgers: new Set(byNumber.get(bound.number)?.map(({ ledger }) => ledger)),
  }))
}

/** Holds the numbers of these tallies against all others of their operators. Gives the contradictions that were not known. */
export async function refreshOverlaps(trx: Trx, tallies: readonly TallyName[]): Promise<readonly OverlapRow[]> {
  const fresh: OverlapRow[] = []
  for (const [operator, touched] of Map.groupBy(tallies, (tally) => tally.operator)) {
    const names = new Set(touched.map(({ number }) => number))
    const all = await numbersOf(trx, operator)
    const rows = all.filter(({ number }) => names.has(number)).flatMap((one) => overlapsOf(operator, one, all))
    for (const part of partsOf(rows, IDS)) {
      const added = await trx
        .insertInto("claim_overlaps")
        .values(part)
        .onConflict((clash) => clash.doNothing())
        .returningAll()
        .execute()
      fresh.push(...added.filter((row) => row.contradicts === 1))
    }
  }
  return fresh
}

/** Most pairs that are noted of a number when it is met: whoever proves many could else fill any store. */
export const MOST_OVERLAPS = 256

/** The overlaps of a number, those that contradict it first. */
function overlapsOf(operator: Hex, one: ProvedNumber, all: readonly ProvedNumber[]): readonly OverlapRow[] {
  const rows = all.filter((other) => isOther(one, other)).flatMap((other) => overlapRow(operator, one, other))
  return rows.sort((a, b) => b.contradicts - a.contradicts).slice(0, MOST_OVERLAPS)
}

const isOther = (a: ProvedNumber, b: ProvedNumber) => a.number !== b.number || a.place !== b.place

/** The later number is held against the earlier one, whichever was touched, so that each pair stands once. */
function overlapRow(operator: Hex, a: ProvedNumber, b: ProvedNumber): OverlapRow[] {
  const isLater = a.number > b.number || (a.number === b.number && a.place > b.place)
  const [later, earlier] = isLater ? [a, b] : [b, a]
  const relation = relationOf(later, earlier)
  if (relation === null) return []
  return [
    {
      ...{ operator, number: later.number, place: later.place, metric: later.metric, relation },
      ...{ other_number: earlier.number, other_place: earlier.place },
      contradicts: contradicts(later, earlier, relation) ? 1 : 0,
    },
  ]
}
