import { readdir, rm } from "node:fs/promises"
import { join, resolve } from "node:path"
import {
  addRegisters,
  type Group,
  type Origin,
  type Registers,
  type RunRecord,
  type Status,
  type VouchDocument,
  vouchDigest,
  ZERO_REGISTERS,
} from "@wattest/protocol"
import type { Beginning } from "../books/beginning.ts"
import type { Recorded } from "../books/recorder.ts"
import { type Host, standOf } from "../books/stand.ts"
import { deviceOf, type Signer } from "../keys/signer.ts"
import { DEVICE_FILES, readVouch } from "../store/device-folder.ts"
import { isDiskFault, makeFolder } from "../store/durable.ts"
import { lockDevice } from "../store/lock.ts"
import { admit, admitPart, admitRecording } from "./admission.ts"
import { recordOf, writeArchive } from "./archive.ts"
import { type DeviceLog, type DeviceState, openDeviceLog, VOID_ROOT } from "./device-log.ts"
import { type Standing, Stands, standingOf } from "./last-run.ts"
import { recoverRun } from "./recovery.ts"
import { type Observation, openRun, type Run, type RunLabels, type RunProgress } from "./run.ts"

/** The device's number of the next run is lower than one that its token or the chain knows: an old copy was restored. */
export class OldCopy extends Error {
  override readonly name = "OldCopy"
}

export type ClosedRun = { readonly record: RunRecord; readonly folder: string }

/** What became of the run that was open when the device stopped. */
export type Recovered =
  | { readonly outcome: "none" }
  | { readonly outcome: "void"; readonly run: bigint; readonly reason: string }
  | { readonly outcome: "closed"; readonly closed: ClosedRun }

/** How a run of the device's own metering begins. */
export type Opening = {
  readonly labels: RunLabels
  readonly beginning: Beginning
  readonly host: Host
  readonly gauges: Observation["gauges"]
}

/** How a device's books stand with the newest capture of its open run that is stored. */
export type Books = {
  readonly run: bigint
  readonly last: Recorded
  readonly lifetimeMillijoules: bigint
  /** Registers of all runs since the device was opened. */
  readonly totals: Registers
}

/** Recordings were read on no boot that anybody knows. */
const NO_HOST: Host = { boot: "0", bootedMs: 0, aheadMs: 0 }

/** Stands that are kept behind the last: more than a relayer that is away for long leaves unanchored. */
const KEPT_STANDS = 1000n

/** One device with its folder: numbers runs, opens and closes them, never two at once. */
export class Device {
  readonly signer: Signer
  readonly #home: string
  readonly #log: DeviceLog
  readonly #unlock: () => Promise<void>
  readonly #stands: Stands
  readonly vouch: VouchDocument | null
  #open: Run | undefined
  /** Of the open run at its beginning, and of all that ended since the device was opened. */
  #begunMillijoules = 0n
  #settled: Registers = ZERO_REGISTERS
  #closing: { readonly progress: RunProgress; readonly status: Status } | undefined

  private constructor(
    { signer, home, vouch }: { signer: Signer; home: string; vouch: VouchDocument | null },
    log: DeviceLog,
    unlock: () => Promise<void>,
  ) {
    this.signer = signer
    this.vouch = vouch
    this.#stands = new Stands(join(home, DEVICE_FILES.stands), signer)
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
    let log: DeviceLog | undefined
    try {
      log = await openDeviceLog(join(home, DEVICE_FILES.log), signer.device)
      const vouch = await readVouch(join(home, DEVICE_FILES.vouch), deviceOf(signer))
      const device = new Device({ signer, home, vouch }, log, unlock)
      const counted = (await signer.counter?.read()) ?? 0n
      device.refuseBelow(counted, "the token")
      return device
    } catch (error) {
      await log?.close()
      await unlock()
      throw error
    }
  }

  get state(): Readonly<DeviceState> {
    return this.#log.state
  }

