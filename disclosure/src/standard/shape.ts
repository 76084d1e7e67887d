import { check, day, shape } from "@wattest/protocol"

const { array, described, integer, label, literal, nullable, object, oneOf, optional, record, text } = shape

/** What stands in a line for the code of each country. */
export const COUNTRY = "{country}"

export const STANDARD_TYPE = "application/vnd.wattest.standard.v1+json"

/** Places behind the point, as XBRL counts them, or significant figures. */
const rounding = object({ decimals: optional(integer(-9, 12)), significant: optional(integer(1, 12)) })

const line = object({
  /** The standard's own number where it has one. */
  id: label(64),
  /** Element of its taxonomy, or path of its field. */
  concept: label(512),
  label: label(512),
  /** What fills it: a number of FIGURES or a text of TEXTS. */
  figure: text(64),
  /** As the standard writes it, and the same as numbers are known here; empty for texts. */
  unit: label(64),
  in: text(32),
  rounding: optional(rounding),
  dimensions: optional(record(text(512), 8)),
  /** One line for each country of the profile's sites; `{country}` in id, label and dimensions is its code. */
  each: optional(literal("country")),
  /** Where the standard says it. */
  source: label(512),
  /** What of this line was not read in a source that can be relied on; cells say it. */
  unconfirmed: optional(label(256)),
})
export type Line = shape.TypeOf<typeof line>

/** The form of a mapping; that its parts fit each other, checkStandard says. */
export const standard = object({
  mediaType: literal(STANDARD_TYPE),
  id: label(64),
  title: label(256),
  version: label(64),
  validFrom: day,
  /** Last day on which it holds; null where none is set. */
  validTo: nullable(day),
  source: label(1024),
  /** What one file of it speaks of. */
  subject: oneOf(["entity", "site", "job", "model"]),
  namespaces: record(text(512), 16),
  taxonomy: array(text(512), { max: 16 }),
  entityScheme: nullable(text(256)),
  lines: array(line, { min: 1, max: 512 }),
  /** Sums that it states, by lines: each total, and its parts with their sign. */
  sums: array(
    object({
      total: text(64),
      parts: array(
        object({
          line: text(64),
          weight: described({ enum: [1, -1] }, (value, path) => {
            check(value === 1 || value === -1, "FIELD_MALFORMED", `${path}: expected 1 or -1`)
            return value
          }),
        }),
        { min: 1, max: 64 },
      ),
    }),
    { max: 64 },
  ),
})

/** A standard in one version: what its lines are called, what fills them, how they are rounded and add up. */
export type Standard = shape.TypeOf<typeof standard>
