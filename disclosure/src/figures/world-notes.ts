import { instant, plural } from "@wattest/protocol"
import { endsIn } from "../books/period.ts"
import { extractsBefore } from "../books/standing.ts"
import type { Filing } from "../filing.ts"
import { idleClaims } from "./claimed.ts"
import { isOfPlaces } from "./energy.ts"
import { standingNotes } from "./expected.ts"
import type { Material, World } from "./world.ts"

/** Where devices signed another zone than the profile has for their site: what the device signed decides. */
function zoneNotes({ placed, profile }: World): readonly string[] {
  const zones = new Map(profile.sites.map(({ id, zone }) => [id, zone]))
  return placed.flatMap(({ site, counted, inner, unplaced }) => {
    const own = zones.get(site)
    const signed = new Set([...counted, ...inner, ...unplaced].map(({ zone }) => zone))
    const others = [...signed].filter((zone) => own !== undefined && zone !== own).sort()
    return others.map(
      (zone) =>
        `devices at ${site} signed zone "${zone}", the profile says "${own}": factors are those of what they signed`,
    )
  })
}

function signerNotes({ profile: { operator } }: World, signer: Filing["profileSigner"]): readonly string[] {
  if (signer === null) return ["nobody signed the profile: who the entity is and what it declares is on nobody's word"]
  return signer === operator ? [] : [`the profile is signed by ${signer}, not by its operator ${operator}`]
}

/** What the entity knows today, and is in no statement of the earlier time. */
function laterNotes({ shown, span, asOf }: World, { extracts }: Material["books"]): readonly string[] {
  if (asOf === null) return []
  const runs = [...shown.values()].flat().filter(({ endMs, block }) => endsIn(span, endMs) && block.time >= asOf).length
  const later = extracts.length - extractsBefore(extracts, asOf).length
  return [
    ...(runs === 0 ? [] : [`${plural(runs, "run")} of the period left out: anchored at ${instant(asOf)} or later`]),
    ...(later === 0 ? [] : [`${plural(later, "extract")} left out: of a block at ${instant(asOf)} or later`]),
  ]
}

/** As of when something is stated, behind its period; nothing where it is all that was given. `asOf`: Unix seconds. */
export const sayAsOf = (asOf: number | null): string => (asOf === null ? "" : `, as of ${instant(asOf)}`)

/** What a reader must know of all numbers together, whoever lists them: on whose word they are, and what is left out. */
export function worldNotes(world: World, { books }: Material, signer: Filing["profileSigner"]): readonly string[] {
  const { foreign, unfit } = world
  const operators = [...new Set(foreign.map(({ operator }) => operator))].sort()
  return [
    ...signerNotes(world, signer),
    ...zoneNotes(world),
    ...laterNotes(world, books),
    ...(isOfPlaces(world) ? standingNotes(world) : []),
    ...(books.repeated > 0 ? [`counted once: ${plural(books.repeated, "run")} in more than one document`] : []),
    ...operators.map(
      (operator) =>
        `documents of operator ${operator} are not counted: the profile names it neither as its own nor as a supplier with this label`,
    ),
    ...idleClaims(world),
    ...unfit.map(({ document, reason }) => `the claim of ${document} is not counted: ${reason}`),
  ]
}
