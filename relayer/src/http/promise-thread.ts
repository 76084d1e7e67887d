import { Worker } from "node:worker_threads"
import type { Hex } from "@wattest/protocol"
import { privateKeyToAccount } from "viem/accounts"
import type { PromiseSigner, promiseTypedData } from "./promise.ts"

export type PromiseToSign = { readonly id: number; readonly data: ReturnType<typeof promiseTypedData> }

const FILE = new URL(import.meta.url.endsWith(".ts") ? "./promise-worker.ts" : "./promise-worker.js", import.meta.url)
const LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 }

type Waiting = { readonly resolve: (signature: Hex) => void; readonly reject: (error: Error) => void }

/**
 * Signs promises in a thread of its own: a signature takes longer than all other checks of a submission together.
 * The thread ends with the process. If it breaks, every promise that waits for it is refused, and the next one starts
 * another.
 */
export function createPromiseThread(key: Hex): PromiseSigner {
  const waiting = new Map<number, Waiting>()
  let nextId = 0
  let thread: Worker | null = null

  function start(): Worker {
    const started = new Worker(FILE, { workerData: key, resourceLimits: LIMITS })
    started.on("message", ({ id, signature }: { id: number; signature: Hex }) => {
      waiting.get(id)?.resolve(signature)
      waiting.delete(id)
    })
    started.on("error", (error: Error) => {
      thread = null
      for (const { reject } of waiting.values()) reject(error)
      waiting.clear()
    })
    started.unref()
    return started
  }

  return {
    address: privateKeyToAccount(key).address,
    signTypedData: (data) =>
      new Promise((resolve, reject) => {
        thread ??= start()
        const id = nextId++
        waiting.set(id, { resolve, reject })
        thread.postMessage({ id, data } satisfies PromiseToSign)
      }),
  }
}
