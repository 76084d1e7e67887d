import type { Fault, Judged, Task } from "./messages.ts"

/** The verifier as the page sees it: one worker for all documents. */
export interface Verifier {
  /** Throws where the document could not be judged, which says nothing of it. */
  judge(task: Omit<Task, "id">): Promise<Judged>
}

const TIMEOUT_MS = 60_000

type Waiting = ReturnType<typeof Promise.withResolvers<Judged>>

export function createVerifier(): Verifier {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | null = null
  let last = 0
  /** Whoever waits for a worker that is gone waits for nothing. */
  function stop(reason: string): void {
    worker?.terminate()
    worker = null
    for (const { reject } of waiting.values()) reject(new Error(reason))
    waiting.clear()
  }
  function start(): Worker {
    const started = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" })
    started.addEventListener("message", ({ data }: MessageEvent<Judged | Fault>) => {
      const asked = waiting.get(data.id)
      waiting.delete(data.id)
      if ("fault" in data) asked?.reject(new Error(data.fault))
      else asked?.resolve(data)
    })
    started.addEventListener("error", () => stop("the verifier could not be loaded"))
    return started
  }
  return {
    judge(task) {
      worker ??= start()
      const id = ++last
      const asked = Promise.withResolvers<Judged>()
      waiting.set(id, asked)
      worker.postMessage({ ...task, id })
      // one document may hold all others up: the next one gets a worker of its own
      const timer = setTimeout(() => stop(`the verifier took longer than ${TIMEOUT_MS / 1000} s`), TIMEOUT_MS)
      return asked.promise.finally(() => clearTimeout(timer))
    },
  }
}
