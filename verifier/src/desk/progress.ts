import { timeLeft } from "@wattest/command"

/** Says how far a piece of work is. */
export type Progress = { readonly step: () => void; readonly end: () => void }

const EVERY_MS = 250
const LINE_MS = 5000
const SILENT: Progress = { step: () => undefined, end: () => undefined }

/** On a terminal one line that is written over; elsewhere, where it is asked for, a line now and then. */
export function createProgress(total: number, isAsked: boolean): Progress {
  const isTerminal = process.stderr.isTTY === true
  if (!isTerminal && !isAsked) return SILENT
  const start = performance.now()
  let done = 0
  let told = start
  const say = (now: number) => {
    const left = timeLeft({ done, all: total, elapsedMs: now - start })
    const text = `${done} of ${total} judged${left === null ? "" : `, ${left}`}`
    process.stderr.write(isTerminal ? `\r\u001b[K${text}` : `${text}\n`)
  }
  return {
    step() {
      done++
      const now = performance.now()
      if (now - told < (isTerminal ? EVERY_MS : LINE_MS) && done < total) return
      told = now
      say(now)
    },
    end: () => void (isTerminal && process.stderr.write("\r\u001b[K")),
  }
}
