import { visible } from "@wattest/protocol"
import type { Cell, Days, Filing } from "../filing.ts"
import { FormatError, stated } from "./format.ts"

/** One fact of an XBRL report, by the Open Information Model. */
export type Fact = {
  readonly id: string
  readonly label: string
  readonly concept: string
  readonly value: string
  /** Null for texts. */
  readonly decimals: number | null
  /** Null for texts and pure numbers. */
  readonly unit: string | null
  readonly period: Days
  readonly dimensions: { readonly [axis: string]: string }
  /** What a reader must know of it, as a footnote; null: nothing but the number. */
  readonly note: string | null
}

/** What is missing of a number, on whose word it is, what was stated before and what else is to be known: without it a part would read as the whole. */
function noteOf({ kind, state, evidence, needs, notes, previous, unit }: Cell): string | null {
  const said = [
    ...(state === "partly" ? [`Not whole. It would take: ${needs.join("; ")}`] : []),
    ...(kind === "number" && evidence !== null && evidence !== "proved" ? [`Rests on what is ${evidence}`] : []),
    ...(previous === null ? [] : [`Previously stated: ${previous} ${unit}`]),
    ...notes,
  ]
  return said.length === 0 ? null : visible(said.join(". "))
}

const UTR = "http://www.xbrl.org/2009/utr"
const ISO4217 = "http://www.xbrl.org/2003/iso4217"
const PURE = new Set(["", "1", "xbrli:pure"])

/** Programs read the value of a text block as markup, and a mapping does not say which texts are such: none begins any. */
const plain = (text: string): string => visible(text).replaceAll("<", "&lt;")

/** Facts of the stated cells, in their order. Throws a FormatError where the standard has no taxonomy or the entity no LEI. */
export function factsOf(filing: Filing): readonly Fact[] {
  if (filing.standard.taxonomy.length === 0 || filing.standard.entityScheme === null)
    throw new FormatError(`${filing.standard.id} has no XBRL taxonomy: choose another format`)
  if (filing.entity.lei === null)
    throw new FormatError("an XBRL report names its entity by the LEI, and the profile has none: add entity.lei")
  return stated(filing).map((cell) => {
    const { id, label, concept, value, decimals, kind, unit, period, dimensions } = cell
    return {
      ...{ id, label, concept, value: plain(value), dimensions, period, decimals: kind === "text" ? null : decimals },
      ...{ unit: kind === "text" || PURE.has(unit) ? null : unit, note: noteOf(cell) },
    }
  })
}

/** A cell's id as part of the name of a fact. */
export const factName = (id: string): string => id.replace(/[^A-Za-z0-9_-]/g, "-")

/** Prefixes that the facts use, with their namespaces. */
export function namespacesOf({ standard }: Filing, facts: readonly Fact[]): { readonly [prefix: string]: string } {
  const uses = (prefix: string) => facts.some(({ unit }) => unit?.includes(`${prefix}:`) === true)
  return {
    ...standard.namespaces,
    ...(uses("utr") ? { utr: UTR } : {}),
    ...(uses("iso4217") ? { iso4217: ISO4217 } : {}),
  }
}
