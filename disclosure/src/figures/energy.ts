import type { Entry } from "../books/entry.ts"
import type { Placed } from "../books/place.ts"
import { type Amount, lacking, noted, nothing, passes, total } from "./amount.ts"
import { type Bounded, boundedLedgers, claimed, withBound } from "./claimed.ts"
import { chainNeeds, standingNeeds, withdrawnNeeds } from "./expected.ts"
import { heldClaims } from "./held-claims.ts"
import { jobNeeds } from "./job-needs.ts"
import { ENERGY, INNER, IT, meteredBy, REUSED, type Register, unplacedNeeds, WATER } from "./metered.ts"
import { nestingNeeds } from "./nesting.ts"
import { once } from "./once.ts"
import { sayKwh } from "./spoken.ts"
import type { World } from "./world.ts"

const NOWHERE: Omit<Placed, "site"> = { counted: [], inner: [], unplaced: [], boundary: null }

/** Whether a filing speaks of places, so that what is not metered at one is missing. */
export const isOfPlaces = ({ subject: { kind } }: World) => kind === "entity" || kind === "site"

/** The places that a filing speaks of: sites of the profile, also those of which nothing is shown. */
export function placesOf(world: World): readonly Placed[] {
  const { subject, profile, placed } = world
  if (!isOfPlaces(world)) return placed
  const named = profile.sites.filter(({ id }) => subject.kind === "entity" || id === subject.name)
  return named.map(({ id }) => placed.find(({ site }) => site === id) ?? { site: id, ...NOWHERE })
}

/** Energy under labels that are no site of the profile: it is in no place's number. */
function homeless({ placed }: World): readonly string[] {
  const lost = placed.find(({ site }) => site === "")
  if (lost === undefined) return []
  const labels = Map.groupBy([...lost.counted, ...lost.inner, ...lost.unplaced], ({ site }) => site)
  return [...labels].map(([label, own]) => {
    const energy = own.reduce((all, { registers }) => all + registers.energyMillijoules, 0n)
    return `the site "${label}" among the profile's: ${sayKwh(energy)} of devices there are not counted`
  })
}

const leftOut = (boundary: string) => `at the ${boundary} cooling, distribution and everything else there is left out`

function boundaryNeeds(world: World, { site, boundary, counted }: Placed): readonly string[] {
  if (!isOfPlaces(world) || counted.length === 0 || boundary === "facility") return []
  return [`a meter at the facility boundary of ${site}: ${leftOut(boundary ?? "")}`]
}

/** What a number at any boundary is without, as of work or of others' devices. */
export const boundaryNotes = (entries: readonly Entry[]): readonly string[] =>
  [...new Set(entries.map(({ boundary }) => boundary))]
    .filter((boundary) => boundary !== "facility")
    .sort()
    .map(leftOut)

/** What claims say of a place where no certificate counts; null where one does, or none says anything. */
export const boundAt = (world: World, what: Bounded, { counted, site }: Placed): Amount | null =>
  counted.length === 0 ? claimed(world, what, site) : null

/** A sum over places, with what claims bound beside the certificates there, and what is missing of it. */
export function overAll(world: World, what: Bounded, at: (place: Placed) => Amount): Amount {
  const places = placesOf(world)
  const whole = (place: Placed) =>
    place.counted.length === 0 ? at(place) : withBound(world, what, place.site, at(place))
  const sum = total(places.map(whole))
  const isEntity = world.subject.kind === "entity"
  return lacking(isEntity ? withBound(world, what, null, sum) : sum, ...entityNeeds(world, what))
}

/** All energy that one place took, each joule once; what is not metered, a claim may bound. `bounds`: the sum that is made of it. */
export function energyAt(world: World, place: Placed, bounds: Bounded = "energy"): Amount {
  const metered = boundAt(world, "energy", place) ?? meteredBy(world, place.counted, { ...ENERGY, bounds }, place.site)
  const mixed = new Set(place.counted.map(({ boundary }) => boundary))
  const needs = [...unplacedNeeds(place), ...nestingNeeds(world, place), ...boundaryNeeds(world, place)]
  const shown = noted(lacking(metered, ...needs), ...(isOfPlaces(world) ? [] : boundaryNotes(place.counted)))
  if (mixed.size < 2) return shown
  return noted(
    shown,
    `adds up devices at ${[...mixed].join(" and ")}, of which none lies within another by the profile's word`,
  )
}

