import type { Policy } from "@wattest/verifier"
import { policyDigest } from "@wattest/verifier"
import { compare, type Exact, isZero, ONE, over, placesFor, sum, toDecimal } from "../exact/exact.ts"
import { type Amount, lacking, type Piece } from "../figures/amount.ts"
import { unplacedClaims } from "../figures/held-claims.ts"
import { FIGURES, type Figure, isFigureName } from "../figures/table.ts"
import { TEXT_NEEDS } from "../figures/text-needs.ts"
import { isTextName, TEXTS, textEvidence } from "../figures/texts.ts"
import { unitOf } from "../figures/units.ts"
import { type Material, type World, worldOf } from "../figures/world.ts"
import { worldNotes } from "../figures/world-notes.ts"
import {
  type Cell,
  EVIDENCE,
  type Evidence,
  FILING_TYPE,
  type Filing,
  type GradeShare,
  type Source,
} from "../filing.ts"
import { VERSION } from "../version.ts"
import { statedLines, worldIn } from "./each.ts"
import type { Line, Standard } from "./shape.ts"

/** Places of shares and of quantities that are only shown. */
const SHARE_PLACES = 6
const SHOWN_PLACES = 9

/** A number that nothing gives is a 0, such as of instruments that the profile does not have: the entity's word. */
const weakest = (pieces: readonly Piece[]): Evidence =>
  EVIDENCE.findLast((evidence) => pieces.some((piece) => piece.evidence === evidence)) ?? "declared"

const shareOf = (part: Exact, whole: Exact): string => (isZero(whole) ? "0" : trimmed(over(part, whole), SHARE_PLACES))

/** A decimal text without zeros at its end. */
const trimmed = (value: Exact, places: number): string => toDecimal(value, places).replace(/\.?0+$/, "") || "0"

/** Of what has a grade, how much has which. */
function gradesOf(pieces: readonly Piece[]): readonly GradeShare[] {
  const graded = pieces.filter(({ grade, quantity }) => grade !== null && !isZero(quantity))
  const all = sum(graded.map(({ quantity }) => quantity))
  const groups = Map.groupBy(graded, ({ grade }) => grade)
  return [...groups].flatMap(([grade, own]) => {
    if (grade === null) return []
    return [{ grade, share: shareOf(sum(own.map(({ quantity }) => quantity)), all) }]
  })
}

function sourcesOf(pieces: readonly Piece[], size: Exact): readonly Source[] {
  const all = sum(pieces.map(({ quantity }) => quantity))
  const ordered = pieces.toSorted((a, b) => compare(b.quantity, a.quantity) || (a.document < b.document ? -1 : 1))
  return ordered.map(({ document, digest, kind, evidence, verdict, block, quantity }) => ({
    ...{ document, documentDigest: digest, kind, evidence, verdict, block },
    ...{ quantity: trimmed(over(quantity, size), SHOWN_PLACES), share: shareOf(quantity, all) },
  }))
}

const EMPTY: Omit<Cell, "id" | "concept" | "label" | "kind" | "unit" | "dimensions" | "period"> = {
  ...{ value: null, decimals: null, bound: "exact", state: "missing", uncertainty: null, grades: [], evidence: null },
  ...{ coverage: null, sources: [], previous: null, needs: [], notes: [] },
}

/** What a mapping cannot be sure of stands beside the number that it names. */
const unconfirmedNotes = ({ unconfirmed, source }: Line) =>
  unconfirmed === undefined ? [] : [`not confirmed in the mapping: ${unconfirmed} (${source})`]

function frameOf(line: Line, { days, profile }: World) {
  const { id, concept, label, dimensions = {} } = line
  const unit = line.unit.replace("{currency}", profile.entity.currency)
  return { ...EMPTY, id, concept, label, unit, dimensions, period: days, notes: unconfirmedNotes(line) }
}

function textCell(line: Line, world: World): Cell {
  const { figure } = line
  if (!isTextName(figure)) throw new Error(`${figure} is no text, which reading the mapping would have refused`)
  const value = TEXTS[figure](world)
  const frame = { ...frameOf(line, world), kind: "text" as const }
  if (value === null || value === "") return { ...frame, needs: [TEXT_NEEDS[figure]] }
  return { ...frame, value, state: "filled", evidence: textEvidence(world, figure) }
}

/** Places of a number by its line: those that are fixed, or those that leave so many significant figures. */
function placesOf({ rounding = {} }: Line, value: Exact): number {
  const { decimals, significant } = rounding
  return decimals ?? placesFor(value, significant ?? 2)
}

