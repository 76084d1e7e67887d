import type { Declared } from "@wattest/protocol"
import { parseExact, times } from "../exact/exact.ts"
import type { Days } from "../filing.ts"
import { type Amount, nothing, type Piece, total } from "./amount.ts"
import { type UnitKind, unitOf } from "./units.ts"
import type { World } from "./world.ts"

/** A declared number as an amount; one whose unit is of another kind, or money of another currency, is none. */
function amountOf(item: Declared, kind: UnitKind, currency: string): Amount {
  const { figure, value: written, unit, source, document } = item
  const known = kind !== "money" ? unit : unit === currency ? "currency" : ""
  const [size, value] = [unitOf(kind, known), parseExact(written)]
  if (size === null || value === null)
    return nothing(
      `${figure} in ${kind === "money" ? currency : `a unit of ${kind}`}: the profile declares it in "${unit}"`,
    )
  const quantity = times(value, size)
  const piece: Piece = {
    ...{ document: `profile: ${figure} (${source})`, digest: document, kind: "profile", evidence: "declared" },
    ...{ verdict: null, block: null, quantity, grade: "declared" },
  }
  return { ...nothing(), value: quantity, pieces: [piece] }
}

const DAY_MS = 86_400_000
const dayAfter = (day: string, days = 1) => new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10)

/** The days of a period that numbers of one site leave open. `items`: in order, of which no two overlap. */
function openDays(items: readonly Days[], { from, to }: Days): readonly Days[] {
  const edges = [...items, { from: dayAfter(to), to }]
  const begins = [from, ...items.map((item) => dayAfter(item.to))]
  return edges.flatMap((next, i) => {
    const first = begins[i] ?? from
    return first < next.from ? [{ from: first, to: dayAfter(next.from, -1) }] : []
  })
}

/** Sites of which nothing is declared, where each site's number is declared alone. */
function silentSites({ subject, profile }: World, items: readonly Declared[]): readonly string[] {
  const named = new Set(items.map(({ site }) => site))
  if (subject.kind !== "entity" || named.has(null)) return []
  return profile.sites.map(({ id }) => id).filter((id) => !named.has(id))
}

/** A number for a part of the period or of the sites is a part of what is asked: a job or a model has no period of its own. */
function openNeeds(world: World, figure: string, items: readonly Declared[]): readonly string[] {
  const { subject, days } = world
  if (subject.kind === "job" || subject.kind === "model") return []
  const partial = [...Map.groupBy(items, ({ site }) => site)].flatMap(([site, own]) =>
    openDays(own, days).map(
      (open) =>
        `"${figure}"${site === null ? "" : ` of ${site}`} declared for ${open.from} to ${open.to} too; 0 where there is none`,
    ),
  )
  return [
    ...partial,
    ...silentSites(world, items).map((id) => `"${figure}" of ${id} declared too; 0 where there is none`),
  ]
}

/**
 * What the profile declares of a figure, for the whole entity or for the sites that the filing speaks of. A number of
 * another period does not count: it is said, and never taken in part.
 */
export function declared(world: World, figure: string, kind: UnitKind): Amount {
  const { profile, days, subject } = world
  const isAbout = (site: string | null) => (subject.kind === "site" ? site === subject.name : true)
  const named = profile.declared.filter((one) => one.figure === figure && isAbout(one.site))
  const within = named.filter(({ from, to }) => from >= days.from && to <= days.to)
  const notes = named
    .filter((one) => !within.includes(one))
    .map(({ from, to, source }) => `${figure} of ${from} to ${to} (${source}) is of another period, and not counted`)
  if (within.length === 0)
    return { ...nothing(`"${figure}" declared in the profile, with its source; 0 where there is none`), notes }
  const ordered = within.toSorted((a, b) => (a.from < b.from ? -1 : 1))
  const twice = ordered.filter((one, i) =>
    ordered.some((other, k) => k < i && other.site === one.site && other.to >= one.from),
  )
  const counted = ordered.filter((one) => !twice.includes(one))
  const sumOf = total(counted.map((one) => amountOf(one, kind, profile.entity.currency)))
  const doubled = twice.map(
    ({ from, to }) =>
      `${figure} declared once for ${from} to ${to}: it overlaps another number of the same site, and is not counted`,
  )
  return {
    ...sumOf,
    needs: [...sumOf.needs, ...doubled, ...openNeeds(world, figure, counted)],
    notes: [...sumOf.notes, ...notes],
  }
}
