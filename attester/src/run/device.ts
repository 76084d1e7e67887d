import { readdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { Rejection, type RunRecord, type SensorReading, type Status } from "@wattest/protocol"
import type { Signer } from "../keys/signer.ts"
import { makeFolder } from "../store/durable.ts"
import { JournalDamaged } from "../store/journal.ts"
import { lockDevice } from "../store/lock.ts"
import { recordOf, writeArchive } from "./archive.ts"
import { type DeviceLog, type DeviceState, openDeviceLog } from "./device-log.ts"
import { checkOpening } from "./labels.ts"
import { recoverRun } from "./recovery.ts"
import { type Observation, openRun, type Run, type RunLabels, type RunProgress } from "./run.ts"

/** Names within a device's folder. */
export const DEVICE_FILES = { log: "device.journal", runs: "runs", archive: "archive", endpoint: "endpoint" } as const

/** The device's number of the next run is lower than one that its token or the chain knows: an old copy was restored. */
export class OldCopy extends Error {
  override readonly name = "OldCopy"
}

export type ClosedRun = { readonly record: RunRecord; readonly folder: string }

/** What became of the run that was open when the device stopped. */
export type Recovered =
  | { readonly outcome: "none" }
  | { readonly outcome: "void"; readonly run: bigint; readonly reason: string }
  | { readonly outcome: "closed"; readonly closed: ClosedRun; readonly lastReadings: readonly SensorReading[] }

/** The journal is lost or says what no journal can: trying again would fail for ever. A failing disk may come back. */
const isUnreadable = (error: unknown): boolean =>
  error instanceof JournalDamaged ||
  error instanceof Rejection ||
  error instanceof SyntaxError ||
  error instanceof RangeError ||
  (error as NodeJS.ErrnoException).code === "ENOENT"

/** One device with its folder: numbers runs, opens and closes them, never two at once. */
export class Device {
  readonly signer: Signer
  readonly #home: string
  readonly #log: DeviceLog
  readonly #unlock: () => Promise<void>
  #open: Run | undefined
  #closing: { readonly progress: RunProgress; readonly status: Status } | undefined

  private constructor(signer: Signer, home: string, log: DeviceLog, unlock: () => Promise<void>) {
    this.signer = signer
    this.#home = home
    this.#log = log
    this.#unlock = unlock
  }

  /**
   * Opens a device's folder for this process alone. Throws DeviceBusy, DeviceLogError, or {@link OldCopy} where the
   * key's hardware has counted further than the folder.
   */
  static async open(home: string, signer: Signer): Promise<Device> {
    const unlock = await lockDevice(home)
    try {
      const log = await openDeviceLog(join(home, DEVICE_FILES.log), signer.device)
      const device = new Device(signer, home, log, unlock)
      const counted = (await signer.counter?.read()) ?? 0n
      device.refuseBelow(counted, "the token")
      return device
    } catch (error) {
      await unlock()
      throw error
    }
  }

  get state(): Readonly<DeviceState> {
    return this.#log.state
  }

  get archive(): string {
    return join(this.#home, DEVICE_FILES.archive)
  }

  /** Throws {@link OldCopy} where `nextRun`, as `who` knows it, is beyond the device's own count. */
  refuseBelow(nextRun: bigint, who: string): void {
    if (this.state.nextRun < nextRun)
      throw new OldCopy(
        `${who} knows runs up to ${nextRun - 1n} of this device, its folder only up to ${this.state.nextRun - 1n}: an old copy was restored`,
      )
  }

  /** Settles the run that was left open: closed with every durable capture, or void where there is none. */
  async recover(status: Status = "interrupted"): Promise<Recovered> {
    const run = this.state.openRun
    if (run === null) return { outcome: "none" }
    const path = this.#journalPath(run)
    let progress: RunProgress | null = null
    let reason = "its journal holds no capture"
    try {
      progress = await recoverRun(path)
    } catch (error) {
      if (!isUnreadable(error)) throw error
      reason = (error as Error).message
    }
    if (progress === null) {
      await this.#log.record({ event: "void", run })
      return { outcome: "void", run, reason }
    }
    const closed = await this.#settle(progress, status)
    return { outcome: "closed", closed, lastReadings: progress.lastReadings }
  }

  /**
   * Opens the next run. Its number is taken, in the token too, before anything of the run is signed. Throws a Rejection
   * where labels or context are none that a document could hold: no certificate could be made of the run.
   */
  async openRun(labels: RunLabels, opening: Observation): Promise<Run> {
    checkOpening(labels.tags, labels.context)
    const run = this.state.nextRun
    if (this.state.openRun !== null) throw new Error(`run ${this.state.openRun} is open: recover or close it first`)
    if (this.state.retiredAfter !== null) throw new Error(`the device retired after run ${this.state.retiredAfter}`)
    // The log first: a stop between the two leaves the token behind, which the next run mends, never ahead.
    await this.#log.record({ event: "opened", run })
    await this.signer.counter?.write(run + 1n)
    await makeFolder(join(this.#home, DEVICE_FILES.runs))
    this.#open = await openRun({ signer: this.signer, journalPath: this.#journalPath(run), run, labels, opening })
    return this.#open
  }

  /**
   * Closes the open run: evidence and record durable in the archive, then the log, then the journal is removed.
   * Where that fails (a full disk), nothing is lost and the next call tries again.
   */
  async closeRun(status: Status = "complete"): Promise<ClosedRun> {
    if (this.#open !== undefined) {
      await this.#open.close()
      this.#closing = { progress: this.#open.progress(), status }
      this.#open = undefined
    }
    if (this.#closing === undefined) throw new Error("no run is open")
    const closed = await this.#settle(this.#closing.progress, this.#closing.status)
    this.#closing = undefined
    return closed
  }

  async #settle(progress: RunProgress, status: Status): Promise<ClosedRun> {
    const lifetime = this.state.lifetimeMillijoules + progress.metered.registers.energyMillijoules
    const record = recordOf(this.signer, progress, lifetime, status)
    const journalPath = this.#journalPath(progress.run)
    const folder = await writeArchive(this.archive, this.signer, { progress, journalPath, record })
    await this.#log.record({ event: "closed", run: progress.run, root: record.root, lifetimeMillijoules: lifetime })
    await this.#removeJournals()
    return { record, folder }
  }

  /** Journals of settled runs; one may be left from a stop between the log's line and the removal. */
  async #removeJournals(): Promise<void> {
    const folder = join(this.#home, DEVICE_FILES.runs)
    for (const name of await readdir(folder)) await rm(join(folder, name))
  }

  #journalPath(run: bigint): string {
    return join(this.#home, DEVICE_FILES.runs, `${run}.journal`)
  }

  record(event: Parameters<DeviceLog["record"]>[0]): Promise<void> {
    return this.#log.record(event)
  }

  async close(): Promise<void> {
    await this.#log.close()
    await this.signer.close()
    await this.#unlock()
  }
}
