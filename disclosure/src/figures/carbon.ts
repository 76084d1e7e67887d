import type { Entry } from "../books/entry.ts"
import { factorAt } from "../books/factor.ts"
import type { Placed } from "../books/place.ts"
import { exact, sum, times, ZERO } from "../exact/exact.ts"
import { type Amount, lacking, merged, noted, nothing, type Piece } from "./amount.ts"
import { claimed } from "./claimed.ts"
import { boundAt, energyAt, overAll, placesOf } from "./energy.ts"
import { pieceOf } from "./metered.ts"
import { once } from "./once.ts"
import { sayKwh } from "./spoken.ts"
import type { World } from "./world.ts"

/** mg of CO2e for a mJ at one gram for a kWh. */
const MILLIGRAMS = exact(1000n, 3_600_000_000n)

const DAY_MS = 86_400_000
/** A factor for more days than a year has is that of no year: it says so. */
const LONGEST_DAYS = 366

type Emitted = { readonly pieces: readonly Piece[]; readonly lacks: string | null; readonly source: string }

/** A table of factors stands among the sources, and gives nothing of its own. */
const factorPiece = (zone: string, factors: World["factors"]): Piece => ({
  ...{ document: `factor of ${zone}, ${factors?.name}`, digest: factors?.digest ?? null, kind: "factor" },
  ...{ evidence: "declared", verdict: null, block: null, quantity: ZERO, grade: null },
})

/** What one run emitted where it was: by the intensities that its device signed, else by the table's factor of its zone. */
function emittedBy(entry: Entry, { factors }: World): Emitted {
  const { fed, registers, zone, endMs } = entry
  if (fed.has("carbon")) {
    const source = Object.entries(entry.factors).map(([name, text]) => `${name} ${text}`)
    const said = `intensities that devices signed${source.length === 0 ? ", whose source no context names" : `: ${source.join(", ")}`}`
    return { pieces: [pieceOf(entry, exact(registers.carbonMilligrams), "estimated")], lacks: null, source: said }
  }
  const factor = factorAt(factors, "location", zone, endMs)
  if (factor === null) return { pieces: [], lacks: zone, source: "" }
  const milligrams = times(times(exact(registers.energyMillijoules), factor.gramsPerKilowattHour), MILLIGRAMS)
  const days = Math.round((factor.toMs - factor.fromMs) / DAY_MS)
  const wide = days > LONGEST_DAYS ? `; that of ${zone} is one for ${days} days` : ""
  const said = `factors of ${factors?.name} (${factors?.source}, SHA-256 ${factors?.digest})${wide}`
  return { pieces: [pieceOf(entry, milligrams, "estimated"), factorPiece(zone, factors)], lacks: null, source: said }
}

/** Location-based emissions of entries. A run without a factor is no zero: the number lacks it, and says so. */
export function emissionsOf(world: World, entries: readonly Entry[]): Amount {
  const emitted = entries.map((entry) => ({ entry, ...emittedBy(entry, world) }))
  const pieces = merged(emitted.flatMap((one) => one.pieces))
  const unknown = Map.groupBy(
    emitted.filter(({ lacks }) => lacks !== null),
    ({ lacks }) => lacks,
  )
  const needs = [...unknown].map(([zone, own]) => {
    const energy = own.reduce((all, { entry }) => all + entry.registers.energyMillijoules, 0n)
    return `a factor for zone "${zone}": there is none for ${sayKwh(energy)}`
  })
  if (pieces.length === 0) return nothing(...needs)
  return {
    ...nothing(...needs),
    value: sum(pieces.map(({ quantity }) => quantity)),
    pieces,
    notes: [...new Set(emitted.map(({ source }) => source).filter((source) => source !== ""))].sort(),
  }
}

/** Emissions of one place by its energy; what is missing of the energy is missing of them. */
function emissionsAt(world: World, place: Placed): Amount {
  const bound = boundAt(world, "carbon", place)
  if (bound !== null) return bound
  const { value, coverage, needs, notes } = energyAt(world, place, "carbon")
  if (place.counted.length === 0) {
    // A claim may bound the energy there: of its emissions it says nothing. Where nothing is lacking, a bound of the whole has them.
    const isBounded = value === null && needs.length === 0
    return isBounded ? nothing() : nothing(...needs, `certificates at ${place.site}, or a claim of its carbon`)
  }
  return noted(lacking({ ...emissionsOf(world, place.counted), coverage }, ...needs), ...notes)
}

/** Scope 2 by location: of the entity, a site, a job or a model. */
export const locationBased = once((world: World): Amount => {
  const places = placesOf(world)
  const whole = places.every(({ counted }) => counted.length === 0) ? claimed(world, "carbon", null) : null
  if (whole !== null && world.subject.kind === "entity") return whole
  if (places.length === 0) return nothing("sites in the profile, or certificates of the subject")
  return overAll(world, "carbon", (place) => emissionsAt(world, place))
})
