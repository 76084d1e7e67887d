import { randomBytes } from "node:crypto"
import {
  type Boundary,
  bigIntToBytes,
  bytesToBigInt,
  captureMessage,
  createMeter,
  createRunTree,
  encodeCanonicalJson,
  fieldOfJson,
  fromHex,
  type Gauges,
  type Hex,
  leafOf,
  type Metered,
  type MeteredSensor,
  type Registers,
  type RunContext,
  type SensorReading,
  saltOf,
  type Tags,
  toHex,
  toJson,
  ZERO_REGISTERS,
} from "@wattest/protocol"
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
export type RunLabels = { readonly tags: Tags; readonly context: RunContext; readonly boundary: Boundary }

/** How a run stands after its last capture: all that its statement needs. */
export type RunProgress = {
  readonly run: bigint
  readonly secret: Uint8Array
  readonly labels: RunLabels
  readonly startTimeMs: number
  readonly endTimeMs: number
  readonly captures: number
  readonly capturesRoot: bigint
  readonly metered: Metered
  /** The readings of the last capture: where the next run begins. */
  readonly lastReadings: readonly SensorReading[]
}

/** An open run: takes observations and turns them into signed captures in its journal. */
export type Run = {
  readonly run: bigint
  /** Stores the captures of these observations, then signs them. Resolves with the registers of the last. */
  capture(observations: readonly Observation[]): Promise<Registers>
  progress(): RunProgress
  /** Stores what still waits and lets go of the journal; the run is closed by its archive. */
  close(): Promise<void>
}

export const randomNonce = (): Hex => toHex(randomBytes(16))
const leafValue = (leaf: Hex): bigint => bytesToBigInt(fromHex(leaf))
const hexField = (value: bigint): Hex => toHex(bigIntToBytes(value, 32))

/** Most captures that wait in memory for a disk that takes none. */
const MAX_WAITING = 600

/** The disk has taken no capture for long: readings go on, but none is kept until it does. */
export class JournalStuck extends Error {
  override readonly name = "JournalStuck"
}

/** Highest mean power of a gauge, mW; a higher one reads "not measured". */
const MAX_POWER = 2n ** 40n - 2n

function meanPower(before: Registers, after: Registers, ms: number): number | null {
  if (ms <= 0) return null
  const power = ((after.energyMillijoules - before.energyMillijoules) * 1000n) / BigInt(ms)
  return power > MAX_POWER ? null : Number(power)
}

/** Sensors outside the metering plan are recorded too, but only those of the plan reach the registers. */
export type OpenRunOptions = {
  readonly signer: Signer
  readonly journalPath: string
  readonly run: bigint
  readonly labels: RunLabels
  readonly opening: Observation
}

/** Opens the journal of a run and stores and signs its capture 0, which binds the labels. */
export async function openRun({ signer, journalPath, run, labels, opening }: OpenRunOptions): Promise<Run> {
  const secret = new Uint8Array(randomBytes(32))
  const journal = await openJournal(journalPath)
  const open = createOpenRun({ signer, journal, run, secret, labels, startMs: opening.timeMs })
  try {
    await journal.append([encodeOpening({ run, secret: toHex(secret), boundary: labels.boundary })])
    await open.capture([opening])
  } catch (error) {
    await journal.close().catch(() => undefined)
    throw error
  }
  return open
}

type OpenRun = {
  readonly signer: Signer
  readonly journal: Journal
  readonly run: bigint
  readonly secret: Uint8Array
  readonly labels: RunLabels
  readonly startMs: number
}

function createOpenRun({ signer, journal, run, secret, labels, startMs }: OpenRun): Run {
  const meter = createMeter(labels.context.metering satisfies readonly MeteredSensor[])
  const tree = createRunTree()
  let metered: Metered = { registers: ZERO_REGISTERS, energyGrade: "declared", workGrade: "calibrated" }
  let endMs = startMs
  let waiting: JournalledCapture[] = []
  let lastReadings: readonly SensorReading[] = []

  function record(observation: Observation, sequence: number): JournalledCapture {
    const timeMs = Math.max(observation.timeMs, endMs)
    const next = meter.advance(timeMs, observation.readings)
    const gauges = {
      ...observation.gauges,
      meanPowerMilliwatts: meanPower(metered.registers, next.registers, timeMs - endMs),
    }
    const { tags, context } = labels
    const sources = {
      nonce: randomNonce(),
      readings: observation.readings,
      ...(sequence === 0 ? { opening: { ...tags, context } } : {}),
    }
    const salt = saltOf(secret, sequence)
    const { registers } = next
    const leaf = leafOf({ registers, gauges, timeMs, sequence }, fieldOfJson(toJson(sources)), salt)
    const capture: UnsignedCapture = { sequence, registers, gauges, timeMs, sources, salt: hexField(salt) }
    metered = next
    endMs = timeMs
    lastReadings = observation.readings
    const { energyGrade, workGrade } = next
    return { leaf: hexField(leaf), energyGrade, workGrade, text: encodeCanonicalJson(toJson(capture)) }
  }

  /** Stores what waits, then signs it. A signature that cannot be made now is made when the run is closed. */
  async function store(): Promise<void> {
    await journal.append(waiting.map(encodeCaptureRecord))
    const stored = waiting
    waiting = []
    const first = tree.size()
    for (const { leaf } of stored) tree.append(leafValue(leaf))
    for (const [i, { leaf }] of stored.entries()) {
      const signature = await signer.sign(captureMessage(run, leafValue(leaf)))
      await journal.note([encodeSignatureRecord(first + i, toHex(signature))])
    }
  }

  return {
    run,
    async capture(observations) {
      if (waiting.length + observations.length > MAX_WAITING && waiting.length > 0)
        throw new JournalStuck(`${waiting.length} captures wait for the disk; no more are taken`)
      for (const observation of observations) waiting.push(record(observation, tree.size() + waiting.length))
      await store()
      return metered.registers
    },
    async close() {
      if (waiting.length > 0) await store()
      await journal.close()
    },
    progress: () => ({
      run,
      secret,
      labels,
      startTimeMs: startMs,
      endTimeMs: endMs,
      captures: tree.size(),
      capturesRoot: tree.root(),
      metered,
      lastReadings,
    }),
  }
}
