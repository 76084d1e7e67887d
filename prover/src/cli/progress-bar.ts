import { timeLeft } from "@wattest/command"
import type { Progress } from "../claims/create-tally.ts"

const WIDTH = 32

/** Where a bar is shown: standard error. */
export type Screen = { readonly isTTY?: boolean; write(text: string): unknown }

export type BarOptions = {
  /** Proofs of before, which are done at once: they say nothing of the pace. */
  readonly held?: number
  readonly screen?: Screen
  readonly nowMs?: () => number
}

/** Shows what is done, and the time left: a bar on a terminal, else a line for each tenth. */
export function createProgressBar(what: string, options: BarOptions = {}): Progress {
  const { held = 0, screen = process.stderr, nowMs = () => performance.now() } = options
  const startedAt = nowMs()
  let tenth = -1
  return (done, total) => {
    const share = total === 0 ? 1 : done / total
    const made = Math.max(0, done - held)
    const told = timeLeft({ done: made, all: made + total - done, elapsedMs: nowMs() - startedAt })
    const left = told === null ? "" : `, ${told}`
    if (screen.isTTY) {
      const filled = Math.round(WIDTH * share)
      const bar = `${"#".repeat(filled)}${"-".repeat(WIDTH - filled)}`
      screen.write(`\r\x1b[K${what} [${bar}] ${done}/${total}${left}${done === total ? "\n" : ""}`)
    } else if (Math.floor(10 * share) > tenth) {
      tenth = Math.floor(10 * share)
      screen.write(`${what}: ${done} of ${total}${left}\n`)
    }
  }
}
