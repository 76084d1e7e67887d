import { type Context, UsageError } from "@wattest/command"
import { assertKeys } from "../proving/key-folder.ts"
import { createProverPool, type ProverPool } from "../proving/prover-pool.ts"
import { openBoard } from "../queue/board.ts"
import { createQueuePool } from "../queue/queue-pool.ts"

export type ProvingOptions = {
  readonly keys: string
  readonly processes: number | undefined
  readonly database?: string | undefined
  readonly worker?: readonly string[]
}

/**
 * Runs with processes that hold the keys, or with the workers of a database, and lets go of them. Throws KEYS_MISSING,
 * KEYS_DIFFER, SOURCE_UNREACHABLE where the database does not answer, and a UsageError for workers without one.
 */
export async function proving<T>(
  { keys, processes, database, worker: recipients = [] }: ProvingOptions,
  { terminal }: Pick<Context, "terminal">,
  work: (pool: ProverPool) => Promise<T>,
): Promise<T> {
  assertKeys(keys)
  if (database === undefined && recipients.length > 0)
    throw new UsageError("--worker without --database", "name the PostgreSQL in which the workers wait")
  const own = createProverPool({ folder: keys, ...(processes === undefined ? {} : { processes }) })
  const board = database === undefined ? null : await openBoard({ databaseUrl: database, folder: keys })
  const onTrouble = (what: string) => terminal.say(what)
  const pool = board === null ? own : createQueuePool({ board, folder: keys, recipients, own, onTrouble })
  try {
    return await work(pool)
  } finally {
    pool.close()
    await board?.stop()
  }
}
