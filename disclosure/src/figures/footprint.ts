import type { Product } from "@wattest/protocol"
import type { Entry } from "../books/entry.ts"
import { placeEntries } from "../books/place.ts"
import { exact, parseExact, times, ZERO } from "../exact/exact.ts"
import { type Amount, none, nothing, quotient, scaled } from "./amount.ts"
import { emissionsOf, locationBased } from "./carbon.ts"
import { electricity, placesOf } from "./energy.ts"
import { unitOfWork, work } from "./product.ts"
import type { World } from "./world.ts"

const MILLIJOULES = { "kilowatt hour": exact(3_600_000_000n), megajoule: exact(1_000_000_000n) } as const

/** The profile's product that the filing is about; null where it has none. */
export const productOf = ({ profile: { products = [] }, subject }: World): Product | null =>
  (subject.kind === "model" && products.find(({ model }) => model === subject.name)) || null

/**
 * The world in which customers use what was sold: their runs of the product's model, metered under the entity's label, take
 * the place of the entity's own.
 */
export function useOf(world: World): World {
  const used = (world.chain["11"] ?? []).filter(({ model }) => model === world.subject.name)
  return { ...world, placed: placeEntries(used, { ...world.profile, sites: [], meters: [] }) }
}

/** The amount for one declared unit: a quotient by what the product is counted in, so many times as the unit holds. */
function perDeclaredUnit(world: World, amount: Amount): Amount {
  const product = productOf(world)
  if (product === null) return nothing(`a product of model "${world.subject.name}" among the profile's products`)
  const { measure, amount: size, work: unit } = product.declaredUnit
  const many = parseExact(size) ?? ZERO
  if (measure !== "piece")
    return scaled(quotient(amount, electricity(world), "energy"), times(many, MILLIJOULES[measure]))
  const counted = unitOfWork(world)
  if (counted !== null && counted !== unit)
    return nothing(`runs that count ${unit}, as the product's declaredUnit.work says: they count ${counted}`)
  return scaled(quotient(amount, work(world), "units of work"), many)
}

/** Location-based emissions for a declared unit. */
export const unitEmissions = (world: World): Amount => perDeclaredUnit(world, locationBased(world))
/** Electricity for a declared unit. */
export const unitEnergy = (world: World): Amount => perDeclaredUnit(world, electricity(world))

const isPrimary = ({ fed, energyGrade, origin }: Entry) =>
  fed.has("carbon") && energyGrade === "measured" && origin === "live"

/** The part of the emissions whose energy a meter measured and whose intensities a device signed: no table is behind it. */
export function primaryData(world: World): Amount {
  const primary = placesOf(world).flatMap(({ counted }) => counted.filter(isPrimary))
  const part =
    primary.length === 0
      ? none("every run's emissions rest on a table of factors, or on energy that no meter measured")
      : emissionsOf(world, primary)
  return quotient(part, locationBased(world), "emissions")
}

/** Countries of the sites at which the runs were metered, by the profile; null where it does not know one of the sites. */
export function countriesOf(world: World): readonly string[] | null {
  const labels = new Set(placesOf(world).flatMap(({ counted }) => counted.map(({ site }) => site)))
  const countries = [...labels].map((label) => world.profile.sites.find(({ id }) => id === label)?.country)
  const known = countries.flatMap((country) => country ?? [])
  return known.length === countries.length && known.length > 0 ? [...new Set(known)].sort() : null
}
