import { existsSync, readFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { type Context, UsageError } from "@wattest/command"
import { assertKeys } from "../proving/key-folder.ts"
import { createProverPool } from "../proving/prover-pool.ts"
import { openBoard } from "../queue/board.ts"
import { newWorkerKey } from "../queue/sealed.ts"
import { startWorker } from "../queue/worker.ts"
import { createWorkerMetrics, serveMetrics } from "../queue/worker-metrics.ts"
import { writeWhole } from "../whole-file.ts"
import { report } from "./document.ts"

export type WorkerOptions = {
  readonly database: string
  readonly identity: string
  readonly keys: string
  readonly processes: number | undefined
  readonly idle: number | undefined
  readonly metrics: number | undefined
}

/** The secret key in a file of age: its line that is no comment. */
function identityIn(path: string): string {
  const lines = readFileSync(path, "utf8").split("\n")
  const found = lines.map((line) => line.trim()).find((line) => /^AGE-SECRET-KEY-1[0-9A-Z]{58}$/.test(line))
  if (found === undefined)
    throw new UsageError(`${path} holds no key of a worker`, "make one: wattest prove worker-key")
  return found
}

/** Resolves on SIGTERM or SIGINT, or when nothing was done for `idleMs`. */
function ending(idleMs: number | undefined, isIdleSince: () => number): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve())
    if (idleMs === undefined) return
    const timer = setInterval(() => {
      if (Date.now() - isIdleSince() < idleMs) return
      clearInterval(timer)
      resolve()
    }, 500)
  })
}

/** Makes proofs until it is told to end. */
export async function worker(options: WorkerOptions, context: Context): Promise<undefined> {
  const { database, keys, processes = availableParallelism(), idle } = options
  const identity = identityIn(options.identity)
  assertKeys(keys)
  const onError = ({ message }: Error) => context.terminal.say(`the queue: ${message}`)
  const board = await openBoard({ databaseUrl: database, onError })
  const pool = createProverPool({ folder: keys, processes })
  const metrics = createWorkerMetrics()
  const server = options.metrics === undefined ? null : await serveMetrics(metrics, options.metrics)
  let [made, lastAt, inFlight] = [0, Date.now(), 0]
  await startWorker({
    ...{ board, pool, slots: processes, identity, metrics },
    onStart: () => inFlight++,
    onEnd: ({ circuit, seconds, error }) => {
      inFlight--
      lastAt = Date.now()
      if (error === null) made++
      context.terminal.say(`${circuit}: ${error ?? `${seconds.toFixed(2)} s`}`)
    },
  })
  context.terminal.say("waiting for proofs to make")
  await ending(idle, () => (inFlight > 0 ? Date.now() : lastAt))
  await board.stop()
  pool.close()
  server?.close()
  report(context, { proofs: made })
}

/** A new key of a worker: its secret in a file, its public half on standard output. */
export async function workerKey({ out }: { readonly out: string }, context: Context): Promise<undefined> {
  if (existsSync(out))
    throw new UsageError(`${out} is there already`, "name another file: a key that is lost reads nothing")
  const { identity, recipient } = await newWorkerKey()
  await writeWhole(out, new TextEncoder().encode(`# public key: ${recipient}\n${identity}\n`))
  report(context, { key: recipient, document: out })
}
