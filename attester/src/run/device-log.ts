import { stat } from "node:fs/promises"
import {
  BOUNDARIES,
  type DeviceKey,
  deviceIdOf,
  encodeCanonicalJson,
  type Hex,
  type Json,
  ORIGINS,
  type Origin,
  parseCanonicalText,
  Rejection,
  SCHEMES,
  shape,
  toJson,
} from "@wattest/protocol"
import { openJournal, readJournal } from "../store/journal.ts"

const { hex, integer, label, literal, object, oneOf, unsigned } = shape
const run = unsigned(64)
const word = hex(32)
const address = hex(20)
const time = integer(0, 2 ** 53 - 1)

const EVENTS = {
  made: object({ event: literal("made"), scheme: integer(1, 2), key: hex({ max: 64 }) }),
  opened: object({ event: literal("opened"), run, origin: oneOf(ORIGINS) }),
  closed: object({ event: literal("closed"), run, root: word, endTimeMs: time, lifetimeMillijoules: unsigned(96) }),
  void: object({ event: literal("void"), run }),
  voided: object({ event: literal("voided"), firstRun: run }),
  enrolled: object({
    event: literal("enrolled"),
    chainId: integer(1, 2 ** 53 - 1),
    registry: address,
    operator: address,
    voucher: address,
    boundary: oneOf(BOUNDARIES),
    evidence: word,
    signature: hex(64),
  }),
  entered: object({ event: literal("entered"), job: label(), part: integer(0, 2 ** 32 - 1) }),
  retired: object({ event: literal("retired"), runs: run }),
  anchored: object({ event: literal("anchored"), nextRun: run }),
}
type Events = { readonly [K in keyof typeof EVENTS]: shape.TypeOf<(typeof EVENTS)[K]> }
export type DeviceEvent = Events[keyof Events]
export type Enrolment = Omit<Events["enrolled"], "event">

/** The root of a void run. */
export const VOID_ROOT: Hex = `0x${"00".repeat(32)}`

/** What a device remembers of itself across restarts. */
export type DeviceState = {
  device: DeviceKey
  /** Number of the next run to open. */
  nextRun: bigint
  /** The run that is open, or was when the process died. */
  openRun: bigint | null
  /** Whether the device meters by itself or takes over recordings: one or the other for life. Null before its first run. */
  origin: Origin | null
  /** Roots of runs 0, 1, 2 …, all closed or void. */
  roots: Hex[]
  /** When they ended, ms; a void run where the one before it did, since it has no time of its own. */
  endTimesMs: number[]
  lifetimeMillijoules: bigint
  enrolment: Enrolment | null
  /** The last part of each job of several devices that it entered. */
  parts: Map<string, number>
  /** Number of its runs in all; null: it did not retire. */
  runsInAll: bigint | null
  /** Runs below this number are known to be anchored. */
  anchoredBelow: bigint
}

/** The device's own log contradicts itself, or another device's key is beside it. */
export class DeviceLogError extends Error {
  override readonly name = "DeviceLogError"
}

function parseEvent(record: string): DeviceEvent {
  const value = parseCanonicalText(record)
  const name = (value as { readonly event?: Json } | null)?.event
  const parse = Object.entries(EVENTS).find(([event]) => event === name)?.[1]
  if (!parse) throw new Rejection("FIELD_MALFORMED", "event: unknown")
  return (parse as shape.Shape<DeviceEvent>)(value, "event")
}

