import { timeLeft } from "@wattest/command"
import type { Say } from "./table.ts"

/** A line of progress is said so often at the most. */
const EVERY_MS = 5000

/** Told how many are done. */
export type Progress = (done: number) => void

/** Says of long work how many of `all` are done and how long the rest takes at this pace; of work that is soon over, nothing. */
export function progressOf(what: string, all: number, say: Say, now: () => number = () => performance.now()): Progress {
  const startMs = now()
  let saidMs = startMs
  return (done) => {
    const nowMs = now()
    const left = timeLeft({ done, all, elapsedMs: nowMs - startMs })
    if (nowMs - saidMs < EVERY_MS || left === null) return
    saidMs = nowMs
    say(`${done} of ${all} are ${what}; ${left}`)
  }
}
