import type { Judged, Task } from "./messages.ts"

/** The verifier as the page sees it: one worker for all documents. */
export interface Verifier {
  judge(task: Omit<Task, "id">): Promise<Judged>
}

const TIMEOUT_MS = 60_000

export function createVerifier(): Verifier {
  const waiting = new Map<number, (judged: Judged) => void>()
  let worker: Worker | null = null
  let last = 0
  function start(): Worker {
    const started = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" })
    started.addEventListener("message", ({ data }: MessageEvent<Judged>) => {
      waiting.get(data.id)?.(data)
      waiting.delete(data.id)
    })
    return started
  }
  return {
    judge(task) {
      worker ??= start()
      const id = ++last
      worker.postMessage({ ...task, id })
      const { promise, resolve, reject } = Promise.withResolvers<Judged>()
      waiting.set(id, resolve)
      const late = () => {
        waiting.delete(id)
        reject(new Error(`the verifier took longer than ${TIMEOUT_MS / 1000} s`))
      }
      const timer = setTimeout(late, TIMEOUT_MS)
      return promise.finally(() => clearTimeout(timer))
    },
  }
}