  /** A whole path: who is told of it runs elsewhere. */
  get archive(): string {
    return resolve(this.#home, DEVICE_FILES.archive)
  }

  /** What workloads have told of their work. */
  get told(): string {
    return join(this.#home, DEVICE_FILES.told)
  }

  /** Throws {@link OldCopy} where `nextRun`, as `who` knows it, is beyond the device's own count. */
  refuseBelow(nextRun: bigint, who: string): void {
    if (this.state.nextRun < nextRun)
      throw new OldCopy(
        `${who} knows runs up to ${nextRun - 1n} of this device, its folder only up to ${this.state.nextRun - 1n}: an old copy was restored`,
      )
  }

  /** Null while no run is open. */
  get books(): Books | null {
    if (this.#open === undefined) return null
    const { run, stored: last } = this.#open
    const { registers } = last.metered
    const lifetimeMillijoules = this.#begunMillijoules + registers.energyMillijoules
    return { run, last, lifetimeMillijoules, totals: addRegisters(this.#settled, registers) }
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
      if (isDiskFault(error)) throw error
      reason = (error as Error).message
    }
    if (progress === null) {
      await this.#log.record({ event: "void", run })
      return { outcome: "void", run, reason }
    }
    return { outcome: "closed", closed: await this.#settle(progress, status) }
  }

  /**
   * Voids the runs from one on that ended later than a time which nothing true can have passed: the device's clock was
   * far ahead when it made them, and its books go on from the last run that is kept. `firstRun` is the first that nobody
   * was handed yet. Resolves with the number of runs that are void now.
   */
  async voidLaterThan(timeMs: number, firstRun: bigint): Promise<number> {
    const { endTimesMs, roots, anchoredBelow, openRun } = this.state
    if (openRun !== null) throw new Error(`run ${openRun} is open`)
    const from = Number(firstRun > anchoredBelow ? firstRun : anchoredBelow)
    const later = endTimesMs.findIndex((endMs, run) => run >= from && roots[run] !== VOID_ROOT && endMs > timeMs)
    if (later < 0) return 0
    await this.#log.record({ event: "voided", firstRun: BigInt(later) })
    return roots.length - later
  }

  /** Where the books stand. */
  standing(): Promise<Standing> {
    return standingOf(this.state, this.#stands)
  }

  /** Makes a run of a recording. Throws OtherOrigin or RunsOverlap. */
  async openRun(labels: RunLabels, { timeMs, readings, gauges }: Observation): Promise<Run> {
    const { roots, lifetimeMillijoules } = this.state
    admitRecording(timeMs, await this.#stands.lastEndMs(roots.length))
    const { metering } = labels.context
    const beginning = { startMs: timeMs, broken: false, lifetimeMillijoules, metering, readings }
    return this.#begin("recorded", { labels, beginning, host: NO_HOST, gauges })
  }

  /**
   * Gives up the open run: what it has stored is settled as interrupted, and the next begins where that ends. For what
   * cannot be recorded.
   */
  async abandonRun(): Promise<Recovered> {
    const open = this.#open
    this.#open = undefined
    await open?.close().catch(() => undefined)
    return this.recover()
  }

  /** Enters a part of a job of several devices, once for ever. Throws PartRepeated. */
  async enterPart({ job, part }: Pick<Group, "job" | "part">): Promise<void> {
    admitPart(this.state, { job, part })
    await this.#log.record({ event: "entered", job, part })
  }

  /** Opens the next run of the device's own metering. Throws OtherOrigin or OtherBoundary. */
  beginRun(opening: Opening): Promise<Run> {
    return this.#begin("live", opening)
  }

  /** Its number is taken, in the token too, before anything of the run is signed. */
  async #begin(origin: Origin, opening: Opening): Promise<Run> {
    const run = this.state.nextRun
    if (this.state.openRun !== null) throw new Error(`run ${this.state.openRun} is open: recover or close it first`)
    admit(this.state, origin, opening.labels)
    // The log first: a stop between the two leaves the token behind, which the next run mends, never ahead.
    await this.#log.record({ event: "opened", run, origin })
    await this.signer.counter?.write(run + 1n)
    await makeFolder(join(this.#home, DEVICE_FILES.runs))
    const open = await openRun({ ...opening, origin, signer: this.signer, journalPath: this.#journalPath(run), run })
    this.#open = open
    this.#begunMillijoules = opening.beginning.lifetimeMillijoules
    await this.#stands.write(run, open.progress().firstCapture, null)
    return open
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
    const { run, firstCapture, lastCapture, labels, last } = progress
    const said = standOf(progress.endTimeMs, last.readings)?.lifetimeMillijoules
    const lifetimeMillijoules = said ?? this.state.lifetimeMillijoules + progress.metered.registers.energyMillijoules
    const isNamed = this.vouch !== null && labels.context.vouchDocument === vouchDigest(this.vouch)
    const end = { lifetimeMillijoules, status, vouch: isNamed ? this.vouch : null }
    const record = recordOf(this.signer, progress, end)
    const journalPath = this.#journalPath(run)
    const folder = await writeArchive(this.archive, this.signer, { progress, journalPath, record })
    await this.#stands.write(run, firstCapture, lastCapture)
    const { root, statement } = record
    const closed = { event: "closed", run, root, endTimeMs: statement.endTimeMs } as const
    await this.#log.record({ ...closed, lifetimeMillijoules })
    await this.#removeJournals()
    if (run >= KEPT_STANDS) await this.#stands.remove(run - KEPT_STANDS)
    this.#settled = addRegisters(this.#settled, statement.registers)
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
