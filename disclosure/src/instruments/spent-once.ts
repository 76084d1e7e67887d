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

/** What a registry's instruments are known by: ranges of certificates, or else statements. */
type Registry = { readonly ranges: Ranges; readonly plain: Map<string, string>; readonly ranged: Map<string, string> }

/** Small letters of other scripts that are read as Latin ones. */
const LOOKALIKES: ReadonlyMap<string, string> = new Map(
  "аa вb еe нh іi ӏl јj кk мm оo рp ѕs сc тt уy хx ԁd ԛq ԝw αa βb εe ηn ιi κk νv οo ρp τt υu χx ıi"
    .split(" ")
    .map(([from = "", to = ""]) => [from, to]),
)

/** A name however it is typed: case, accents, width, blanks, punctuation and look-alike letters tell no registry or statement from another. */
const typed = (name: string): string => {
  const folded = name.normalize("NFKD").toLowerCase()
  const bare = folded.replace(/[^\p{Letter}\p{Number}]/gu, "") || folded
  return [...bare].map((sign) => LOOKALIKES.get(sign) ?? sign).join("")
}

/** All that says what an instrument is but for how it is called and numbered. */
const likeness = ({ zone, source, energyWattHours, from, to, kind }: Instrument): string =>
  JSON.stringify([typed(zone), source, `${energyWattHours}`, from, to, kind])

/** Contracts whose guarantees nobody numbered, and certificates that were bought with their electricity, by zone and source. */
type Bought = { readonly contract: Map<string, Instrument[]>; readonly certificate: Map<string, Instrument[]> }

/** Where an instrument stands among those; null: a contract that numbers its guarantees, or a certificate bought alone. */
function sideOf({ kind, range, bundled }: Instrument): keyof Bought | null {
  if (kind === "ppa") return range === null ? "contract" : null
  return bundled ? "certificate" : null
}

/** The other side of the same electricity, where there may be one: a contract and its own guarantee count once. */
function otherSide(instrument: Instrument, bought: Bought): string | null {
  const side = sideOf(instrument)
  if (side === null) return null
  const key = JSON.stringify([typed(instrument.zone), instrument.source])
  const others = bought[side === "contract" ? "certificate" : "contract"].get(key) ?? []
  const met = others.find(({ from, to }) => from < instrument.to && instrument.from < to)
  if (met !== undefined) return met.id
  const own = bought[side].get(key)
  if (own === undefined) bought[side].set(key, [instrument])
  else own.push(instrument)
  return null
}

/**
 * Takes instruments one after another, and says why one is not the first to spend its certificates; null where it is. Where
 * a registry numbers certificates the numbers decide. Else the statement does, so that its lines need ranges to count apart.
 * One document is one statement, whichever registry is typed beside it.
 */
export function createSpentOnce(): (instrument: Instrument) => string | null {
  const registries = new Map<string, Registry>()
  const documents = new Map<string, Instrument>()
  const alike = new Map<string, string>()
  const bought: Bought = { contract: new Map(), certificate: new Map() }
  return (instrument) => {
    const { id, range, reference, document } = instrument
    const registry = typed(instrument.registry)
    const own = registries.get(registry) ?? { ranges: [], plain: new Map(), ranged: new Map() }
    registries.set(registry, own)
    const name = typed(reference)
    const same = document === null ? undefined : documents.get(document)
    // Lines of one document count apart where each has its range in one registry.
    const isLine = same !== undefined && range !== null && same.range !== null && typed(same.registry) === registry
    const twin =
      own.plain.get(name) ??
      (range === null ? own.ranged.get(name) : undefined) ??
      (isLine ? undefined : same?.id) ??
      (range === null ? undefined : (takeRange(own.ranges, { ...range, id }) ?? undefined))
    if (twin !== undefined) return `its certificates are spent already, as ${twin}`
    const isBare = range === null && document === null
    const like = isBare ? alike.get(likeness(instrument)) : undefined
    if (like !== undefined) return `nothing but its name tells it from ${like}: give its range or its document`
    const other = otherSide(instrument, bought)
    if (other !== null) return `it may be the electricity of ${other}: give the range of the contract's own guarantees`
    const names = range === null ? own.plain : own.ranged
    names.set(name, id)
    if (document !== null && same === undefined) documents.set(document, instrument)
    if (isBare) alike.set(likeness(instrument), id)
    return null
  }
}
