import { type Archive, ArchiveFault, copyName, openFolder } from "@wattest/archive"
import { ARCHIVE_FILES } from "@wattest/protocol"
import { createNotices, type Notices } from "../agent/notices.ts"

export type ArchiveLinkOptions = {
  /** The folder of closed runs. */
  readonly from: string
  readonly to: Archive
  readonly say: (line: string) => void
  /** Between two looks at what is new, ms; a receipt comes when its anchor is final. */
  readonly periodMs?: number
}

const PERIOD_MS = 60_000
/** The record last: a run counts as there once its record is. */
const NAMES = [ARCHIVE_FILES.evidence, ARCHIVE_FILES.record, ARCHIVE_FILES.receipt]

/**
 * Copies closed runs to a second archive. The device's folder stays the first: a store that is away costs delay, never a
 * run, and what it holds is no reason to meter or not to. Each name is read back before it counts as copied.
 */
export class ArchiveLink {
  readonly #options: ArchiveLinkOptions
  readonly #notices: Notices
  readonly #copied = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #closed = false

  constructor(options: ArchiveLinkOptions) {
    this.#options = options
    this.#notices = createNotices(options.say)
  }

  /** Copies what there is to copy; called when a run has been closed, and from time to time. */
  nudge(): void {
    clearTimeout(this.#timer)
    this.#running ??= this.#copy()
      .then(() => this.#notices.well("archive"))
      .catch((error: Error) => this.#notices.trouble("archive", error.message))
      .finally(() => {
        this.#running = undefined
        if (!this.#closed) this.#timer = setTimeout(() => this.nudge(), this.#options.periodMs ?? PERIOD_MS).unref()
      })
  }

  /** Copies what was closed last, and stops. */
  async close(): Promise<void> {
    await this.#running
    this.#closed = true
    this.nudge()
    await this.#running
  }

  async #copy(): Promise<void> {
    const from = openFolder(this.#options.from)
    let conflict: ArchiveFault | undefined
    for await (const folder of this.#uncopied(from))
      try {
        await this.#copyRun(from, folder)
      } catch (error) {
        // Other bytes under one name are for a person to look at; the runs behind it are copied meanwhile.
        if (!(error instanceof ArchiveFault && error.code === "conflict")) throw error
        conflict ??= error
      }
    if (conflict) throw conflict
  }

  async *#uncopied(from: Archive): AsyncGenerator<string> {
    for (const device of await from.list(""))
      for (const run of await from.list(device)) if (!this.#copied.has(`${device}/${run}`)) yield `${device}/${run}`
  }

  /** A run is done with its receipt, which comes last; one whose record is not there yet is being closed. */
  async #copyRun(from: Archive, folder: string): Promise<void> {
    const names = await from.list(folder)
    if (!names.includes(ARCHIVE_FILES.record)) return
    for (const file of NAMES)
      if (names.includes(file) && !this.#copied.has(`${folder}/${file}`)) {
        await copyName(from, this.#options.to, `${folder}/${file}`)
        this.#copied.add(`${folder}/${file}`)
      }
    if (!names.includes(ARCHIVE_FILES.receipt)) return
    for (const file of NAMES) this.#copied.delete(`${folder}/${file}`)
    this.#copied.add(folder)
  }
}
