import { sha256 } from "@noble/hashes/sha2.js"
import { type Hex, toHex } from "../encoding/bytes.ts"
import { encodeDocument, parseDocument } from "../encoding/document.ts"
import { parseFixed } from "../encoding/fixed.ts"
import {
  array,
  decimal,
  described,
  hex,
  integer,
  label,
  literal,
  nullable,
  object,
  oneOf,
  optional,
  type Shape,
  type TypeOf,
  text,
} from "../encoding/shape.ts"
import { isEnergy } from "../metering/units.ts"
import { check } from "../rejection.ts"
import { type Grade, MAX_TIME_MS } from "../run/capture.ts"
import { type MeteredSensor, share } from "../run/plan.ts"
import { BOUNDARIES, ORIGINS, worseGrade } from "../run/statement.ts"
import { unixSeconds, word } from "./shapes.ts"

export const VOUCH_TYPE = "application/vnd.wattest.vouch.v1+json"

/** Longest vouch document, in bytes. */
export const MAX_VOUCH_BYTES = 4 * 1024 * 1024

/**
 * How values come from a sensor to the device: over a wire of its own, from a peer that proves who it is, openly over a
 * network, where others can write them too, or from software on the device's own host, which the operator can write himself.
 */
export const CHANNELS = ["wired", "authenticated", "open", "loopback"] as const

/** The roles of a metering plan that a voucher speaks of: what flows through a meter that can be looked at. */
export const VOUCHED_ROLES = ["energy", "it", "accelerator", "reused", "water"] as const
type VouchedRole = (typeof VOUCHED_ROLES)[number]

const vouchedSensor = object({
  /** Its name in metering plans and readings. */
  id: text(128),
  surface: text(64),
  quantity: text(64),
  /** Of the meter, as its plate says it; empty where it has none. */
  serial: text(128),
  /** The count at which a counter returns to 0, in the unit of its readings; absent: not known to. */
  wrapsAt: optional(decimal),
  /** The most that can flow where it measures. */
  ratingWatts: optional(decimal),
  periodMs: optional(integer(1, MAX_TIME_MS)),
  /** Such as "IEC 62053-22 class 0.5 S"; empty where none is known. */
  accuracyClass: text(64),
  /** SHA-256 of calibration certificates. */
  calibrations: array(hex(32), { max: 16 }),
  channel: oneOf(CHANNELS),
  /** Of an authenticated channel: SHA-256 of the TLS public key or certificate, or the SNMP engine's id. */
  fingerprint: optional(hex({ max: 32 })),
})
export type VouchedSensor = TypeOf<typeof vouchedSensor>

const document = object({
  mediaType: literal(VOUCH_TYPE),
  device: word,
  boundary: oneOf(BOUNDARIES),
  origin: oneOf(ORIGINS),
  site: label(),
  sensors: array(vouchedSensor, { max: 1024 }),
  /** How the sensors make up the device's registers: those of one role add up. */
  metering: array(object({ sensor: text(128), role: oneOf(VOUCHED_ROLES), share: optional(share) }), { max: 4096 }),
  /** What is mounted; identifiers inform, boards are exchanged too often to bind them. */
  accelerators: array(object({ sku: text(128), count: integer(1, 2 ** 20), ids: array(text(128), { max: 1024 }) }), {
    max: 64,
  }),
  validFrom: unixSeconds,
  /** Digest of the document before this one; null for a device's first. */
  previous: nullable(word),
})

/** What a voucher found at a device: its boundary, and the sensors that make it up. On chain stands its digest. */
export type VouchDocument = TypeOf<typeof document>

/** Throws FIELD_MALFORMED where the parts of a document do not fit each other. */
function checkWhole({ sensors, metering }: VouchDocument, path: string): void {
  const ids = new Set(sensors.map(({ id }) => id))
  check(ids.size === sensors.length, "FIELD_MALFORMED", `${path}.sensors: two have the same id`)
  for (const { id, channel, fingerprint } of sensors) {
    const isFit = (channel === "authenticated") === (fingerprint !== undefined)
    check(isFit, "FIELD_MALFORMED", `${path}.sensors: ${id}: a fingerprint belongs to an authenticated channel`)
  }
  const uses = new Set(metering.map(({ sensor, role }) => `${role} ${sensor}`))
  check(uses.size === metering.length, "FIELD_MALFORMED", `${path}.metering: a sensor is twice in one role`)
  const stranger = metering.find(({ sensor }) => !ids.has(sensor))
  check(stranger === undefined, "FIELD_MALFORMED", `${path}.metering: ${stranger?.sensor} is not among the sensors`)
}

export const vouchDocument: Shape<VouchDocument> = described({ ...document.schema }, (value, path) => {
  const read = document(value, path)
  checkWhole(read, path)
  return read
})

export function encodeVouch(value: VouchDocument): Uint8Array {
  return encodeDocument(value)
}

/** Reads an untrusted vouch document. Throws a Rejection; `encodeVouch(parseVouch(x))` equals x. */
export function parseVouch(bytes: Uint8Array): VouchDocument {
  return parseDocument(bytes, vouchDocument, MAX_VOUCH_BYTES)
}

/** What the chain keeps of a vouch document, and a run's context names: SHA-256 over its canonical JSON. */
export function vouchDigest(value: VouchDocument): Hex {
  return toHex(sha256(encodeVouch(value)))
}

/** From such a channel anybody near it can write the values: what they feed is declared, whatever the sensor. */
export const UNPROVEN_CHANNELS: readonly VouchedSensor["channel"][] = ["open", "loopback"]

/** The best grade of energy that the voucher's findings about a plan's sensors allow. */
export function vouchedGrade(metering: readonly MeteredSensor[], { sensors }: VouchDocument): Grade {
  const known = new Map(sensors.map((sensor) => [sensor.id, sensor]))
  const grades = metering
    .filter(({ role }) => isEnergy(role))
    .map(({ sensor }): Grade => {
      const found = known.get(sensor)
      if (found !== undefined && UNPROVEN_CHANNELS.includes(found.channel)) return "declared"
      return found === undefined || found.calibrations.length === 0 ? "measured" : "calibrated"
    })
  return grades.reduce(worseGrade, "calibrated")
}

const isVouchedRole = (role: string): role is VouchedRole => VOUCHED_ROLES.some((vouched) => vouched === role)
const amount = (text: string | undefined): string => (text === undefined ? "" : parseFixed(text).toString())

type Spelt = Pick<MeteredSensor, "sensor" | "role" | "share"> & {
  readonly wrapsAt?: string | undefined
  readonly ratingWatts?: string | undefined
}

/** How a sensor enters a role, as one text that can be compared. */
const spell = ({ role, sensor, share = "1", wrapsAt, ratingWatts }: Spelt): string =>
  JSON.stringify([role, sensor, amount(share), amount(wrapsAt), amount(ratingWatts)])

/**
 * Whether a metering plan is what the document describes: in the roles of which a voucher speaks exactly its sensors,
 * with its shares, widths and ratings.
 */
export function isAsVouched(
  metering: readonly MeteredSensor[],
  { sensors, metering: vouched }: VouchDocument,
): boolean {
  const known = new Map(sensors.map((sensor) => [sensor.id, sensor]))
  const planned = metering.filter(({ role }) => isVouchedRole(role)).map(spell)
  const wanted = new Set(
    vouched.map((entry) => {
      const { wrapsAt, ratingWatts } = known.get(entry.sensor) ?? {}
      return spell({ ...entry, wrapsAt, ratingWatts })
    }),
  )
  return planned.length === wanted.size && planned.every((text) => wanted.has(text))
}
