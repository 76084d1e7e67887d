import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { HintedError } from "@wattest/command"
import { ARCHIVE_FILES, type RegistryReference, type RunContext, runFolder } from "@wattest/protocol"
import { createNotices, type Notices } from "../agent/notices.ts"
import { deviceOf } from "../keys/signer.ts"
import { type Device, OldCopy } from "../run/device.ts"
import { signSubmission } from "../run/submission.ts"
import { makeFolder, writeDurably } from "../store/durable.ts"
import { fetchBeacon, fetchKnownRuns, fetchReceipt, postSubmission } from "./client.ts"

export type RelayerLinkOptions = {
  readonly url: string
  readonly target: RegistryReference
  readonly device: Device
  readonly say: (line: string) => void
}

const PERIOD_MS = 30_000
const MINUTE_MS = 60_000
const leftOfMinuteMs = (): number => MINUTE_MS - (Date.now() % MINUTE_MS)
/** A clock that is ahead by more than chains lag was wrong when the device's runs were made. */
const FAR_AHEAD_MS = 24 * 3_600_000
/** The host's clock is far ahead of what chain and relayer say: no run that it times could be anchored. */
export class ClockAhead extends HintedError {
  override readonly name = "ClockAhead"
}

/** Throws {@link ClockAhead}. */
function refuseAhead(nowMs: number, othersMs: number): void {
  if (nowMs - othersMs <= FAR_AHEAD_MS) return
  throw new ClockAhead(
    `the host's clock is ${Math.round((nowMs - othersMs) / 3_600_000)} hours ahead of chain and relayer`,
    "set it (chronyc makestep) and start again: runs that it has put into the future are void then, and metering goes on from the last one before",
  )
}

/** An older beacon says little about when a run began. */
const BEACON_MAX_AGE_MS = 3_600_000

/**
 * The device's side of a relayer: fetches beacons, hands over closed runs and fetches their receipts. What the relayer
 * has not taken stays in the device's log, which is the spool: days later the same runs are handed over again.
 */
export class RelayerLink {
  readonly #options: RelayerLinkOptions
  readonly #notices: Notices
  #beacon: { readonly value: RunContext["beacon"]; readonly atMs: number } | undefined
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #nextSubmission = 0n
  #closed = false

  constructor(options: RelayerLinkOptions) {
    this.#options = options
    this.#notices = createNotices(options.say)
    this.#nextSubmission = options.device.state.anchoredBelow
  }

  /** The newest beacon, or null where none is young enough: the run then shows that it had none. */
  beacon(): RunContext["beacon"] {
    const young = this.#beacon !== undefined && performance.now() - this.#beacon.atMs < BEACON_MAX_AGE_MS
    return young ? (this.#beacon?.value ?? null) : null
  }

  /**
   * Asks once before the device opens a run. Throws {@link OldCopy} where the relayer knows a run that the device
   * does not, {@link ClockAhead} where the host's clock is far ahead; a relayer that does not answer stops nothing.
   */
  async start(): Promise<void> {
    const { device, url } = this.#options
    try {
      const known = await fetchKnownRuns(url, deviceOf(device.signer))
      device.refuseBelow(known, "the relayer")
      const { seconds, relayerMs } = await this.#renewBeacon()
      refuseAhead(Date.now(), Math.max(seconds * 1000, relayerMs))
      await this.#voidAhead(seconds, known)
    } catch (error) {
      if (error instanceof OldCopy || error instanceof ClockAhead) throw error
      this.#notices.trouble("relayer", (error as Error).message)
    }
    this.nudge()
  }

  /** The chain's time shows that the device's clock was far ahead: what it made then can never be anchored as it is. */
  async #voidAhead(chainSeconds: number, known: bigint): Promise<void> {
    const { device, say } = this.#options
    const count = await device.voidLaterThan(chainSeconds * 1000 + FAR_AHEAD_MS, known)
    if (count > 0) say(`${count} runs are void: they ended later than the chain's time, by a clock that was far ahead`)
  }

  /** Exchanges what there is now; called when a run has been closed, and from time to time. */
  nudge(): void {
    clearTimeout(this.#timer)
    this.#running ??= this.#exchange()
      .then(() => this.#notices.well("relayer"))
      .catch((error: Error) => this.#notices.trouble("relayer", error.message))
      .finally(() => {
        this.#running = undefined
        if (!this.#closed) this.#timer = setTimeout(() => this.nudge(), this.#pauseMs()).unref()
      })
  }

  /** Runs are handed over when the minute in which they ended is over. */
  #pauseMs(): number {
    return this.#isWaiting() ? Math.min(PERIOD_MS, leftOfMinuteMs()) : PERIOD_MS
  }

  /**
   * Hands over the runs of this minute once it is over, for a process that ends with them. A relayer that was not heard
   * is not waited for: a later start hands them over.
   */
  async handOver(): Promise<void> {
    if (this.#beacon === undefined || !this.#isWaiting()) return
    const restMs = leftOfMinuteMs()
    const seconds = Math.ceil(restMs / 1000)
    this.#options.say(`handing over when the runs' minute is over, in ${seconds} s; after Ctrl-C a later start does it`)
    await sleep(restMs)
    await this.#running
    this.nudge()
    await this.#running
  }

  #isWaiting(): boolean {
    return this.#nextSubmission < BigInt(this.#options.device.state.roots.length)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#running
  }

  async #exchange(): Promise<void> {
    await this.#renewBeacon()
    const { device, target, url } = this.#options
    while (this.#isWaiting()) {
      const submission = await signSubmission(device, target, this.#nextSubmission, Date.now())
      if (submission === null) break
      await postSubmission(url, submission)
      this.#nextSubmission += BigInt(submission.roots.length)
    }
    while (device.state.anchoredBelow < BigInt(device.state.roots.length)) {
      if (!(await this.#keepReceipt(device.state.anchoredBelow))) break
    }
  }

  /** Fetches the newest beacon; resolves with its block's time and the relayer's own. */
  async #renewBeacon(): Promise<{ readonly seconds: number; readonly relayerMs: number }> {
    const { value, ...times } = await fetchBeacon(this.#options.url)
    this.#beacon = { value, atMs: performance.now() }
    return times
  }

  /** Stores a run's receipt in its archive; false while the anchor is not final. */
  async #keepReceipt(run: bigint): Promise<boolean> {
    const { device, url } = this.#options
    const id = deviceOf(device.signer)
    const found = await fetchReceipt(url, id, run)
    if (found === null) return false
    const { submission } = found.receipt
    if (submission.roots[Number(run - submission.firstRun)] !== device.state.roots[Number(run)])
      throw new Error(`the receipt of run ${run} is not for the run's root`)
    const folder = join(device.archive, runFolder(id, run))
    await makeFolder(folder)
    await writeDurably(join(folder, ARCHIVE_FILES.receipt), [found.bytes])
    await device.record({ event: "anchored", nextRun: run + 1n })
    return true
  }
}
