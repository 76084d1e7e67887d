import {
  array,
  decimal,
  described,
  hex,
  integer,
  nullable,
  object,
  oneOf,
  optional,
  record,
  type Shape,
  type TypeOf,
  text,
  unsigned,
} from "../encoding/shape.ts"
import { check } from "../rejection.ts"
import { GRADES } from "./capture.ts"

const MAX_TIME_MS = 2 ** 53 - 1

/** One raw value behind a capture, exactly as its sensor gave it. */
export const sensorReading = object({
  sensor: text(128),
  /** The interface that was read: nvml, redfish, mlperf-log, … */
  surface: text(64),
  quantity: text(64),
  unit: text(32),
  value: decimal,
  /** The sensor's own time, or that of the read where it has none. */
  timeMs: integer(0, MAX_TIME_MS),
  grade: oneOf(GRADES),
  /** Accuracy class by its parts (gain, offset, resolution, window, …), decimal strings. */
  accuracy: record(decimal, 16),
})
export type SensorReading = TypeOf<typeof sensorReading>

/** How a sensor enters a register, so that a verifier computes the registers again from the sources. */
export const METERING_ROLES = [
  "energy",
  "accelerator",
  "occupancy",
  "work",
  "accepted",
  "carbon-intensity",
  "water-intensity",
] as const

/** Power by trapezoid, counters by difference; `hold` is for what scales or selects energy: it lasts until the next value. */
export const METERING_METHODS = ["trapezoid", "counter", "hold"] as const

const SHARE = /^(?:0(?:\.[0-9]{1,30})?|1(?:\.0{1,30})?)$/

/** A part of a whole, 0 to 1: a share below zero would subtract energy, one above would invent it. */
const share: Shape<string> = described({ type: "string", pattern: SHARE.source }, (value, path) => {
  const isShare = typeof value === "string" && SHARE.test(value)
  check(isShare, "FIELD_MALFORMED", `${path}: expected a decimal string from 0 to 1`)
  return value
})

export const meteredSensor = object({
  sensor: text(128),
  role: oneOf(METERING_ROLES),
  method: oneOf(METERING_METHODS),
  /** Which accelerator: an occupancy counts for the energies of the same part, or for all where it names none. */
  part: optional(text(128)),
  /** The declared share of the sensor's energy that this device answers for, 0 to 1; its grade is `allocated` at best. */
  share: optional(share),
  /** The count at which a counter returns to 0, in the unit of its readings. */
  wrapsAt: optional(decimal),
  /** A longer distance between two readings is a gap: its energy is estimated. 60 000 where absent. */
  maxGapMs: optional(integer(1, MAX_TIME_MS)),
  /**
   * Where this sensor's energy begins to count, if not at the run's start: the last reading that the run before had
   * of a sensor which was silent at the end of it.
   */
  sinceMs: optional(integer(0, MAX_TIME_MS)),
})
export type MeteredSensor = TypeOf<typeof meteredSensor>

/** What a run is about, bound by capture 0 before its result is known. */
export const runContext = object({
  workload: text(256),
  job: text(256),
  /**
   * The run in which the device began this job: its own number in a job's first run. Absent: nothing says where the job
   * began, and no certificate of such runs is known to hold all of it.
   */
  jobStart: optional(unsigned(64)),
  modelDigest: nullable(hex(32)),
  /** Names to versions: runtime, driver, firmware, agent. */
  versions: record(text(128), 32),
  accelerators: array(text(128), { max: 1024 }),
  calibrations: array(hex(32), { max: 256 }),
  /** Where intensity and water factors come from. */
  factors: record(text(512), 16),
  metering: array(meteredSensor, { max: 1024 }),
  /** A finalized block of the anchoring chain at the start; null if the device had no connection. */
  beacon: nullable(object({ number: unsigned(64), hash: hex(32) })),
})
export type RunContext = TypeOf<typeof runContext>

export const tags = { model: text(), unit: text(), zone: text(), party: text() }

/** What capture 0 binds: whoever opens a run reads it by this before anything of the run is signed. */
export const runOpening = object({ ...tags, context: runContext })

/** `sources` of a capture: its raw values and a random nonce; in capture 0 also the labels of the run. */
export const captureSources = object({
  nonce: hex(16),
  readings: array(sensorReading, { max: 4096 }),
  opening: optional(runOpening),
})
export type CaptureSources = TypeOf<typeof captureSources>
