import { join } from "node:path"
import {
  ARCHIVE_FILES,
  anchorReceipt,
  type Hex,
  parseDocument,
  type RegistryReference,
  type RunContext,
  runFolder,
  shape,
  toJson,
} from "@wattest/protocol"
import { postSubmission } from "../commands/submit.ts"
import { deviceOf } from "../keys/signer.ts"
import { type Device, OldCopy } from "../run/device.ts"
import { signSubmission } from "../run/submission.ts"
import { makeFolder, writeDurably } from "../store/durable.ts"

export type RelayerLinkOptions = {
  readonly url: string
  readonly target: RegistryReference
  readonly device: Device
  readonly say: (line: string) => void
}

const PERIOD_MS = 30_000
const TIMEOUT_MS = 10_000
/** An older beacon says little about when a run began. */
const BEACON_MAX_AGE_MS = 3_600_000
const MAX_RECEIPT_BYTES = 4 * 1024 * 1024

const beaconShape = shape.object({ number: shape.unsigned(64), hash: shape.hex(32) })

/**
 * The device's side of a relayer: fetches beacons, hands over closed runs and fetches their receipts. What the relayer
 * has not taken stays in the device's log, which is the spool: days later the same runs are handed over again.
 */
export class RelayerLink {
  readonly #options: RelayerLinkOptions
  #beacon: { readonly value: RunContext["beacon"]; readonly atMs: number } | undefined
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #nextSubmission = 0n
  #closed = false

  constructor(options: RelayerLinkOptions) {
    this.#options = options
    this.#nextSubmission = options.device.state.anchoredBelow
  }

  /** The newest beacon, or null where none is young enough: the run then shows that it had none. */
  beacon(): RunContext["beacon"] {
    const young = this.#beacon !== undefined && performance.now() - this.#beacon.atMs < BEACON_MAX_AGE_MS
    return young ? (this.#beacon?.value ?? null) : null
  }

  /**
   * Asks once before the device opens a run. Throws {@link OldCopy} where the relayer knows a run that the device
   * does not; a relayer that does not answer stops nothing.
   */
  async start(): Promise<void> {
    const { device, say } = this.#options
    try {
      device.refuseBelow(await this.#knownRuns(), "the relayer")
      await this.#fetchBeacon()
    } catch (error) {
      if (error instanceof OldCopy) throw error
      say(`relayer: ${(error as Error).message}`)
    }
    this.nudge()
  }

  /** Exchanges what there is now; called when a run has been closed, and from time to time. */
  nudge(): void {
    clearTimeout(this.#timer)
    this.#running ??= this.#exchange()
      .catch((error: Error) => this.#options.say(`relayer: ${error.message}`))
      .finally(() => {
        this.#running = undefined
        if (!this.#closed) this.#timer = setTimeout(() => this.nudge(), PERIOD_MS).unref()
      })
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#running
  }

  async #exchange(): Promise<void> {
    await this.#fetchBeacon()
    const { device, target, url } = this.#options
    while (this.#nextSubmission < BigInt(device.state.roots.length)) {
      const submission = await signSubmission(device, target, this.#nextSubmission)
      if (submission === null) break
      await postSubmission(url, submission)
      this.#nextSubmission += BigInt(submission.roots.length)
    }
    while (device.state.anchoredBelow < BigInt(device.state.roots.length)) {
      if (!(await this.#fetchReceipt(device.state.anchoredBelow))) break
    }
  }

  /** The number after the last run that the chain has, or that the relayer has taken; 0 for a device it does not know. */
  async #knownRuns(): Promise<bigint> {
    const response = await this.#get(`v1/devices/${deviceOf(this.#options.device.signer)}`)
    if (!response.ok) return 0n
    const { nextRun, expectedRun } = (await response.json()) as { nextRun?: unknown; expectedRun?: unknown }
    const [onChain, taken] = [nextRun, expectedRun].map((text) => shape.unsigned(64)(String(text), "device"))
    return (onChain ?? 0n) > (taken ?? 0n) ? (onChain ?? 0n) : (taken ?? 0n)
  }

  async #fetchBeacon(): Promise<void> {
    const response = await this.#get("v1/beacon")
    if (!response.ok) throw new Error(`no beacon: ${response.status}`)
    const body = (await response.json()) as { number?: unknown; hash?: unknown }
    const value = beaconShape(toJson({ number: String(body.number), hash: body.hash }), "beacon")
    this.#beacon = { value, atMs: performance.now() }
  }

  /** Stores a run's receipt in its archive; false while the anchor is not final. */
  async #fetchReceipt(run: bigint): Promise<boolean> {
    const { device } = this.#options
    const id: Hex = deviceOf(device.signer)
    const response = await this.#get(`v1/receipts/${id}/${run}`)
    if (response.status !== 200) return false
    const bytes = new Uint8Array(await response.arrayBuffer())
    const { submission } = parseDocument(bytes, anchorReceipt, MAX_RECEIPT_BYTES)
    if (submission.roots[Number(run - submission.firstRun)] !== device.state.roots[Number(run)])
      throw new Error(`the receipt of run ${run} is not for the run's root`)
    const folder = join(device.archive, runFolder(id, run))
    await makeFolder(folder)
    await writeDurably(join(folder, ARCHIVE_FILES.receipt), [bytes])
    await device.record({ event: "anchored", nextRun: run + 1n })
    return true
  }

  #get(path: string): Promise<Response> {
    const { url } = this.#options
    return fetch(new URL(path, url.endsWith("/") ? url : `${url}/`), { signal: AbortSignal.timeout(TIMEOUT_MS) })
  }
}
