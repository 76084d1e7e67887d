import { Worker } from "node:worker_threads"
import type { ChainReader } from "@wattest/verifier"
import type { JudgedDocument } from "./judged.ts"
import type { FromThread, Task, ToThread } from "./worker.ts"

/** The worker's file, as source or as built. */
const WORKER = new URL(`./worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

/** A document that nobody made on purpose takes seconds. */
const LIMIT_MS = 60_000
const LIMITS = { maxOldGenerationSizeMb: 384, maxYoungGenerationSizeMb: 32 }

/** A document that takes too long, or too much memory, or ended the thread otherwise. */
export class Overlong extends Error {
  override readonly name = "Overlong"
}

/** Judges a document in a thread of its own, which ends with it: what it costs is bounded, and readers do not wait for it. */
export function judgeInThread(task: Task, chain: ChainReader): Promise<JudgedDocument> {
  const worker = new Worker(WORKER, { resourceLimits: LIMITS })
  const send = (message: ToThread) => worker.postMessage(message)
  const answerBlock = async ({ ask, chainId, number }: Extract<FromThread, { ask: number }>) =>
    send({ asked: ask, block: await chain.blockAt(chainId, number).catch(() => "unknown" as const) })
  return new Promise<JudgedDocument>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Overlong(`it takes longer than ${LIMIT_MS / 1000} s to judge`)), LIMIT_MS)
    limit.unref()
    worker.on("message", (message: FromThread) => {
      if ("judged" in message) resolve(message.judged)
      else void answerBlock(message)
    })
    worker.on("error", (error) => reject(new Overlong(`it cannot be judged here: ${error.message}`)))
    worker.on("exit", () => reject(new Overlong("it cannot be judged here")))
    send({ task })
  }).finally(() => worker.terminate())
}
