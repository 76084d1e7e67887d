import { closest } from "@wattest/command"
import { check } from "@wattest/protocol"
import { compare } from "../exact/exact.ts"
import { FIGURES, isFigureName } from "../figures/table.ts"
import { isTextName, TEXTS } from "../figures/texts.ts"
import { bareUnit, UNITS, type UnitKind, unitOf } from "../figures/units.ts"
import { COUNTRY, type Line, type Standard } from "./shape.ts"

/** A prefix becomes the name of an attribute in a page that browsers open. */
const PREFIX = /^[A-Za-z_][A-Za-z0-9._-]{0,63}$/
const NAME = /^([^:]+):[\p{L}_][\p{L}\p{N}._-]*$/u
/** Prefixes that units have without being declared. */
const UNIT_PREFIXES = ["utr", "iso4217", "xbrli"]
/** What standards call units that are known here by another name. */
const CALLED: { readonly [name: string]: string } = { pure: "1", percent: "%" }

function demand(holds: boolean, path: string, fault: () => string): asserts holds {
  check(holds, "FIELD_MALFORMED", () => `${path}: ${fault()}`)
}

function noFigure(name: string): string {
  const near = closest(name, [...Object.keys(FIGURES), ...Object.keys(TEXTS)])
  return `there is no figure ${name}: ${near === null ? "docs/disclosure.md says where those that there are stand" : `did you mean ${near}?`}`
}

/** Whether a standard's name of a unit, as far as it is one that is known here, is the unit in which the number is written. */
function isCalled(kind: UnitKind, unit: string, known: string): boolean {
  const bare = bareUnit(unit).replace("{currency}", "currency")
  const names = [bare, bare.split("/")[0] ?? ""].map((name) => CALLED[name] ?? name)
  const [named] = names.flatMap((name) => unitOf(kind, name) ?? [])
  const written = unitOf(kind, known)
  return named === undefined || (written !== null && compare(named, written) === 0)
}

function checkFilled({ figure, unit, in: known, rounding, each }: Line, path: string): void {
  if (isTextName(figure)) {
    const isBare = unit === "" && known === "" && rounding === undefined && each === undefined
    demand(isBare, path, () => `${figure} is a text: it has no unit, is not rounded, and is of no country`)
    return
  }
  demand(isFigureName(figure), `${path}.figure`, () => noFigure(figure))
  const { kind } = FIGURES[figure]
  demand(unitOf(kind, known) !== null, `${path}.in`, () => {
    const units = Object.keys(UNITS[kind]).join(", ")
    return `${figure} is of ${kind}, which is known in ${units}, and not in ${JSON.stringify(known)}`
  })
  demand(isCalled(kind, unit, known), `${path}.unit`, () => `a number in ${known} would be called one in ${unit}`)
  const { decimals, significant } = rounding ?? {}
  const isCut = (decimals === undefined) !== (significant === undefined)
  demand(isCut, `${path}.rounding`, () => "it needs either decimals or significant figures")
}

function checkCountry({ id, dimensions = {}, each }: Line, path: string): void {
  const isNamed = [id, Object.values(dimensions).join(" ")].map((place) => place.includes(COUNTRY))
  demand(
    isNamed.every((one) => one === (each !== undefined)),
    path,
    () => `a line of each country, and no other, has ${COUNTRY} in its id and a dimension`,
  )
}

