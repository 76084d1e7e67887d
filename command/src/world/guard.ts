import { EXIT } from "../exit.ts"
import { printable } from "./printable.ts"

/** The two lines that tell of a bug. */
export function faultOf(error: unknown): string {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return `error: this is a fault of ours, and nothing was judged or done\nhint: please report this: ${printable(what)}`
}

/** Tells of a bug that no promise carried. Never exit code 1: nobody may take it for a refusal. */
function fail(error: unknown): never {
  process.stderr.write(`${faultOf(error)}\n`)
  process.exit(EXIT.fault)
}

/** Who reads only the beginning of an answer closes the pipe: the exit code still tells how it ended. */
function onStreamError(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") fail(error)
}

let isGuarded = false

/** From here on nothing that fails unseen in this process looks like a verdict. */
export function guardProcess(): void {
  if (isGuarded) return
  isGuarded = true
  process.stdout.on("error", onStreamError)
  process.stderr.on("error", onStreamError)
  process.on("uncaughtException", fail)
}