function apply(state: DeviceState, event: DeviceEvent): void {
  const settle = (run: bigint, root: Hex, endTimeMs = state.endTimesMs.at(-1) ?? 0) => {
    if (state.openRun !== run) throw new DeviceLogError(`run ${run} ends, but it is not open`)
    state.openRun = null
    state.roots.push(root)
    state.endTimesMs.push(endTimeMs)
  }
  switch (event.event) {
    case "made":
      throw new DeviceLogError("the log begins twice")
    case "opened":
      if (event.run !== state.nextRun || state.openRun !== null)
        throw new DeviceLogError(`run ${event.run} is out of order`)
      if (state.origin !== null && state.origin !== event.origin)
        throw new DeviceLogError(`run ${event.run} is ${event.origin}, those before are ${state.origin}`)
      state.origin = event.origin
      state.openRun = event.run
      state.nextRun = event.run + 1n
      return
    case "closed":
      settle(event.run, event.root, event.endTimeMs)
      state.lifetimeMillijoules = event.lifetimeMillijoules
      return
    case "void":
      settle(event.run, VOID_ROOT)
      return
    case "voided":
      if (state.openRun !== null || event.firstRun < state.anchoredBelow)
        throw new DeviceLogError(`runs from ${event.firstRun} on cannot be void`)
      for (let i = Number(event.firstRun); i < state.roots.length; i++) {
        state.roots[i] = VOID_ROOT
        state.endTimesMs[i] = state.endTimesMs[i - 1] ?? 0
      }
      return
    case "enrolled": {
      const { event: _, ...enrolment } = event
      state.enrolment = enrolment
      return
    }
    case "entered":
      if (event.part <= (state.parts.get(event.job) ?? -1))
        throw new DeviceLogError(`part ${event.part} of job ${event.job} is entered twice`)
      state.parts.set(event.job, event.part)
      return
    case "retired":
      state.runsInAll = event.runs
      return
    case "anchored":
      if (event.nextRun > state.anchoredBelow) state.anchoredBelow = event.nextRun
  }
}

/** The device's log of its own life: append-only, each event durable before it takes effect. */
export type DeviceLog = {
  readonly state: Readonly<DeviceState>
  record(event: DeviceEvent): Promise<void>
  close(): Promise<void>
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

const encode = (event: DeviceEvent) => encodeCanonicalJson(toJson(event))

/** Begins the log of a new device. Throws where there is one. */
export async function createDeviceLog(path: string, device: DeviceKey): Promise<void> {
  if (await exists(path)) throw new DeviceLogError(`${path} exists: this folder holds a device already`)
  const journal = await openJournal(path)
  await journal.append([encode({ event: "made", ...device })])
  await journal.close()
}

/** What the log says, for whoever only looks; another process may hold the device. Throws {@link DeviceLogError}. */
export async function readDeviceLog(path: string, device?: DeviceKey): Promise<DeviceState> {
  if (!(await exists(path))) throw new DeviceLogError(`${path} does not exist: this folder holds no device`)
  let state: DeviceState | undefined
  for await (const records of readJournal(path)) {
    for (const event of records.map(parseEvent)) {
      if (state !== undefined) apply(state, event)
      else state = begin(event, device)
    }
  }
  if (state === undefined) throw new DeviceLogError(`${path} is empty`)
  return state
}

/** Reads the log and opens it for more. Throws {@link DeviceLogError} unless it is this device's. */
export async function openDeviceLog(path: string, device: DeviceKey): Promise<DeviceLog> {
  const known = await readDeviceLog(path, device)
  const journal = await openJournal(path)
  return {
    state: known,
    async record(event) {
      await journal.append([encode(event)])
      apply(known, event)
    },
    close: () => journal.close(),
  }
}

function begin(event: DeviceEvent, expected: DeviceKey | undefined): DeviceState {
  if (event.event !== "made") throw new DeviceLogError("the log does not begin with a device")
  const { key } = event
  const scheme = event.scheme === SCHEMES.p256 ? SCHEMES.p256 : SCHEMES.ed25519
  if (expected !== undefined && key !== expected.key)
    throw new DeviceLogError(`the log is not that of device ${deviceIdOf(expected)}`)
  return {
    device: { scheme, key },
    nextRun: 0n,
    openRun: null,
    origin: null,
    roots: [],
    endTimesMs: [],
    lifetimeMillijoules: 0n,
    enrolment: null,
    runsInAll: null,
    anchoredBelow: 0n,
    parts: new Map(),
  }
}
