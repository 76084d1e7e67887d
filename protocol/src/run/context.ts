import { sha256 } from "@noble/hashes/sha2.js"
import { concatBytes, fromHex, type Hex, toHex } from "../encoding/bytes.ts"
import { encodeDocument } from "../encoding/document.ts"
import {
  array,
  hex,
  integer,
  label,
  literal,
  nullable,
  object,
  optional,
  record,
  type TypeOf,
  text,
  unsigned,
} from "../encoding/shape.ts"
import { check } from "../rejection.ts"
import { meteredSensor } from "./plan.ts"

/** The labels that claims ask for; an absent one is the empty text. */
export const tags = { model: label(), unit: label(), zone: label(), site: label(), party: label() }
export const TAGS = ["model", "unit", "zone", "site", "party"] as const satisfies readonly (keyof typeof tags)[]

/** A finalized block of the anchoring chain: whoever names it acted no earlier than its time. */
export const beacon = object({ number: unsigned(64), hash: hex(32) })
export type Beacon = TypeOf<typeof beacon>

/** What the work is, as far as the operator says it. */
export const runTask = object({
  family: label(64),
  /** SHA-256 of the dataset, or of the list of its files. */
  dataset: nullable(hex(32)),
  precision: label(32),
  batch: nullable(integer(1, 2 ** 32 - 1)),
})
export type RunTask = TypeOf<typeof runTask>

/** Most devices of one job. */
export const MAX_JOB_DEVICES = 100_000

/** The place of a run in a job of several devices. A part has one set of devices; another set is another part. */
const group = object({
  job: label(),
  /** 0, 1, 2, … */
  part: integer(0, 2 ** 32 - 1),
  devices: integer(1, MAX_JOB_DEVICES),
  /** {@link devicesDigest} of the part. */
  devicesDigest: hex(32),
  /** {@link partDigest} of the part before; null for part 0. */
  previous: nullable(hex(32)),
  /** Every device counts the same units; absent: each counts units of its own. */
  sharedWork: optional(literal(true)),
})
export type Group = TypeOf<typeof group>

/** A board: what it is called by its maker, and which one it is. Limits go by the SKU alone. */
const accelerator = object({ sku: text(128), id: text(128) })
export type Accelerator = TypeOf<typeof accelerator>

/** What a run is about, bound by capture 0 before its result is known. */
export const runContext = object({
  workload: label(),
  job: label(),
  /**
   * The run in which the device began this job: its own number in a job's first run. Absent: nothing says where the job
   * began, and no certificate of such runs is known to hold all of it.
   */
  jobStart: optional(unsigned(64)),
  group: optional(group),
  task: nullable(runTask),
  /** The rule by which units of work are accepted; empty where none is named. */
  qualityRule: label(),
  modelDigest: nullable(hex(32)),
  /** Names to versions: runtime, driver, firmware, agent. */
  versions: record(text(128), 32),
  accelerators: array(accelerator, { max: 1024 }),
  calibrations: array(hex(32), { max: 256 }),
  /** Where intensity and water factors come from. */
  factors: record(text(512), 16),
  metering: array(meteredSensor, { max: 1024 }),
  /** Digest of the vouch document that the device was given; null where it was given none. */
  vouchDocument: nullable(hex(32)),
  /** A finalized block of the anchoring chain at the start; null if the device had no connection. */
  beacon: nullable(beacon),
})
export type RunContext = TypeOf<typeof runContext>

/** SHA-256 over device ids in ascending order, 32 bytes each. Throws FIELD_MALFORMED where one stands twice. */
export function devicesDigest(devices: readonly Hex[]): Hex {
  const sorted = devices.toSorted()
  const twice = sorted.find((device, i) => device === sorted[i - 1])
  check(twice === undefined, "FIELD_MALFORMED", `device ${twice} is listed twice`)
  return toHex(sha256(concatBytes(...sorted.map((device) => fromHex(device, 32)))))
}

/** SHA-256 over the canonical JSON of a part, which the next part names. */
export function partDigest(part: Group): Hex {
  return toHex(sha256(encodeDocument(part)))
}
