import { timeLeft } from "@wattest/command"

const EVERY_MS = 5000

const startMs = performance.now()
/** A line of what happens, with the seconds since the benchmark began. */
export const say = (text: string) =>
  process.stderr.write(`${((performance.now() - startMs) / 1000).toFixed(0)} s: ${text}\n`)

/** Says now and then how many of `all` are done, and how long the rest takes at this pace. */
export function progressOf(what: string, all: number): (done: number) => void {
  const fromMs = performance.now()
  let saidMs = fromMs
  return (done) => {
    const nowMs = performance.now()
    const left = timeLeft({ done, all, elapsedMs: nowMs - fromMs })
    if (left === null || nowMs - saidMs < EVERY_MS) return
    saidMs = nowMs
    say(`${what}: ${done} of ${all}, ${left}`)
  }
}
