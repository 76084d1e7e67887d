import { randomBytes } from "node:crypto"
import {
  type Boundary,
  bigIntToBytes,
  bytesToBigInt,
  type CaptureSources,
  captureMessage,
  createRunTree,
  encodeCanonicalJson,
  fieldOfJson,
  fromHex,
  type Gauges,
  type Hex,
  leafOf,
  type Metered,
  type Origin,
  type Registers,
  type RunContext,
  type SensorReading,
  saltOf,
  type Tags,
  toHex,
  toJson,
} from "@wattest/protocol"
import type { Beginning } from "../books/beginning.ts"
import { type Recorded, Recorder } from "../books/recorder.ts"
import type { Host } from "../books/stand.ts"
import type { Signer } from "../keys/signer.ts"
import { type Journal, openJournal } from "../store/journal.ts"
import {
  encodeCaptureRecord,
  encodeOpening,
  encodeSignatureRecord,
  type JournalledCapture,
  type UnsignedCapture,
} from "./run-journal.ts"

/** What is read at one instant. */
export type Observation = {
  /** Ms since 1970; moved up to the last capture's where a clock ran backwards. */
  readonly timeMs: number
  readonly readings: readonly SensorReading[]
  /** All gauges but the mean power, which follows from the registers. */
  readonly gauges: Omit<Gauges, "meanPowerMilliwatts">
}

/** What a run is about, fixed before its result is known. */
export type RunLabels = {
  readonly tags: Tags
  readonly context: RunContext
  readonly boundary: Boundary
}

/** What is known at the end only; a run that was cut off has none. */
export type Closing = CaptureSources["closing"]

/** How a run stands after its last capture: all that its statement needs. */
export type RunProgress = {
  readonly run: bigint
  readonly secret: Uint8Array
  readonly labels: RunLabels
  readonly origin: Origin
  readonly broken: boolean
  readonly startTimeMs: number
  readonly endTimeMs: number
  readonly captures: number
  readonly capturesRoot: bigint
  readonly metered: Metered
  /** Sources of capture 0 and of the last one. */
  readonly first: CaptureSources
  readonly last: CaptureSources
  /** The captures that say how it began, and where the next run begins. */
  readonly firstCapture: JournalledCapture
  readonly lastCapture: JournalledCapture
}

/** An open run: takes observations and turns them into signed captures in its journal. */
export type Run = {
  readonly run: bigint
  /** Stores the captures of these observations, then signs them. Resolves with the registers of the last. */
  capture(observations: readonly Observation[]): Promise<Registers>
  /** The closing capture: it says where the books stand. Calling again after a failure stores what could not be. */
  end(observation: Observation, closing: Closing): Promise<Registers>
  progress(): RunProgress
  /** The newest capture that is stored. */
  readonly stored: Recorded
  /** Stores what still waits and lets go of the journal; the run is closed by its archive. */
  close(): Promise<void>
}

export const randomNonce = (): Hex => toHex(randomBytes(16))
const leafValue = (leaf: Hex): bigint => bytesToBigInt(fromHex(leaf))
const hexField = (value: bigint): Hex => toHex(bigIntToBytes(value, 32))

/** Most captures that wait in memory for a disk that takes none. */
const MAX_WAITING = 600

/** The disk has taken no capture for long: none is kept until it does, and the time until then is not seen. */
export class JournalStuck extends Error {
  override readonly name = "JournalStuck"
}

/** Sensors outside the metering plan are recorded too, but only those of the plan reach the registers. */
export type OpenRunOptions = {
  readonly signer: Signer
  readonly journalPath: string
  readonly run: bigint
  readonly labels: RunLabels
  readonly origin: Origin
  readonly beginning: Beginning
  readonly host: Host
  readonly gauges: Observation["gauges"]
}

/** A capture with its leaf and the canonical text that the leaf hashes. */
export function sealCapture(
  { sequence, timeMs, metered, meanPowerMilliwatts }: Recorded,
  { sources, gauges, secret }: { sources: CaptureSources; gauges: Observation["gauges"]; secret: Uint8Array },
): JournalledCapture {
  const { registers, energyGrade, workGrade } = metered
  const salt = saltOf(secret, sequence)
  const all = { ...gauges, meanPowerMilliwatts }
  const leaf = leafOf({ registers, gauges: all, timeMs, sequence }, fieldOfJson(toJson(sources)), salt)
  const capture: UnsignedCapture = { sequence, registers, gauges: all, timeMs, sources, salt: hexField(salt) }
  return { leaf: hexField(leaf), energyGrade, workGrade, text: encodeCanonicalJson(toJson(capture)) }
}

