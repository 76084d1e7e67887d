import type { Server } from "node:http"
import { availableParallelism } from "node:os"
import { ageIdentitiesIn, type Context, checkFree, createDurably, type Outcome, UsageError } from "@wattest/command"
import { createProofCheck } from "../proving/checked.ts"
import { assertKeys, nameOfKeys } from "../proving/key-folder.ts"
import { createProverPool } from "../proving/prover-pool.ts"
import { type Board, openBoard } from "../queue/board.ts"
import { isIdentity, newWorkerKey } from "../queue/sealed.ts"
import { startWorker } from "../queue/worker.ts"
import { createWorkerMetrics, serveMetrics } from "../queue/worker-metrics.ts"
import { Refusal } from "../refusal.ts"
import { report } from "./document.ts"

export type WorkerOptions = {
  readonly database: string
  readonly identity: string
  readonly keys: string
  readonly processes: number | undefined
  readonly idle: number | undefined
  readonly metrics: number | undefined
  readonly host: string
}

/**
 * Exit codes of a worker that was told to end, as a shell has them: other than 0, so that a scheduler that moves it does not
 * take its work for done.
 */
const ENDED_BY = { SIGTERM: 143, SIGINT: 130 } as const
/** An error of the database that goes on is said again after so long. */
const SAY_AGAIN_MS = 60_000
/** The secret key in a file of age, its first one. */
function identityIn(path: string): string {
  const [found] = ageIdentitiesIn(path)
  if (found === undefined || !isIdentity(found))
    throw new UsageError(`${path} holds no whole key of a worker`, "make one: wattest prove worker-key")
  return found
}

/** Resolves with an exit code: of the signal that told it to end, or 0 when nothing was done for `idleMs`. */
function ending(idleMs: number | undefined, idleSince: () => number): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve(ENDED_BY[signal]))
    if (idleMs === undefined) return
    // It is the queue that keeps the process: one that a signal or an error ends does not wait for this
    setInterval(() => {
      if (Date.now() - idleSince() >= idleMs) resolve(0)
    }, 500).unref()
  })
}

/** Says each new error of the database, and one that goes on once a minute. */
function sayErrors(say: (line: string) => void): (error: Error) => void {
  let [last, at] = ["", 0]
  return ({ message }) => {
    // The queue's library adds its own numbers of queue and worker
    const line = (message.split("\n")[0] ?? "").replace(/ \(Queue: .*\)$/, "")
    if (line === last && Date.now() - at < SAY_AGAIN_MS) return
    ;[last, at] = [line, Date.now()]
    say(`the queue: ${line}`)
  }
}

/** Refuses to wait for proofs of these keys where there are only such as are for others. */
async function checkWaiting(board: Board, folder: string): Promise<void> {
  const { own, others } = await board.waiting()
  if (own > 0 || others === 0) return
  const detail = `${others} wait for other keys than those in ${folder} (${nameOfKeys(folder)}), and none for these`
  throw new Refusal("KEYS_DIFFER", detail, "name the launcher's keys with --keys, or start the launcher first")
}

/** Makes proofs until it is told to end. */
export async function worker(options: WorkerOptions, context: Context): Promise<Outcome> {
  const { database, keys, processes = availableParallelism(), idle, metrics: port, host } = options
  const identity = identityIn(options.identity)
  assertKeys(keys)
  const { say } = context.terminal
  const board = await openBoard({ databaseUrl: database, folder: keys, onError: sayErrors(say) })
  const pool = createProverPool({ folder: keys, processes })
  const metrics = createWorkerMetrics()
  let server: Server | null = null
  let [made, lastAt, inFlight, exit] = [0, Date.now(), 0, 0]
  try {
    if (port !== undefined) server = await serveMetrics(metrics, { port, host })
    await checkWaiting(board, keys)
    const told = ending(idle, () => (inFlight > 0 ? Date.now() : lastAt))
    await startWorker({
      ...{ board, pool, check: createProofCheck(keys), slots: processes, identity, metrics },
      onStart: () => inFlight++,
      onEnd: ({ circuit, seconds, error }) => {
        inFlight--
        lastAt = Date.now()
        if (error === null) made++
        if (exit === 0) say(`${circuit}: ${error ?? `${seconds.toFixed(2)} s`}`)
      },
    })
    say("waiting for proofs to make")
    exit = await told
    if (inFlight > 0) say(`${inFlight} in the making: handed back`)
  } finally {
    await board.stop()
    pool.close()
    server?.close()
  }
  report(context, { proofs: made })
  return { exit }
}

/** A new key of a worker: its secret in a file, its public half on standard output. */
export async function workerKey({ out }: { readonly out: string }, context: Context): Promise<undefined> {
  checkFree(out, "--out")
  const { identity, recipient } = await newWorkerKey()
  createDurably(out, `# public key: ${recipient}\n${identity}\n`)
  report(context, { key: recipient, document: out })
}
