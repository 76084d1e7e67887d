import { timeLeft } from "@wattest/command"
import type { Progress } from "../claims/create-tally.ts"

const WIDTH = 32

/** Shows what is done, and the time left, on standard error: a bar on a terminal, else a line for each tenth. */
export function createProgressBar(what: string): Progress {
  const { stderr } = process
  const startedAt = performance.now()
  let tenth = -1
  return (done, total) => {
    const share = total === 0 ? 1 : done / total
    const told = timeLeft({ done, all: total, elapsedMs: performance.now() - startedAt })
    const left = told === null ? "" : `, ${told}`
    if (stderr.isTTY) {
      const filled = Math.round(WIDTH * share)
      const bar = `${"#".repeat(filled)}${"-".repeat(WIDTH - filled)}`
      stderr.write(`\r\x1b[K${what} [${bar}] ${done}/${total}${left}${done === total ? "\n" : ""}`)
    } else if (Math.floor(10 * share) > tenth) {
      tenth = Math.floor(10 * share)
      stderr.write(`${what}: ${done} of ${total}${left}\n`)
    }
  }
}
