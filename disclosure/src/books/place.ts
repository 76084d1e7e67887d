import { BOUNDARIES, type Boundary, type Hex, type Profile } from "@wattest/protocol"
import type { Entry } from "./entry.ts"

/** Which of the entries at one site add up to its energy, each joule once. */
export type Placed = {
  readonly site: string
  /** They lie in no other shown device: their energies add up. */
  readonly counted: readonly Entry[]
  /** They lie within counted ones, by the profile. */
  readonly inner: readonly Entry[]
  /** Nobody says whether they lie within counted ones: adding them could count twice, leaving them out too little. */
  readonly unplaced: readonly Entry[]
  /** The boundary of those that count: the outermost one that is shown. */
  readonly boundary: Boundary | null
}

type Meter = Profile["meters"][number]

const outermost = (entries: readonly Entry[]): Boundary | null =>
  BOUNDARIES.findLast((name) => entries.some(({ boundary }) => boundary === name)) ?? null

/** Whether a shown device holds this one's energy, at any depth. */
function isWithin(device: Hex, meters: ReadonlyMap<Hex, Meter>, shown: ReadonlySet<Hex>): boolean {
  for (let at = meters.get(device)?.within ?? null; at !== null; at = meters.get(at)?.within ?? null)
    if (shown.has(at)) return true
  return false
}

/**
 * Places the entries of one site. Devices of the profile count unless a shown one holds them. One that the profile does
 * not know counts among its like, where all that count are of its boundary; else its place is not known.
 */
function placeAt(site: string, entries: readonly Entry[], meters: ReadonlyMap<Hex, Meter>): Placed {
  const shown = new Set(entries.map(({ device }) => device))
  const inner = entries.filter(({ device }) => isWithin(device, meters, shown))
  const rest = entries.filter((entry) => !inner.includes(entry))
  const known = rest.filter(({ device }) => meters.has(device))
  const strangers = rest.filter(({ device }) => !meters.has(device))
  const boundary = outermost(rest)
  const isLike = (entry: Entry) => entry.boundary === boundary && known.every((other) => other.boundary === boundary)
  const counted = [...known, ...strangers.filter(isLike)]
  return { site, counted, inner, unplaced: strangers.filter((entry) => !isLike(entry)), boundary: outermost(counted) }
}

/** The entries of each site of a profile, placed; what is of no site of it comes last, as the site "". */
export function placeEntries(entries: readonly Entry[], profile: Profile): readonly Placed[] {
  const meters = new Map(profile.meters.map((meter) => [meter.device, meter]))
  const known = new Set(profile.sites.map(({ id }) => id))
  // What the device signed decides. A profile alone could move a run to a place with cleaner electricity.
  const siteOf = ({ site }: Entry) => (known.has(site) ? site : "")
  const groups = Map.groupBy(entries, siteOf)
  const order = [...profile.sites.map(({ id }) => id), ""]
  return order.flatMap((site) => {
    const own = groups.get(site)
    return own === undefined ? [] : [placeAt(site, own, meters)]
  })
}
