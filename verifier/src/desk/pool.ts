import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import { parsePolicy } from "../policy.ts"
import { type Job, judgeFile } from "./judge-file.ts"
import type { Judged } from "./row.ts"
import { type Task, worldFor } from "./task.ts"

/** The worker's file, as source or as built: the same way from this folder and from that of the built shared files. */
const WORKER = new URL(`../desk/worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

const MOST_THREADS = 8
/** Below so many documents, starting threads costs more than they save. */
const FEW = 16
/** Documents that a thread takes at once. */
const BATCH = 8

/** Called with each document that is done. */
export type OnJudged = (index: number, judged: Judged) => void

async function judgeHere(jobs: readonly Job[], task: Task, onJudged: OnJudged): Promise<void> {
  const policy = parsePolicy(task.policy)
  // Few documents may have long evidence: its captures are checked on all cores.
  const engine = task.evidence.size === 0 ? undefined : (await import("../node/worker-engine.ts")).createWorkerEngine
  for (const job of jobs) {
    const world = worldFor(policy, task)
    onJudged(job.index, await judgeFile(job, task, engine === undefined ? world : { ...world, engine }))
  }
}

/** Gives a thread batches until there are none. Rejects where the thread ends of itself. */
function drive(worker: Worker, next: () => readonly Job[], onJudged: OnJudged): Promise<void> {
  return new Promise((resolve, reject) => {
    const give = () => {
      const batch = next()
      if (batch.length === 0) resolve()
      else worker.postMessage(batch)
    }
    worker.on("error", reject)
    worker.on("exit", (code) => reject(new Error(`a thread ended with code ${code}`)))
    worker.on("message", (judged: readonly (readonly [number, Judged])[]) => {
      for (const [index, one] of judged) onJudged(index, one)
      give()
    })
    give()
  })
}

/** Judges documents on all cores. Rejects with what kept one from being judged, which is never a document's doing. */
export async function judgeFiles(jobs: readonly Job[], task: Task, onJudged: OnJudged): Promise<void> {
  if (jobs.length < FEW) return judgeHere(jobs, task, onJudged)
  const threads = Math.min(availableParallelism(), MOST_THREADS, Math.ceil(jobs.length / BATCH))
  const workers = Array.from({ length: threads }, () => new Worker(WORKER, { workerData: task }))
  let at = 0
  const next = () => {
    const batch = jobs.slice(at, at + BATCH)
    at += BATCH
    return batch
  }
  try {
    await Promise.all(workers.map((worker) => drive(worker, next, onJudged)))
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}