/** Opens the journal of a run and stores and signs its capture 0, which binds the labels. */
export async function openRun(options: OpenRunOptions): Promise<Run> {
  const { journalPath, run, labels, origin, beginning } = options
  const secret = new Uint8Array(randomBytes(32))
  const journal = await openJournal(journalPath)
  const open = new OpenRun(options, journal, secret)
  try {
    const { broken } = beginning
    await journal.append([encodeOpening({ run, secret: toHex(secret), boundary: labels.boundary, origin, broken })])
    await open.store()
  } catch (error) {
    await journal.close().catch(() => undefined)
    throw error
  }
  return open
}

type Waiting = { readonly capture: JournalledCapture; readonly sources: CaptureSources; readonly recorded: Recorded }

class OpenRun implements Run {
  readonly run: bigint
  readonly #options: OpenRunOptions
  readonly #journal: Journal
  readonly #secret: Uint8Array
  readonly #recorder: Recorder
  readonly #tree = createRunTree()
  readonly #first: Waiting
  #waiting: Waiting[] = []
  #stored: Waiting | undefined
  #isEnded = false

  constructor(options: OpenRunOptions, journal: Journal, secret: Uint8Array) {
    const { run, labels, beginning, host, gauges } = options
    this.run = run
    this.#options = options
    this.#journal = journal
    this.#secret = secret
    this.#recorder = new Recorder(beginning, host)
    const { tags, context } = labels
    const opening = { ...this.#sourcesOf(this.#recorder.last), opening: { ...tags, context } }
    this.#first = this.#keep(this.#recorder.last, opening, gauges)
  }

  async capture(observations: readonly Observation[]): Promise<Registers> {
    if (this.#waiting.length + observations.length > MAX_WAITING && this.#waiting.length > 0) {
      await this.store().catch(() => undefined)
      if (this.#waiting.length > 0)
        throw new JournalStuck(`${this.#waiting.length} captures wait for the disk; no more are taken`)
    }
    for (const { timeMs, readings, gauges } of observations)
      for (const some of inCaptures(readings)) {
        const recorded = this.#recorder.record(timeMs, some)
        this.#keep(recorded, this.#sourcesOf(recorded), gauges)
      }
    await this.store()
    return this.#recorder.last.metered.registers
  }

  async end({ timeMs, readings, gauges }: Observation, closing: Closing): Promise<Registers> {
    if (!this.#isEnded) {
      const recorded = this.#recorder.close(timeMs, readings)
      const sources = { ...this.#sourcesOf(recorded), ...(closing === undefined ? {} : { closing }) }
      this.#keep(recorded, sources, gauges)
      this.#isEnded = true
    }
    await this.store()
    return this.#recorder.last.metered.registers
  }

  #sourcesOf = ({ readings }: Recorded): CaptureSources => ({ nonce: randomNonce(), readings })

  #keep(recorded: Recorded, sources: CaptureSources, gauges: Observation["gauges"]): Waiting {
    const capture = sealCapture(recorded, { sources, gauges, secret: this.#secret })
    this.#waiting.push({ capture, sources, recorded })
    return { capture, sources, recorded }
  }

  /** Stores what waits, then signs it. A signature that cannot be made now is made when the run is closed. */
  async store(): Promise<void> {
    await this.#journal.append(this.#waiting.map(({ capture }) => encodeCaptureRecord(capture)))
    const stored = this.#waiting
    this.#waiting = []
    const first = this.#tree.size()
    for (const { capture } of stored) this.#tree.append(leafValue(capture.leaf))
    this.#stored = stored.at(-1) ?? this.#stored
    for (const [i, { capture }] of stored.entries()) {
      const signature = toHex(await this.#options.signer.sign(captureMessage(this.run, leafValue(capture.leaf))))
      await this.#journal.note([encodeSignatureRecord(first + i, signature)])
    }
  }

  get stored(): Recorded {
    return (this.#stored ?? this.#first).recorded
  }

  progress(): RunProgress {
    const { labels, origin, beginning } = this.#options
    if (this.#stored === undefined) throw new Error(`run ${this.run} has no capture yet`)
    const { recorded, sources, capture } = this.#stored
    return {
      run: this.run,
      secret: this.#secret,
      labels,
      origin,
      broken: beginning.broken,
      startTimeMs: beginning.startMs,
      endTimeMs: recorded.timeMs,
      captures: this.#tree.size(),
      capturesRoot: this.#tree.root(),
      metered: recorded.metered,
      first: this.#first.sources,
      last: sources,
      firstCapture: this.#first.capture,
      lastCapture: capture,
    }
  }

  async close(): Promise<void> {
    if (this.#waiting.length > 0) await this.store()
    await this.#journal.close()
  }
}

/** Most readings of one capture; what is beyond them goes into another at the same time. */
const MAX_READINGS = 4000

function inCaptures(readings: readonly SensorReading[]): readonly (readonly SensorReading[])[] {
  const parts = [readings.slice(0, MAX_READINGS)]
  for (let from = MAX_READINGS; from < readings.length; from += MAX_READINGS)
    parts.push(readings.slice(from, from + MAX_READINGS))
  return parts
}
