import { PgBoss } from "pg-boss"
import { Refusal } from "../refusal.ts"

// Launchers and workers meet in PostgreSQL, by pg-boss: a claim is a row lock, its heartbeat is lost with its worker, and a
// worker that comes back late has no claim any more.

const SCHEMA = "wattest_prover"
const QUEUE = "proofs"
const SUPERVISE_SECONDS = 5
const DAY = 24 * 3600

/** What lies in the queue of one proof. */
export type Sealed = { readonly sealed: string }
/** What a job came to: its output is what a worker said, believed by nobody yet. */
export type Ended = { readonly id: string; readonly state: "completed" | "failed"; readonly output: unknown }

export type Board = {
  /** Puts a proof up, unless one of this id is there. */
  readonly post: (id: string, sealed: string) => Promise<void>
  /** What became of proofs: those that ended, and those that are gone. */
  readonly look: (
    ids: readonly string[],
  ) => Promise<{ readonly ended: readonly Ended[]; readonly gone: readonly string[] }>
  /** Takes proofs down, with all that is known of them. */
  readonly remove: (ids: readonly string[]) => Promise<void>
  /** Takes up proofs until it is stopped, `slots` at once. An error is a failed try; another worker has the next one. */
  readonly work: (slots: number, prove: (sealed: string) => Promise<object>) => Promise<void>
  readonly stop: () => Promise<void>
}

export type BoardSettings = {
  readonly databaseUrl: string
  /** A worker that was not heard for so long has lost a proof that is put up here; 10 at least. */
  readonly heartbeatSeconds?: number
  /** Told what went wrong between here and the database. */
  readonly onError?: (error: Error) => void
}

/** What the database did not do, as a Refusal. */
export const unreachable = (error: Error) =>
  new Refusal("SOURCE_UNREACHABLE", `the queue's database: ${error.message.split("\n")[0]}`, "check --database")

export async function openBoard({ databaseUrl, heartbeatSeconds = 30, onError }: BoardSettings): Promise<Board> {
  const boss = new PgBoss({
    ...{ connectionString: databaseUrl, schema: SCHEMA, schedule: false, application_name: "wattest-prove" },
    ...{ superviseIntervalSeconds: SUPERVISE_SECONDS, monitorIntervalSeconds: SUPERVISE_SECONDS },
  })
  boss.on("error", (error) => onError?.(error))
  try {
    await boss.start()
    await boss.createQueue(QUEUE, {
      ...{
        heartbeatSeconds,
        expireInSeconds: 3600,
        retryLimit: 8,
        deleteAfterSeconds: DAY,
        retentionSeconds: 14 * DAY,
      },
    })
  } catch (error) {
    throw unreachable(error as Error)
  }
  const sql = async (text: string, values: unknown[]) => (await boss.getDb().executeSql(text, values)).rows as unknown[]
  /** A proof that is made needs its input no more, though nobody may have collected it yet. */
  const clear = () =>
    sql(`UPDATE ${SCHEMA}.job SET data = '{}' WHERE name = $1 AND state IN ('completed', 'failed') AND data <> '{}'`, [
      QUEUE,
    ])
  let clearing: NodeJS.Timeout | undefined
  return {
    post: async (id, sealed) => {
      await boss.insert(QUEUE, [{ id, data: { sealed }, heartbeatSeconds }])
    },
    look: async (ids) => {
      const rows = (await sql(
        `SELECT id, state::text, CASE WHEN state IN ('completed', 'failed') THEN output END AS output
           FROM ${SCHEMA}.job WHERE name = $1 AND id = ANY($2::uuid[])`,
        [QUEUE, ids],
      )) as { readonly id: string; readonly state: string; readonly output: unknown }[]
      const known = new Set(rows.map(({ id }) => id))
      const ended = rows.flatMap(({ id, state, output }): Ended[] =>
        state === "completed" || state === "failed" ? [{ id, state, output }] : [],
      )
      return { ended, gone: ids.filter((id) => !known.has(id)) }
    },
    remove: async (ids) => {
      if (ids.length > 0) await boss.deleteJob(QUEUE, [...ids])
    },
    work: async (slots, prove) => {
      clearing = setInterval(() => void clear().catch((error: Error) => onError?.(error)), 1000 * SUPERVISE_SECONDS)
      await boss.work<Sealed, object>(
        QUEUE,
        { localConcurrency: slots, batchSize: 1, pollingIntervalSeconds: 0.5 },
        async ([job]) => {
          if (job === undefined) return {}
          return prove(typeof job.data?.sealed === "string" ? job.data.sealed : "")
        },
      )
    },
    stop: async () => {
      clearInterval(clearing)
      await boss.stop({ graceful: true, timeout: 30_000 })
    },
  }
}
