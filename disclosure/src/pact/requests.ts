import { openStore } from "@wattest/store"
import { type Kysely, sql } from "kysely"
import type { FootprintRequest } from "./events.ts"

const HOUR_MS = 3_600_000
/** The standard abandons an answer after 72 hours. */
const LIFE_MS = 72 * HOUR_MS
const FIRST_PAUSE_MS = 60_000
const LONGEST_PAUSE_MS = 6 * HOUR_MS
/** Requests of one client in a day: one that asks without end fills no disk. */
export const MAX_DAILY = 1000

/** A request that waits for its answer. Times are in Unix milliseconds. */
export type Waiting = {
  readonly request: FootprintRequest
  readonly tries: number
  readonly dueMs: number
  readonly takenMs: number
}

/** Requests that were accepted: each is answered once, whatever becomes of this process. */
export type Requests = {
  /** Takes a request, once: the same source and id again is the same. False where the client asked too often today. */
  take(client: string, request: FootprintRequest, nowMs: number): Promise<boolean>
  /** What is to be answered next; null: nothing. */
  next(client: string): Promise<Waiting | null>
  /** Waits twice as long as the time before; false where it has waited for 72 hours, and is given up. */
  postpone(client: string, waiting: Waiting, nowMs: number): Promise<boolean>
  end(client: string, request: FootprintRequest, nowMs: number): Promise<void>
  close(): Promise<void>
}

type Row = {
  client: string
  source: string
  id: string
  criteria: string
  taken: number
  tries: number
  due: number
  ended: number | null
}
type Tables = { requests: Row }

const CREATE = [
  `create table requests (client text not null, source text not null, id text not null, criteria text not null,
    taken bigint not null, tries integer not null, due bigint not null, ended bigint, primary key (client, source, id))`,
  "create index requests_due on requests (client, due) where ended is null",
  "create index requests_taken on requests (taken)",
]

const migrations = () => ({
  getMigrations: async () => ({
    "0001-initial": {
      up: async (db: Kysely<unknown>) => {
        for (const statement of CREATE) await sql.raw(statement).execute(db)
      },
    },
  }),
})

/** Opens the requests that wait, in a SQLite file. Throws where the file is another process's or no store. */
export async function openRequests(file: string): Promise<Requests> {
  const { kysely } = await openStore<Tables>({ file }, { migrations })
  const one = (client: string, { source, id }: FootprintRequest) =>
    kysely.updateTable("requests").where("client", "=", client).where("source", "=", source).where("id", "=", id)
  return {
    async take(client, { source, id, criteria }, nowMs) {
      // What is as old was answered or given up, and a client that still asks for it is not understood.
      await kysely
        .deleteFrom("requests")
        .where("taken", "<", nowMs - 2 * LIFE_MS)
        .execute()
      const { count } = await kysely
        .selectFrom("requests")
        .select(({ fn }) => fn.countAll<number>().as("count"))
        .where("client", "=", client)
        .where("taken", ">", nowMs - 24 * HOUR_MS)
        .executeTakeFirstOrThrow()
      if (count >= MAX_DAILY) return false
      const row = { client, source, id, criteria: JSON.stringify(criteria), taken: nowMs, tries: 0, due: nowMs }
      await kysely
        .insertInto("requests")
        .values({ ...row, ended: null })
        .onConflict((at) => at.doNothing())
        .execute()
      return true
    },
    async next(client) {
      const row = await kysely
        .selectFrom("requests")
        .selectAll()
        .where("client", "=", client)
        .where("ended", "is", null)
        .orderBy("due")
        .limit(1)
        .executeTakeFirst()
      if (row === undefined) return null
      const request = { source: row.source, id: row.id, criteria: JSON.parse(row.criteria) }
      return { request, tries: row.tries, dueMs: row.due, takenMs: row.taken }
    },
    async postpone(client, { request, tries, takenMs }, nowMs) {
      const due = nowMs + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries)
      const isGivenUp = due > takenMs + LIFE_MS
      await one(client, request)
        .set({ tries: tries + 1, due, ended: isGivenUp ? nowMs : null })
        .execute()
      return !isGivenUp
    },
    async end(client, request, nowMs) {
      await one(client, request).set({ ended: nowMs }).execute()
    },
    close: () => kysely.destroy(),
  }
}
