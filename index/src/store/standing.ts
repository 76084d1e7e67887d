import type { Hex } from "@wattest/protocol"
import { sql } from "kysely"
import type { Db } from "./open.ts"

/** The final block that every answer stands on. */
export type StandingBlock = { readonly number: number; readonly hash: Hex; readonly time: number }

/** The last block whose events are in the store; null in a new one. */
export async function blockOf({ kysely }: Db): Promise<StandingBlock | null> {
  const block = await kysely
    .selectFrom("batches")
    .innerJoin("blocks", "blocks.number", "batches.number")
    .select(["batches.number", "batches.hash", "blocks.time"])
    .orderBy("batches.number", "desc")
    .limit(1)
    .executeTakeFirst()
  return block ?? null
}

/** How much is in the books. */
export type Counts = {
  readonly ledgers: number
  readonly devices: number
  readonly runs: number
  readonly tallies: number
}

export async function countsOf({ kysely }: Db): Promise<Counts> {
  const { rows } =
    await sql<Counts>`select (select count(*) from ledgers) as ledgers, (select count(*) from devices) as devices,
    (select coalesce(sum(length), 0) from ledgers) as runs, (select count(*) from tallies) as tallies`.execute(kysely)
  const [{ ledgers = 0, devices = 0, runs = 0, tallies = 0 } = {}] = rows
  return { ledgers, devices, runs: Number(runs), tallies }
}
