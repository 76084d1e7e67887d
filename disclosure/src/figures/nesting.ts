import { BOUNDARIES, type Hex } from "@wattest/protocol"
import type { Entry } from "../books/entry.ts"
import type { Placed } from "../books/place.ts"
import { sayKwh } from "./spoken.ts"
import type { World } from "./world.ts"

const energyOf = (entries: readonly Entry[]) =>
  entries.reduce((all, { registers }) => all + registers.energyMillijoules, 0n)
const uncertaintyOf = (entries: readonly Entry[]) =>
  entries.reduce((all, { registers }) => all + registers.uncertaintyMillijoules, 0n)
const rank = ({ boundary }: Entry) => BOUNDARIES.indexOf(boundary)

/** The nearest shown device that the profile puts around another. */
function shownAround(device: Hex, within: ReadonlyMap<Hex, Hex | null>, shown: ReadonlySet<Hex>): Hex | null {
  for (let at = within.get(device) ?? null; at !== null; at = within.get(at) ?? null) if (shown.has(at)) return at
  return null
}

/** Runs of a place without those of devices within another one of their own boundary: what adds up at each boundary. */
export function outermostOfBoundary({ profile }: World, { counted, inner, unplaced }: Placed): readonly Entry[] {
  const all = [...counted, ...inner, ...unplaced]
  const within = new Map(profile.meters.map((meter) => [meter.device, meter.within]))
  const groups = Map.groupBy(all, ({ boundary }) => boundary)
  const devices = new Map([...groups].map(([boundary, own]) => [boundary, new Set(own.map(({ device }) => device))]))
  return all.filter(({ device, boundary }) => shownAround(device, within, devices.get(boundary) ?? new Set()) === null)
}

/**
 * Where the profile's nesting cannot be: a device that holds others takes at least what they do, and is metered no further in.
 * Nesting takes energy out of the sum, on the entity's word alone.
 */
export function nestingNeeds({ profile }: World, { counted, inner }: Placed): readonly string[] {
  const devices = Map.groupBy([...counted, ...inner], ({ device }) => device)
  const shown = new Set(devices.keys())
  const within = new Map(profile.meters.map((meter) => [meter.device, meter.within]))
  const groups = Map.groupBy(inner, ({ device }) => shownAround(device, within, shown))
  return [...groups].flatMap(([outer, own]) => {
    const around = outer === null ? [] : (devices.get(outer) ?? [])
    const [first] = around
    if (first === undefined) return []
    const out = own.find((entry) => rank(entry) > rank(first))
    if (out !== undefined)
      return [
        `what lies within what: by the profile ${out.device} at the ${out.boundary} lies within ${outer} at the ${first.boundary}`,
      ]
    const [held, holds] = [energyOf(own), energyOf(around)]
    // Within both limits together they may still agree.
    if (held <= holds + uncertaintyOf(own) + uncertaintyOf(around)) return []
    return [
      `what lies within what, or more certificates of ${outer}: devices within it took ${sayKwh(held)}, it took ${sayKwh(holds)}`,
    ]
  })
}
