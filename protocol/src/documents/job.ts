import { encodeCanonicalJson, parseCanonicalText } from "../encoding/canonical-json.ts"
import { checkMediaType, toJson } from "../encoding/document.ts"
import {
  array,
  boolean,
  hex,
  integer,
  label,
  literal,
  nullable,
  object,
  optional,
  type TypeOf,
} from "../encoding/shape.ts"
import { check } from "../rejection.ts"
import { devicesDigest, type Group, MAX_JOB_DEVICES, partDigest } from "../run/context.ts"

export const JOB_TYPE = "application/vnd.wattest.job.v1+ndjson"

/** Longest first line of a job, in bytes: a part of 100,000 devices takes seven million. */
export const MAX_JOB_HEADER = 16 * 1024 * 1024

/** Most parts of one job: attempts, and sets of devices. */
export const MAX_JOB_PARTS = 4096

/** Most certificates of one job: one for each device and part, and one more where a device was cut off. */
export const MAX_JOB_CERTIFICATES = 1_000_000

const deviceIds = array(hex(32), { min: 1, max: MAX_JOB_DEVICES })

/** A part as the document states it; its number is its place, and what it names of the part before follows from that. */
const statedPart = object({
  /** Ids in ascending order, each once. */
  devices: deviceIds,
  /** Every device counts the same units: the epochs of all, the tokens of a pipeline. Absent: each counts units of its own. */
  sharedWork: optional(literal(true)),
  /** Whoever made the document says that certificates are missing. */
  incomplete: boolean,
})

/** First line of a job; a certificate a line follows, by part, device and run in ascending order. */
export const jobHeader = object({
  mediaType: literal(JOB_TYPE),
  job: label(),
  parts: array(statedPart, { min: 1, max: MAX_JOB_PARTS }),
  certificates: integer(1, MAX_JOB_CERTIFICATES),
})
export type JobHeader = TypeOf<typeof jobHeader>

/** Of a plan more is not read: that of a part with 100,000 devices has less than half of it. */
export const MAX_JOB_PLAN_BYTES = 16 * 1024 * 1024

/** A part before it begins, as its launcher tells the devices: what their contexts will hold, and whose digest they hold. */
export const jobPlan = object({
  job: label(),
  part: integer(0, MAX_JOB_PARTS - 1),
  devices: deviceIds,
  previous: nullable(hex(32)),
  sharedWork: optional(literal(true)),
})
export type JobPlan = TypeOf<typeof jobPlan>

/** The place in its job that the context of each run of a part names. Throws FIELD_MALFORMED where a device stands twice. */
export function groupOf({ job, part, devices, previous, sharedWork }: JobPlan): Group {
  const digest = devicesDigest(devices)
  return { job, part, devices: devices.length, devicesDigest: digest, previous, ...(sharedWork && { sharedWork }) }
}

/** The groups of a job's parts in order. Throws FIELD_MALFORMED where devices are out of order or stand twice. */
export function groupsOf({ job, parts }: JobHeader): readonly Group[] {
  const groups: Group[] = []
  for (const [part, { devices, sharedWork }] of parts.entries()) {
    const late = devices.find((device, i) => i > 0 && device <= (devices[i - 1] as string))
    check(late === undefined, "FIELD_MALFORMED", `header.parts[${part}].devices: ${late} is out of order`)
    const before = groups.at(-1)
    const previous = before === undefined ? null : partDigest(before)
    groups.push(groupOf({ job, part, devices, previous, ...(sharedWork && { sharedWork }) }))
  }
  return groups
}

/** The first line of a job, with its line feed. */
export function encodeJobHeader(header: JobHeader): string {
  return `${encodeCanonicalJson(toJson(header))}\n`
}

/** Reads an untrusted first line. Throws a Rejection. */
export function parseJobHeader(line: string): JobHeader {
  const value = parseCanonicalText(line)
  checkMediaType(value, JOB_TYPE)
  return jobHeader(value, "header")
}