/** In an XBRL report a name without a namespace is none, and two facts of one name contradict each other. */
function checkXbrl({ lines, namespaces }: Standard, path: string): void {
  const known = Object.keys(namespaces)
  const isName = (name: string) => known.includes(NAME.exec(name)?.[1] ?? "")
  const seen = new Map<string, string>()
  for (const [i, { id, concept, unit, dimensions = {} }] of lines.entries()) {
    const at = `${path}.lines[${i}]`
    const other = [concept, ...Object.entries(dimensions).flat()].find((name) => !isName(name.replace(COUNTRY, "xx")))
    demand(other === undefined, at, () => `${other} is no name with a prefix of namespaces: ${known.join(", ")}`)
    const prefix = unit.match(/[^:/*]+(?=:)/g)?.find((name) => ![...known, ...UNIT_PREFIXES].includes(name))
    demand(
      prefix === undefined,
      `${at}.unit`,
      () => `${prefix} is no prefix of namespaces, nor ${UNIT_PREFIXES.join(", ")}`,
    )
    const fact = JSON.stringify([concept, Object.entries(dimensions).sort()])
    demand(
      !seen.has(fact),
      at,
      () => `${id} states the same fact as ${seen.get(fact)}: leave one out, or give it a dimension`,
    )
    seen.set(fact, id)
  }
}

function checkIds({ lines }: Standard, path: string): void {
  const places = new Map<string, number>()
  for (const [i, { id }] of lines.entries()) {
    demand(!places.has(id), `${path}.lines[${i}].id`, () => `${id} is the id of lines[${places.get(id)}] too`)
    places.set(id, i)
  }
  for (const [i, { id, each }] of lines.entries()) {
    if (each === undefined) continue
    const [before = "", after = ""] = id.split(COUNTRY)
    const isOfCountry = (name: string) =>
      name.length === before.length + 2 + after.length && name.startsWith(before) && name.endsWith(after)
    const same = lines.find((line) => line.each === undefined && isOfCountry(line.id))
    demand(same === undefined, `${path}.lines[${i}].id`, () => `${same?.id} is also ${id} of a country`)
  }
}

/** A total and its parts are different numbers in one unit. */
function checkSums({ lines, sums }: Standard, path: string): void {
  const byId = new Map(lines.map((line) => [line.id, line]))
  const numberOf = (id: string, at: string): Line => {
    const line = byId.get(id)
    demand(line !== undefined, at, () => `there is no line ${id}`)
    demand(line.each === undefined, at, () => `${id} is a line for each country`)
    demand(!isTextName(line.figure), at, () => `${id} is a text`)
    return line
  }
  for (const [i, { total, parts }] of sums.entries()) {
    const at = `${path}.sums[${i}]`
    const whole = numberOf(total, `${at}.total`)
    const seen = new Set([total])
    for (const [j, { line: id }] of parts.entries()) {
      const place = `${at}.parts[${j}].line`
      const part = numberOf(id, place)
      demand(part.unit === whole.unit, place, () => `${id} is in ${part.unit}, its total ${total} in ${whole.unit}`)
      demand(!seen.has(id), place, () => `${id} stands twice in the sum ${total}`)
      seen.add(id)
    }
    demand(!partsOfParts(sums, total).has(total), at, () => `${total} is part of a part of itself`)
  }
}

/** All that a total is made of, over however many sums. */
function partsOfParts(sums: Standard["sums"], total: string): ReadonlySet<string> {
  const below = (id: string) =>
    sums.filter((sum) => sum.total === id).flatMap(({ parts }) => parts.map(({ line }) => line))
  const reached = new Set(below(total))
  for (const id of reached) for (const part of below(id)) reached.add(part)
  return reached
}

/** What holds of a mapping beside the forms of its fields. Throws a Rejection, FIELD_MALFORMED, with the place of the first fault. */
export function checkStandard(standard: Standard, path: string): void {
  const { lines, namespaces, taxonomy, validFrom, validTo } = standard
  for (const prefix of Object.keys(namespaces))
    demand(PREFIX.test(prefix), `${path}.namespaces`, () => `${JSON.stringify(prefix)} is no prefix of XML`)
  demand(
    validTo === null || validTo >= validFrom,
    `${path}.validTo`,
    () => `${validTo} is before validFrom, ${validFrom}`,
  )
  checkIds(standard, path)
  for (const [i, line] of lines.entries()) {
    checkCountry(line, `${path}.lines[${i}]`)
    checkFilled(line, `${path}.lines[${i}]`)
  }
  if (taxonomy.length > 0) checkXbrl(standard, path)
  checkSums(standard, path)
}
