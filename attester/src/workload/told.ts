import { closeSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs"
import { Rejection, shape } from "@wattest/protocol"
import { isDiskFault } from "../store/durable.ts"
import type { Counts } from "./counts.ts"
import { addWork, type WorkDone, type Workload, WorkRefused } from "./workload.ts"

const { object, optional, text, unsigned } = shape

/** Totals after something was told, and the name under which it was told. */
const ENTRY = object({ once: optional(text(64)), work: unsigned(64), accepted: unsigned(64), input: unsigned(64) })

const NOTHING: Counts = { work: 0n, accepted: 0n, input: 0n }

/** Most names that are remembered: a quarter of an hour of a node with a process for each of eight boards. */
const MOST_NAMES = 1 << 15

const beyond = (a: bigint, b: bigint): bigint => (a > b ? a - b : 0n)

/**
 * What workloads have told, in a file: what was answered outlives the process, whether a capture shows it yet or not,
 * and what is sent again under its name counts once. Totals go on over a process that was killed, so that its last
 * signed capture says how much of the file is in the books. Writes reach the system and not the disk: a loss of power
 * ends whoever tells, too.
 */
export class ToldWork {
  readonly #path: string
  readonly #workload: Workload
  /** The oldest are forgotten. */
  readonly #names = new Set<string>()
  #left: WorkDone | null = null
  #file: number | null = null
  #lines = 0

  constructor(path: string, workload: Workload) {
    this.#path = path
    this.#workload = workload
  }

  /**
   * Goes on where an earlier process stood, and keeps for {@link bringBack} what was told after the last capture of a run that was
   * cut off. `stored`: the counts in that capture; null where none was cut off: totals begin at 0. Throws what the disk does.
   */
  begin(stored: Counts | null): void {
    const entries = this.#read()
    const last = entries.at(-1) ?? NOTHING
    for (const { once } of entries) this.#keep(once)
    const { work, accepted, input } = Object.assign(this.#workload, stored ?? NOTHING)
    this.#rewrite(stored === null ? NOTHING : last)
    this.#left = stored && {
      units: beyond(last.work, work),
      accepted: beyond(last.accepted, accepted),
      input: beyond(last.input, input),
    }
  }

  /** Adds what no capture of the run before shows, for the run that bridges the time since. */
  bringBack(): void {
    const left = this.#left
    this.#left = null
    try {
      if (left !== null) addWork(this.#workload, left)
    } catch (error) {
      // A file that says what no workload can have told was not written by this program.
      if (!(error instanceof WorkRefused)) throw error
    }
  }

  /** Adds what is told, unless its name is known. Throws {@link WorkRefused}. */
  count(done: WorkDone, once?: string): void {
    if (once !== undefined && this.#names.has(once)) return
    addWork(this.#workload, done)
    this.#keep(once)
    try {
      if (this.#lines > 2 * MOST_NAMES) this.#rewrite(this.#workload)
      else this.#write(once)
    } catch (error) {
      // It is counted all the same, and the next capture shows it.
      if (!isDiskFault(error)) throw error
    }
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }

  #keep(once: string | undefined): void {
    if (once === undefined) return
    this.#names.add(once)
    for (const oldest of this.#names) {
      if (this.#names.size <= MOST_NAMES) break
      this.#names.delete(oldest)
    }
  }

  #read(): readonly (Counts & { readonly once?: string | undefined })[] {
    let said = ""
    try {
      said = readFileSync(this.#path, "utf8")
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
    }
    return said.split("\n").flatMap((line) => {
      try {
        return [ENTRY(JSON.parse(line), "told")]
      } catch (error) {
        // What a kill or a full disk tore off is no entry.
        if (error instanceof Rejection || error instanceof SyntaxError) return []
        throw error
      }
    })
  }

  /** The names that are remembered, with the totals now, in the place of all that was written. */
  #rewrite(totals: Counts): void {
    this.close()
    const lines = [undefined, ...this.#names].map((once) => lineOf(totals, once))
    const unfinished = `${this.#path}.unfinished`
    writeFileSync(unfinished, lines.join(""), { mode: 0o600 })
    renameSync(unfinished, this.#path)
    this.#lines = lines.length
  }

  #write(once: string | undefined): void {
    this.#file ??= openSync(this.#path, "a", 0o600)
    writeSync(this.#file, lineOf(this.#workload, once))
    this.#lines++
  }
}

/** A line of its own, whatever was torn off before it. */
const lineOf = ({ work, accepted, input }: Counts, once?: string): string =>
  `\n${JSON.stringify({ once, work: `${work}`, accepted: `${accepted}`, input: `${input}` })}`
