import { plural } from "@wattest/protocol"
import { coverageOf } from "../books/coverage.ts"
import type { Entry } from "../books/entry.ts"
import { placeEntries } from "../books/place.ts"
import { sum } from "../exact/exact.ts"
import { type Amount, lacking, noted, nothing, quotient, total } from "./amount.ts"
import { emissionsOf } from "./carbon.ts"
import { declared } from "./declared.ts"
import { boundaryNotes } from "./energy.ts"
import { withdrawnNeeds } from "./expected.ts"
import { weaknessesOf } from "./metered.ts"
import type { World } from "./world.ts"

/** Categories of Scope 3 that nobody meters here: the entity's own word, where there is any. */
const OTHERS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "12", "13", "14", "15"] as const

/**
 * Emissions in a category of Scope 3 by the documents of others: what they metered under the entity's label, each joule
 * once, operator by operator.
 */
export function valueChain(world: World, category: "1.1" | "11"): Amount {
  const suppliers = world.profile.suppliers.filter((one) => one.category === category)
  if (suppliers.length === 0)
    return nothing(`suppliers of category ${category} in the profile, with their certificates`)
  const entries = world.chain[category] ?? []
  const amounts = suppliers.map(({ name, operator, party }) => {
    const isOf = (entry: Entry) => entry.operator === operator && entry.party === party
    const own = entries.filter(isOf)
    const voided = withdrawnNeeds(world, isOf)
    if (own.length === 0) return nothing(`certificates of ${name} with the label "${party}"`, ...voided)
    const sites = Map.groupBy(own, ({ site }) => site)
    const placed = [...sites.values()].flatMap((at) => placeEntries(at, { ...world.profile, sites: [], meters: [] }))
    const [left, counted] = [placed.flatMap(({ unplaced }) => unplaced), placed.flatMap((place) => place.counted)]
    const weaknesses = weaknessesOf(world, counted, coverageOf(counted, world.span, world))
    const amount = noted(
      emissionsOf(world, counted),
      `${name}: what certificates show; its other work for the entity, if there is any, is not in it`,
      ...[...weaknesses.notes, ...boundaryNotes(counted)].map((note) => `${name}: ${note}`),
    )
    const inner = `what devices of ${name} lie within: not counted are ${plural(left.length, "run")} further in`
    return lacking(amount, ...weaknesses.needs, ...voided, ...(left.length === 0 ? [] : [inner]))
  })
  return total(amounts)
}

/** Categories before and behind the entity's own operations, as the GHG Protocol divides them. */
export const UPSTREAM = ["1.1", "1", "2", "3", "4", "5", "6", "7", "8"] as const
export const DOWNSTREAM = ["9", "10", "11", "12", "13", "14", "15"] as const
type Category = (typeof UPSTREAM | typeof DOWNSTREAM)[number]

/** Scope 3 in some categories as far as it is known: documents of the value chain, and what the profile declares of others. */
export function scope3Of(world: World, categories: readonly Category[]): Amount {
  const { suppliers } = world.profile
  const others = OTHERS.filter((category) => categories.includes(category))
  const shown = (["1.1", "11"] as const).filter(
    (category) => categories.includes(category) && suppliers.some((one) => one.category === category),
  )
  // One that is declared of another period, or in a unit of something else, is not known either.
  const other = others.map((category) => ({ category, amount: declared(world, `scope3.${category}`, "emissions") }))
  const stated = other.flatMap(({ amount }) => (amount.value === null ? [] : [amount]))
  const known = total([...shown.map((category) => valueChain(world, category)), ...stated])
  const unknown = other.flatMap(({ category, amount }) => (amount.value === null ? [category] : []))
  if (known.value === null)
    return lacking(known, "categories of Scope 3: documents of suppliers, or numbers declared as scope3.N")
  return unknown.length === 0
    ? known
    : lacking(known, `categories ${unknown.join(", ")} of Scope 3, each declared, and as 0 where there is none`)
}

/** All of Scope 3. */
export const scope3 = (world: World): Amount => scope3Of(world, [...UPSTREAM, ...DOWNSTREAM])

/** The part of Scope 3 that documents of suppliers show. */
export function primaryShare(world: World): Amount {
  const all = scope3(world)
  const metered = all.pieces.filter(({ evidence }) => evidence === "proved")
  const value = sum(metered.map(({ quantity }) => quantity))
  return quotient({ ...all, value: all.value === null ? null : value, pieces: metered }, all, "Scope 3")
}
