import { hash } from "node:crypto"
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import { nodeSignatures } from "@wattest/protocol/node"
import { BATCH_CAPTURES, type CaptureBatch } from "../evidence/capture-batch.ts"
import type { BatchOutcome, CaptureEngineFactory, CaptureOrigin } from "../evidence/capture-engine.ts"
import { createBatchCheck } from "../evidence/capture-engine.ts"

/** The worker's file, as source or as built: the same way from this folder and from that of the built shared files. */
const WORKER = new URL(`../node/capture-worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

const MOST_THREADS = 8

/** Batches are short-lived: a small young generation keeps a thread at some 30 MB without costing it time. */
const LIMITS = { maxYoungGenerationSizeMb: 6, maxOldGenerationSizeMb: 128 }

interface Pending {
  readonly resolve: (outcome: BatchOutcome) => void
  readonly reject: (error: Error) => void
}

/** A thread and the batches that it has not answered yet, oldest first. */
interface Thread {
  readonly worker: Worker
  readonly pending: Pending[]
}

function startThread(origin: CaptureOrigin): Thread {
  const worker = new Worker(WORKER, { workerData: origin, resourceLimits: LIMITS })
  const pending: Pending[] = []
  const fail = (error: Error) => {
    for (const { reject } of pending.splice(0)) reject(error)
  }
  worker.on("message", (outcome: BatchOutcome) => {
    pending.shift()?.resolve(outcome)
  })
  worker.on("error", fail)
  worker.on("exit", () => fail(new Error("a thread that checks captures ended")))
  return { worker, pending }
}

/**
 * An engine on node:crypto with as many threads as the machine has cores, at most 8. Evidence that fits one batch is
 * checked in this thread: no thread is started for it.
 */
export const createWorkerEngine: CaptureEngineFactory = (origin) => {
  const threads: Thread[] = []
  const local = createBatchCheck(origin.run, nodeSignatures(origin.device))
  const most = Math.min(availableParallelism(), MOST_THREADS)
  /** The least busy thread, or a new one while all are busy and more are allowed. */
  const choose = (): Thread => {
    const idle = threads.toSorted((a, b) => a.pending.length - b.pending.length)[0]
    if (idle !== undefined && (idle.pending.length === 0 || threads.length >= most)) return idle
    const thread = startThread(origin)
    threads.push(thread)
    return thread
  }
  return {
    digest: (text) => hash("sha256", text, "buffer"),
    check(batch: CaptureBatch) {
      const isFull = batch.signatures.length === BATCH_CAPTURES * 64
      if (threads.length === 0 && !isFull) return Promise.resolve(local(batch))
      const { worker, pending } = choose()
      return new Promise((resolve, reject) => {
        pending.push({ resolve, reject })
        worker.postMessage(batch, [batch.words.buffer, batch.signatures.buffer])
      })
    },
    async close() {
      await Promise.all(threads.splice(0).map(({ worker }) => worker.terminate()))
    },
  }
}
