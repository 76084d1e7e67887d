import type { Instrument } from "@wattest/protocol"

type Held = { readonly first: bigint; readonly last: bigint; readonly id: string }

/** Ranges that do not overlap, ascending. */
type Ranges = Held[]

/** The place of the first range that begins after `first`. */
function placeIn(ranges: Ranges, first: bigint): number {
  let [lo, hi] = [0, ranges.length]
  while (lo < hi) {
    const middle = (lo + hi) >> 1
    if ((ranges[middle] as Held).first <= first) lo = middle + 1
    else hi = middle
  }
  return lo
}

/** Takes a range; the id of one that it overlaps, and then it is not taken. */
function takeRange(ranges: Ranges, held: Held): string | null {
  const place = placeIn(ranges, held.first)
  const [before, after] = [ranges[place - 1], ranges[place]]
  if (before !== undefined && before.last >= held.first) return before.id
  if (after !== undefined && after.first <= held.last) return after.id
  ranges.splice(place, 0, held)
  return null
}

/** What a registry's instruments are known by: ranges of certificates, or else statement and document. */
type Registry = { readonly ranges: Ranges; readonly names: Map<string, string>; readonly ranged: Map<string, string> }

const namesOf = ({ reference, document }: Instrument): readonly string[] => [
  `reference ${reference}`,
  ...(document === null ? [] : [`document ${document}`]),
]

/**
 * Takes instruments one after another, and says why one is not the first to spend its certificates; null where it is. Where
 * a registry numbers certificates the numbers decide. Else the statement does, so that its lines need ranges to count apart.
 */
export function createSpentOnce(): (instrument: Instrument) => string | null {
  const registries = new Map<string, Registry>()
  return (instrument) => {
    const { id, registry, range } = instrument
    const own = registries.get(registry) ?? { ranges: [], names: new Map(), ranged: new Map() }
    registries.set(registry, own)
    const names = namesOf(instrument)
    const known = range === null ? [own.names, own.ranged] : [own.names]
    const twin =
      known.flatMap((map) => names.flatMap((name) => map.get(name) ?? []))[0] ??
      (range === null ? null : takeRange(own.ranges, { ...range, id }))
    if (twin !== null && twin !== undefined) return `its certificates are spent already, as ${twin}`
    for (const name of names) (range === null ? own.names : own.ranged).set(name, id)
    return null
  }
}
