import { BOUNDARIES, shape, type TypeOf } from "@wattest/protocol"

const { array, decimal, described, integer, label, literal, object, oneOf, optional, text } = shape

/** How much a row is worth, the best first. */
export const CONFIDENCES = ["proved", "measured elsewhere", "estimated"] as const

export const TASKS = [
  "text generation",
  "image generation",
  "image classification",
  "speech recognition",
  "fine-tuning",
] as const

/** What energy is divided by. Rows of different units are never compared. */
export const UNITS = ["token", "query", "image", "sample", "training sample", "run"] as const

const matching = (pattern: RegExp, max: number) =>
  described<string>({ type: "string", pattern: pattern.source, maxLength: max }, (value, path) => {
    const found = text(max)(value, path)
    if (!pattern.test(found)) throw new EntryFault(`${path}: expected ${pattern.source}`)
    return found
  })

/** Why a file is no row of the table. */
export class EntryFault extends Error {
  override readonly name = "EntryFault"
}

const day = matching(/^20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$/, 10)
const identifier = matching(/^[a-z][a-z0-9-]{1,63}$/, 64)
const inTree = matching(/^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/, 200)

/** A page of the project has no address of its own: it is named by its path. */
const place = matching(/^(?:https:\/\/[^\s"'<>]+|docs\/[a-z-]+\.md)$/, 500)

export const source = object({ title: label(300), link: place })

/** A row of the open table: one model on one system, and what it took. Docs/table.md explains each field. */
export const tableEntry = object({
  version: literal(1),
  model: label(100),
  system: label(150),
  accelerator: label(100),
  accelerators: optional(integer(1, 1_000_000)),
  task: oneOf(TASKS),
  workload: label(200),
  date: day,
  boundary: oneOf(BOUNDARIES),
  /** What the meter sat on, and what is outside. */
  boundaryNote: text(400),
  unit: oneOf(UNITS),
  energyJoules: optional(decimal),
  /** Units that this energy made. */
  units: optional(decimal),
  /** In the place of `units` where the source gives the quotient alone. */
  joulesPerUnit: optional(decimal),
  /** Half the width of the interval, as a share of the value; absent: nobody published one. */
  uncertaintyShare: optional(decimal),
  accepted: optional(
    object({
      /** What is accepted or not: an answer, a run. */
      unit: label(60),
      /** How many there were, and which share was accepted by the rule. */
      units: decimal,
      share: decimal,
      rule: text(300),
    }),
  ),
  quality: optional(object({ name: label(80), value: decimal, better: oneOf(["higher", "lower"]) })),
  confidence: oneOf(CONFIDENCES),
  source,
  /** Proved rows: the certificate, a file beside the entries. */
  certificate: optional(inTree),
  /** Measured rows whose logs are public: how the attester reads them. */
  logs: optional(object({ path: inTree, options: array(text(100), { max: 30 }), licence: label(60) })),
  assumptions: array(identifier, { min: 1, max: 20 }),
  contributor: label(100),
})

export type TableEntry = TypeOf<typeof tableEntry>

/** What a number rests on that nobody measured, for the page of methods. */
export const assumption = object({
  id: identifier,
  statement: text(800),
  source,
  confidence: oneOf(["high", "medium", "low"]),
})

export const assumptions = array(assumption, { min: 1, max: 200 })

export type Assumption = TypeOf<typeof assumption>
