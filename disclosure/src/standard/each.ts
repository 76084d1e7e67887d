import type { World } from "../figures/world.ts"
import { COUNTRY, type Line, type Standard } from "./shape.ts"

/** A line of a filing, and the country that it is about; null: it is about all. */
export type Stated = { readonly line: Line; readonly country: string | null }

function lineIn(line: Line, country: string): Line {
  const written = (text: string) => text.replaceAll(COUNTRY, country)
  const dimensions = Object.entries(line.dimensions ?? {}).map(([axis, member]) => [axis, written(member)] as const)
  return { ...line, id: written(line.id), label: written(line.label), dimensions: Object.fromEntries(dimensions) }
}

/** The lines of a filing: one that stands for each country, once for each in which the profile has a site. */
export function statedLines({ lines }: Standard, { profile }: World): readonly Stated[] {
  const countries = [...new Set(profile.sites.map(({ country }) => country))].sort()
  return lines.flatMap((line): readonly Stated[] =>
    line.each === undefined
      ? [{ line, country: null }]
      : countries.map((country) => ({ line: lineIn(line, country), country })),
  )
}

/**
 * The part of a world at the sites of one country. What was metered at no site of the profile stays, so that it is said to be
 * missing; a claim over all sites bounds nothing of one country's.
 */
export function worldIn(world: World, country: string): World {
  const sites = world.profile.sites.filter((one) => one.country === country)
  const ids = new Set(sites.map(({ id }) => id))
  return {
    ...world,
    profile: { ...world.profile, sites },
    placed: world.placed.filter(({ site }) => site === "" || ids.has(site)),
    claims: world.claims.filter(({ claim }) => ids.has(claim.scope.filters.site ?? "")),
  }
}
