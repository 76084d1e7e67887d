import { Worker } from "node:worker_threads"
import type { Hex } from "@wattest/protocol"
import { privateKeyToAccount } from "viem/accounts"
import type { PromiseSigner, promiseTypedData } from "./promise.ts"

export type PromiseToSign = { readonly id: number; readonly data: ReturnType<typeof promiseTypedData> }

type Waiting = { readonly resolve: (signature: Hex) => void; readonly reject: (error: Error) => void }

/**
 * Signs promises in a thread of its own: a signature takes longer than all other checks of a submission together.
 * The thread ends with the process; if it breaks, every promise that waits for it is refused.
 */
export function createPromiseThread(key: Hex): PromiseSigner {
  const file = import.meta.url.endsWith(".ts") ? "./promise-worker.ts" : "./promise-worker.js"
  const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 }
  const worker = new Worker(new URL(file, import.meta.url), { workerData: key, resourceLimits })
  const waiting = new Map<number, Waiting>()
  let nextId = 0
  worker.on("message", ({ id, signature }: { id: number; signature: Hex }) => {
    waiting.get(id)?.resolve(signature)
    waiting.delete(id)
  })
  worker.on("error", (error: Error) => {
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  })
  worker.unref()
  return {
    address: privateKeyToAccount(key).address,
    signTypedData: (data) =>
      new Promise((resolve, reject) => {
        const id = nextId++
        waiting.set(id, { resolve, reject })
        worker.postMessage({ id, data } satisfies PromiseToSign)
      }),
  }
}