/** A number's cell. A bound is rounded up: "at most" stays true. */
function numberCell(line: Line, amount: Amount, world: World, size: Exact): Cell {
  const blank = frameOf(line, world)
  const notes = [...amount.notes, ...blank.notes]
  const frame = { ...blank, kind: "number" as const, needs: amount.needs, notes }
  if (amount.value === null) return frame
  const value = over(amount.value, size)
  const decimals = placesOf(line, value)
  const { bound, uncertainty, pieces, coverage } = amount
  return {
    ...frame,
    ...{ value: toDecimal(value, decimals, bound === "at-most" ? "up" : "nearest"), decimals, bound, coverage },
    state: amount.needs.length === 0 ? "filled" : "partly",
    uncertainty: uncertainty && toDecimal(over(uncertainty, size), Math.max(decimals, 0) + 2, "up"),
    ...{ grades: gradesOf(pieces), evidence: weakest(pieces), sources: sourcesOf(pieces, size) },
  }
}

type Measured = ReadonlyMap<string, Amount>

/** Each figure that the lines name, computed once. */
function measured({ lines }: Standard, world: World): Measured {
  const names = new Set(lines.map(({ figure }) => figure))
  return new Map([...names].flatMap((name) => (isFigureName(name) ? [[name, FIGURES[name].of(world)] as const] : [])))
}

/** A figure at the sites of one country, with what claims over all sites leave open there. */
function amountIn(world: World, country: string, { of }: Figure): Amount {
  const part = worldIn(world, country)
  const sites = part.profile.sites.map(({ id }) => id)
  return lacking(of(part), ...unplacedClaims(world, sites))
}

/** The cells of a standard by what is at hand. Pure. */
export function cellsOf(standard: Standard, material: Material): readonly Cell[] {
  const world = worldOf(material)
  const amounts = measured(standard, world)
  return statedLines(standard, world).map(({ line, country }) => {
    const whole = amounts.get(line.figure)
    if (whole === undefined || !isFigureName(line.figure)) return textCell(line, world)
    const amount = country === null ? whole : amountIn(world, country, FIGURES[line.figure])
    return numberCell(line, amount, world, unitOf(FIGURES[line.figure].kind, line.in) ?? ONE)
  })
}

/** What was stated before, where it was something else, and that nothing was. */
function corrected(cells: readonly Cell[], before: readonly Cell[]): readonly Cell[] {
  const stated = new Map(before.map(({ id, value }) => [id, value]))
  return cells.map((cell) => {
    const previous = stated.get(cell.id) ?? null
    if (previous === cell.value) return cell
    return { ...cell, previous, notes: previous === null ? [...cell.notes, "previously not stated"] : cell.notes }
  })
}

/** Everything that one filing is made of. */
export type Request = {
  readonly standard: Standard
  readonly material: Material
  readonly policy: Policy
  /** Who signed the profile; null: nobody did. */
  readonly signer: Filing["profileSigner"]
  /** Unix seconds of the earlier statement that this one corrects; null: there is none. */
  readonly previousAsOf: number | null
}

function notesOf(world: World, { standard: { validFrom, validTo }, material, signer }: Request): readonly string[] {
  const { from, to } = world.days
  const isOutside = from < validFrom || (validTo !== null && to > validTo)
  return [
    ...(isOutside ? [`the period ${from} to ${to} is not within the time for which this version holds`] : []),
    ...worldNotes(world, material, signer),
  ]
}

/** The file of a standard, cell by cell. Pure. */
export function fileStandard(request: Request): Filing {
  const { standard, material, policy, signer, previousAsOf } = request
  const world = worldOf(material)
  const cells = cellsOf(standard, material)
  const before = previousAsOf === null ? null : cellsOf(standard, { ...material, asOf: previousAsOf })
  const { id, title, version, validFrom, source, namespaces, taxonomy, entityScheme } = standard
  const { name, lei, country, currency } = material.profile.entity
  return {
    ...{ mediaType: FILING_TYPE, program: VERSION, entity: { name, lei, country, currency } },
    standard: { id, title, version, validFrom, source, namespaces, taxonomy, entityScheme },
    ...{ period: material.days, subject: material.subject, asOf: material.asOf, previousAsOf },
    ...{ policyDigest: policyDigest(policy), profileDigest: material.profileDigest, profileSigner: signer },
    cells: before === null ? cells : corrected(cells, before),
    sums: standard.sums.map(({ total, parts }) => ({
      total,
      parts: parts.map(({ line, weight }) => ({ cell: line, weight })),
    })),
    ...{ refused: material.books.refused, notes: notesOf(world, request) },
  }
}
