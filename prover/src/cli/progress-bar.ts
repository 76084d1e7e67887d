import type { Progress } from "../claims/create-tally.ts"

const WIDTH = 32

/** Shows what is done on standard error: a bar on a terminal, else a line for each tenth. */
export function createProgressBar(what: string): Progress {
  const { stderr } = process
  let tenth = -1
  return (done, total) => {
    const share = total === 0 ? 1 : done / total
    if (stderr.isTTY) {
      const filled = Math.round(WIDTH * share)
      stderr.write(
        `\r${what} [${"#".repeat(filled)}${"-".repeat(WIDTH - filled)}] ${done}/${total}${done === total ? "\n" : ""}`,
      )
    } else if (Math.floor(10 * share) > tenth) {
      tenth = Math.floor(10 * share)
      stderr.write(`${what}: ${done} of ${total}\n`)
    }
  }
}
