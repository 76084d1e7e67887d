import { check, day, shape } from "@wattest/protocol"
import { FIGURES, isFigureName } from "../figures/table.ts"
import { isTextName } from "../figures/texts.ts"
import { unitOf } from "../figures/units.ts"

const { array, described, integer, label, literal, nullable, object, oneOf, optional, record, text } = shape

/** What stands in a line for the code of each country. */
export const COUNTRY = "{country}"

export const STANDARD_TYPE = "application/vnd.wattest.standard.v1+json"

/** Places behind the point, as XBRL counts them, or significant figures. */
const rounding = object({ decimals: optional(integer(-9, 12)), significant: optional(integer(1, 12)) })

const line = object({
  /** The standard's own number where it has one. */
  id: text(64),
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

const standardShape = object({
  mediaType: literal(STANDARD_TYPE),
  id: text(64),
  title: label(256),
  version: text(64),
  validFrom: day,
  /** Last day on which it holds; null where none is set. */
  validTo: nullable(day),
  source: text(1024),
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
export type Standard = shape.TypeOf<typeof standardShape>

function checkLine(line: Line, path: string): void {
  const { id, figure, unit, in: known, rounding: cut, dimensions = {} } = line
  const fault = (what: string) => `${path}.lines: ${id}: ${what}`
  const isNamed = [id, Object.values(dimensions).join(" ")].map((place) => place.includes(COUNTRY))
  check(
    isNamed.every((one) => one === (line.each !== undefined)),
    "FIELD_MALFORMED",
    fault(`a line of each country, and no other, has ${COUNTRY} in its id and a dimension`),
  )
  if (isTextName(figure)) {
    check(
      unit === "" && known === "" && cut === undefined && line.each === undefined,
      "FIELD_MALFORMED",
      fault("a text has no unit, is not rounded, and is of no country"),
    )
    return
  }
  check(isFigureName(figure), "FIELD_MALFORMED", fault(`there is no figure ${figure}`))
  const { kind } = FIGURES[figure]
  check(
    unitOf(kind, known) !== null,
    "FIELD_MALFORMED",
    fault(`${figure} is of ${kind}, which is not known in ${known}`),
  )
  const isCut = cut !== undefined && (cut.decimals === undefined) !== (cut.significant === undefined)
  check(isCut, "FIELD_MALFORMED", fault("it needs either decimals or significant figures"))
}

/** A prefix becomes the name of an attribute in a page that browsers open. */
const PREFIX = /^[A-Za-z_][A-Za-z0-9._-]{0,63}$/

/** Throws FIELD_MALFORMED where names do not hold, or lines and sums do not fit each other. */
function checkWhole({ lines, sums, namespaces }: Standard, path: string): void {
  for (const prefix of Object.keys(namespaces))
    check(PREFIX.test(prefix), "FIELD_MALFORMED", `${path}.namespaces: ${JSON.stringify(prefix)} is no prefix of XML`)
  const ids = new Set(lines.map(({ id }) => id))
  const single = new Set(lines.filter(({ each }) => each === undefined).map(({ id }) => id))
  check(ids.size === lines.length, "FIELD_MALFORMED", `${path}.lines: two have the same id`)
  for (const one of lines) checkLine(one, path)
  for (const { id } of lines.filter(({ each }) => each !== undefined)) {
    const [before = "", after = ""] = id.split(COUNTRY)
    const isOfCountry = (name: string) =>
      name.length === before.length + 2 + after.length && name.startsWith(before) && name.endsWith(after)
    const same = [...single].find(isOfCountry)
    check(same === undefined, "FIELD_MALFORMED", `${path}.lines: ${same} is also ${id} of a country`)
  }
  for (const { total, parts } of sums)
    for (const name of [total, ...parts.map((part) => part.line)])
      check(single.has(name), "FIELD_MALFORMED", `${path}.sums: there is no line ${name}, or one for each country`)
}

export const standard: shape.Shape<Standard> = described({ ...standardShape.schema }, (value, path) => {
  const read = standardShape(value, path)
  checkWhole(read, path)
  return read
})
