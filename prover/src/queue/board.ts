import { PgBoss } from "pg-boss"
import { nameOfKeys } from "../proving/key-folder.ts"
import { Refusal } from "../refusal.ts"

// Launchers and workers meet in PostgreSQL, by pg-boss: a claim is a row lock, its heartbeat is lost with its worker, and a
// worker that comes back late has no claim any more. Those of other keys have a queue of their own.

const SCHEMA = "wattest_prover"
const SUPERVISE_SECONDS = 5
/** Openings are not kept longer than a launch may take: what nobody makes within a day is gone, as what was made. */
const DAY = 24 * 3600
const KEPT = { deleteAfterSeconds: DAY, retentionSeconds: DAY }
/** Longest answer that is read, in characters: eight times a proof. */
const MAX_OUTPUT = 8192
/** A database that says nothing for so long is taken for gone. */
const SILENCE_MS = 30_000

/** What lies in the queue of one proof. */
export type Sealed = { readonly sealed: string }
/** What a worker said of a proof; null where it gave none, or too much. Believed by nobody yet. */
export type Ended = { readonly id: string; readonly output: unknown }

export type Board = {
  /** Puts a proof up, unless one of this id is there. */
  readonly post: (id: string, sealed: string) => Promise<void>
  /** What became of proofs: those that ended, those that are gone, and how many somebody is at, as the database says. */
  readonly look: (
    ids: readonly string[],
  ) => Promise<{ readonly ended: readonly Ended[]; readonly gone: readonly string[]; readonly active: number }>
  /** Takes proofs down, with all that is known of them. */
  readonly remove: (ids: readonly string[]) => Promise<void>
  /** Takes up proofs until it is stopped, `slots` at once. An error is a failed try; another worker has the next one. */
  readonly work: (slots: number, prove: (sealed: string) => Promise<object>) => Promise<void>
  /** Proofs that nobody has taken up: for these keys, and for other ones. */
  readonly waiting: () => Promise<{ readonly own: number; readonly others: number }>
  /** What is in the making goes back to the queue at once, for another worker. */
  readonly stop: () => Promise<void>
}

export type BoardSettings = {
  readonly databaseUrl: string
  /** Folder of keys. */
  readonly folder: string
  /** A worker that was not heard for so long has lost a proof that is put up here; 10 at least. */
  readonly heartbeatSeconds?: number
  /** Told what went wrong between here and the database. */
  readonly onError?: (error: Error) => void
}

/** What the database did not do, as a Refusal. */
export const unreachable = (error: Error) =>
  new Refusal("SOURCE_UNREACHABLE", `the queue's database: ${error.message.split("\n")[0]}`, "check --database")

async function connect({ databaseUrl, onError }: BoardSettings, queue: string, heartbeatSeconds: number) {
  const boss = new PgBoss({
    ...{ connectionString: databaseUrl, schema: SCHEMA, schedule: false, application_name: "wattest-prove" },
    ...{ superviseIntervalSeconds: SUPERVISE_SECONDS, monitorIntervalSeconds: SUPERVISE_SECONDS },
  })
  boss.on("error", (error) => onError?.(error))
  try {
    await boss.start()
    await boss.createQueue(queue, { heartbeatSeconds, expireInSeconds: 3600, retryLimit: 8, ...KEPT })
    // One that is there already keeps what it was made with
    await boss.updateQueue(queue, KEPT)
    return boss
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => {})
    throw unreachable(error as Error)
  }
}

/** Rejects where the answer does not come: a host that is gone closes no connection. */
function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), SILENCE_MS)
  })
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}

export async function openBoard(settings: BoardSettings): Promise<Board> {
  const { heartbeatSeconds = 30, onError } = settings
  const queue = `proofs-${nameOfKeys(settings.folder)}`
  const boss = await connect(settings, queue, heartbeatSeconds)
  const sql = async (text: string, values: unknown[]) =>
    (await inTime(boss.getDb().executeSql(text, values))).rows as unknown[]
  /** A proof that is made needs its input no more, though nobody may have collected it yet. */
  const clear = () =>
    sql(`UPDATE ${SCHEMA}.job SET data = '{}' WHERE name = $1 AND state IN ('completed', 'failed') AND data <> '{}'`, [
      queue,
    ])
  let clearing: NodeJS.Timeout | undefined
  return {
    post: async (id, sealed) => {
      await inTime(boss.insert(queue, [{ id, data: { sealed }, heartbeatSeconds }]))
    },
    look: async (ids) => {
      const rows = (await sql(
        `SELECT id, state IN ('created', 'retry', 'active') AS open, state = 'active' AS active,
                CASE WHEN state = 'completed' AND length(output::text) <= ${MAX_OUTPUT} THEN output END AS output
           FROM ${SCHEMA}.job WHERE name = $1 AND id = ANY($2::uuid[]) LIMIT ${ids.length}`,
        [queue, ids],
      )) as { readonly id: string; readonly open: boolean; readonly active: boolean; readonly output: unknown }[]
      const known = new Set(rows.map(({ id }) => id))
      const ended = rows.flatMap(({ id, open, output }): Ended[] => (open ? [] : [{ id, output }]))
      const active = rows.filter((row) => row.active).length
      return { ended, gone: ids.filter((id) => !known.has(id)), active }
    },
    remove: async (ids) => {
      if (ids.length > 0) await inTime(boss.deleteJob(queue, [...ids]))
    },
    work: async (slots, prove) => {
      clearing = setInterval(() => void clear().catch((error: Error) => onError?.(error)), 1000 * SUPERVISE_SECONDS)
      await boss.work<Sealed, object>(
        queue,
        { localConcurrency: slots, batchSize: 1, pollingIntervalSeconds: 0.5 },
        async ([job]) => {
          if (job === undefined) return {}
          return prove(typeof job.data?.sealed === "string" ? job.data.sealed : "")
        },
      )
    },
    waiting: async () => {
      const [row] = (await sql(
        `SELECT count(*) FILTER (WHERE name = $1)::int AS own, count(*) FILTER (WHERE name <> $1)::int AS others
           FROM ${SCHEMA}.job WHERE name LIKE 'proofs-%' AND state IN ('created', 'retry')`,
        [queue],
      )) as { readonly own: number; readonly others: number }[]
      return { own: row?.own ?? 0, others: row?.others ?? 0 }
    },
    stop: async () => {
      clearInterval(clearing)
      await boss.stop({ graceful: false })
    },
  }
}
