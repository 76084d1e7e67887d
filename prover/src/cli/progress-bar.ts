import type { Progress } from "../claims/create-tally.ts"

const WIDTH = 32

/** Time left at the rate so far, in the largest unit of which there are two. */
function leftOf(startedAt: number, done: number, total: number): string {
  if (done === 0 || done === total) return ""
  const seconds = ((performance.now() - startedAt) / 1000 / done) * (total - done)
  if (seconds < 120) return `, ${Math.ceil(seconds)} s left`
  return seconds < 7200 ? `, ${Math.ceil(seconds / 60)} min left` : `, ${Math.ceil(seconds / 3600)} h left`
}

/** Shows what is done, and the time left, on standard error: a bar on a terminal, else a line for each tenth. */
export function createProgressBar(what: string): Progress {
  const { stderr } = process
  const startedAt = performance.now()
  let tenth = -1
  return (done, total) => {
    const share = total === 0 ? 1 : done / total
    const left = leftOf(startedAt, done, total)
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
