import {
  decimal,
  described,
  integer,
  object,
  oneOf,
  optional,
  type Shape,
  type TypeOf,
  text,
} from "../encoding/shape.ts"
import { check } from "../rejection.ts"
import { MAX_TIME_MS } from "./capture.ts"

/** How a sensor enters a register, so that a verifier computes the registers again from the sources. */
export const METERING_ROLES = [
  "energy",
  "it",
  "accelerator",
  "reused",
  "occupancy",
  "work",
  "accepted",
  "input",
  "water",
  "carbon-intensity",
  "water-intensity",
] as const

/** Power by trapezoid, counters by difference; `hold` is for what scales or selects energy: it lasts until the next value. */
export const METERING_METHODS = ["trapezoid", "counter", "hold"] as const

const SHARE = /^(?:0(?:\.[0-9]{1,30})?|1(?:\.0{1,30})?)$/

/** A part of a whole, 0 to 1: a share below zero would subtract energy, one above would invent it. */
export const share: Shape<string> = described({ type: "string", pattern: SHARE.source }, (value, path) => {
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
  /** How often it is read, ms. A power sensor that is unread for longer than three periods and 3 s is blind. */
  periodMs: optional(integer(1, MAX_TIME_MS)),
  /** The most that can flow where it measures, W: of the vouch document, else of the closed table. */
  ratingWatts: optional(decimal),
  /** The power sensor beside a counter: what it shows counts where the counter stands still all the same. */
  witness: optional(text(128)),
  /**
   * Where this sensor's energy begins to count, if not at the run's start: the last reading that the run before had
   * of a sensor which was silent at the end of it.
   */
  sinceMs: optional(integer(0, MAX_TIME_MS)),
})
export type MeteredSensor = TypeOf<typeof meteredSensor>
