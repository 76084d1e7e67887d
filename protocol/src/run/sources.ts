import {
  array,
  decimal,
  hex,
  integer,
  nullable,
  object,
  oneOf,
  optional,
  record,
  type TypeOf,
  text,
} from "../encoding/shape.ts"
import { GRADES, MAX_TIME_MS } from "./capture.ts"
import { beacon, runContext, tags } from "./context.ts"

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

/** What capture 0 binds: whoever opens a run reads it by this before anything of the run is signed. */
export const runOpening = object({ ...tags, context: runContext })
export type RunOpening = TypeOf<typeof runOpening>

/** What is known at a run's end only, signed with its last capture. */
const closing = object({
  /** A finalized block of the anchoring chain at the end; null if the device had no connection. */
  beacon: nullable(beacon),
  /** Of the workload's process, 128 + signal where one ended it; null where the device ran none. */
  exitStatus: nullable(integer(0, 255)),
})

/**
 * `sources` of a capture: its raw values and a random nonce; in capture 0 also the labels of the run, in the last one also
 * what closes it. A run that was cut off has no closing.
 */
export const captureSources = object({
  nonce: hex(16),
  readings: array(sensorReading, { max: 4096 }),
  opening: optional(runOpening),
  closing: optional(closing),
})
export type CaptureSources = TypeOf<typeof captureSources>