/** What the chain expects beyond the documents; where claims alone bound the energy, they say it themselves. */
const expectedNeeds = (world: World, bounded: ReadonlySet<string>) =>
  world.placed.some(({ counted }) => counted.length > 0) ? chainNeeds(world, bounded) : []

/** All electricity of the entity, the site, the job or the model. */
export const electricity = once((world: World): Amount => {
  const places = placesOf(world)
  const whole = places.every(({ counted }) => counted.length === 0) ? claimed(world, "energy", null) : null
  if (whole !== null && world.subject.kind === "entity") return whole
  if (places.length === 0)
    return nothing(
      isOfPlaces(world) ? "sites in the profile" : `certificates of ${world.subject.kind} "${world.subject.name}"`,
    )
  return overAll(world, "energy", (place) => energyAt(world, place))
})

/** What is missing of every number of the whole entity or void in any, and what the chain has that neither a document nor a bound of the number shows. */
export function entityNeeds(world: World, what: Bounded | null): readonly string[] {
  const bounded = what === null ? new Set<string>() : boundedLedgers(world, what)
  return [
    ...withdrawnNeeds(world, ({ operator }) => operator === world.profile.operator),
    ...jobNeeds(world),
    ...(isOfPlaces(world) ? heldClaims(world, bounded) : []),
    ...(world.subject.kind === "entity" ? [...homeless(world), ...expectedNeeds(world, bounded)] : []),
    ...(isOfPlaces(world) ? standingNeeds(world, what) : []),
  ]
}

/** Devices within counted ones that no other one of them holds: what they say is metered further in. */
function innermost(world: World, { inner }: Placed): readonly Entry[] {
  const shown = new Set(inner.map(({ device }) => device))
  const within = new Map(world.profile.meters.map((meter) => [meter.device, meter.within]))
  return inner.filter(({ device }) => {
    for (let at = within.get(device) ?? null; at !== null; at = within.get(at) ?? null) if (shown.has(at)) return false
    return true
  })
}

/** A register over the devices that count at a place; those without a place that feed it are in no number. */
const registerAt = (world: World, register: Register) => (place: Placed) => {
  const unplaced = place.unplaced.filter(({ fed }) => register.needs.every((need) => fed.has(need)))
  return lacking(meteredBy(world, place.counted, register, place.site), ...unplacedNeeds({ ...place, unplaced }))
}

/**
 * Energy delivered to IT equipment: the register of whoever meters the place, else the devices that lie within, else what
 * counts there where that is IT alone.
 */
export function itEnergyAt(world: World, place: Placed): Amount {
  const { counted, site, boundary } = place
  const [within, register] = [innermost(world, place), counted.filter(({ fed }) => fed.has("it"))]
  if (register.length > 0) {
    return noted(registerAt(world, IT)(place), "metered within the boundary by the device of the place itself")
  }
  if (within.length > 0) {
    const boundaries = [...new Set(within.map((entry) => entry.boundary))].join(" and ")
    return noted(meteredBy(world, within, INNER, site), `IT energy is that of the devices within, at the ${boundaries}`)
  }
  if (boundary === "facility" || counted.length === 0)
    return nothing(`a meter of IT energy${site && ` at ${site}`}: at UPS outputs, PDUs or server inlets`)
  return noted(
    lacking(meteredBy(world, counted, INNER, site), ...unplacedNeeds(place)),
    `IT energy is that of all devices at the ${boundary}`,
  )
}

/** Sums of a register over the devices of the places themselves: what flows in and out at their boundary. */
const overPlaces = (world: World, at: (place: Placed) => Amount): Amount => {
  const places = placesOf(world)
  if (places.length === 0) return nothing("sites in the profile")
  return lacking(total(places.map(at)), ...entityNeeds(world, null))
}

export const itEnergy = once((world): Amount => overPlaces(world, (place) => itEnergyAt(world, place)))

export const reused = (world: World): Amount => overPlaces(world, registerAt(world, REUSED))

export const water = (world: World): Amount =>
  placesOf(world).length === 0
    ? nothing("sites in the profile")
    : overAll(world, "water", (place) => boundAt(world, "water", place) ?? registerAt(world, WATER)(place))

/** IT energy cannot pass all energy: where it does, meters or the profile's nesting are wrong, and no quotient is stated. */
export const contradiction = (it: Amount, all: Amount): string | null =>
  passes(it, all) ? "meters that agree: more IT energy is metered than energy in all" : null
