import type { KnownSensor } from "../agent/poller.ts"
import type { Coverage, Source } from "../sources/source.ts"
import { bestOf, carriesEnergy, type Sensor } from "./choose.ts"
import { type Expression, type Leaf, leavesOf } from "./expression.ts"
import { identityOf, isPart } from "./identity.ts"
import { isWithin, levelOf } from "./levels.ts"

export type Known = ReadonlyMap<string, KnownSensor>

/** Sensors that answered once and have been silent for so long that they are blind, by their names in evidence. */
export type Away = ReadonlySet<string>
const NONE: Away = new Set()

/** A configured part that gives no energy: what it is called, and what is known of it all the same. */
export type Missing = {
  readonly name: string
  readonly source: string
  readonly part?: string
}

/** Sensors of one source that all may be the whole, so that nobody can tell which one counts. */
export type Ambiguity = { readonly source: string; readonly sensors: readonly Sensor[] }

/** What an expression comes to with the sensors known now. */
export type Resolution = {
  readonly sensors: readonly Sensor[]
  readonly missing: readonly Missing[]
  readonly ambiguities: readonly Ambiguity[]
  /** Other views of the same whole, which are compared with it. */
  readonly others: readonly (readonly Sensor[])[]
}

const NOTHING: Resolution = { sensors: [], missing: [], ambiguities: [], others: [] }

const join = (parts: readonly Resolution[]): Resolution => ({
  sensors: parts.flatMap(({ sensors }) => sensors),
  missing: parts.flatMap(({ missing }) => missing),
  ambiguities: parts.flatMap(({ ambiguities }) => ambiguities),
  others: parts.flatMap(({ others }) => others),
})

/** Sensors of a source within a whole: at the highest level that it offers, or at the one that is named. */
export function sensorsWithin(leaf: Leaf, known: Known, whole: Coverage): readonly Sensor[] {
  const own = [...known].filter(
    ([, { source, value }]) =>
      source === leaf.source &&
      isWithin(value.covers, whole) &&
      (leaf.covers === null || value.covers === leaf.covers) &&
      (leaf.sensor === null || value.sensor === leaf.sensor) &&
      (leaf.parts.length === 0 || leaf.parts.some((part) => isPart(value, part))),
  )
  const highest = Math.max(...own.filter(carriesEnergy).map(([, { value }]) => levelOf(value.covers)))
  return own.filter(([, { value }]) => levelOf(value.covers) >= highest)
}

/** One counter and one power of a whole see the same; two powers of it may be two things. */
function ambiguityOf(source: string, candidates: readonly Sensor[]): readonly Ambiguity[] {
  const kinds = Map.groupBy(candidates, ([, { value }]) => value.quantity)
  return [...kinds.values()].some((same) => same.length > 1) ? [{ source, sensors: candidates }] : []
}

/** Of one coverage of a source: the sensor of the whole, else one for each part. */
function resolveCoverage(source: string, sensors: readonly Sensor[]): Resolution {
  const byPart = Map.groupBy(sensors.filter(carriesEnergy), ([, { value }]) => value.part)
  const whole = byPart.get(undefined)
  if (whole !== undefined) return { ...NOTHING, sensors: bestOf(whole), ambiguities: ambiguityOf(source, whole) }
  const chosen = [...byPart.values()].flatMap(bestOf)
  return { ...NOTHING, sensors: chosen, missing: silentParts(source, sensors, [...byPart.keys()]) }
}

/** Parts that show a temperature or their use, and neither power nor energy. */
function silentParts(
  source: string,
  sensors: readonly Sensor[],
  metered: readonly (string | undefined)[],
): readonly Missing[] {
  const parts = new Set(sensors.flatMap(([, { value }]) => value.part ?? []))
  // Instances of a divided board are within it: `UUID/1` has no power of its own.
  const isMetered = (part: string) => metered.some((own) => own === part || part.startsWith(`${own}/`))
  return [...parts].filter((part) => !isMetered(part)).map((part) => ({ name: `${source}/${part}`, source, part }))
}

function resolveLeaf(leaf: Leaf, known: Known, whole: Coverage): Resolution {
  const { source } = leaf
  const own = sensorsWithin(leaf, known, whole)
  const found = join(
    [...Map.groupBy(own, ([, { value }]) => value.covers).values()].map((sensors) => resolveCoverage(source, sensors)),
  )
  const named = leaf.parts
    .filter((name) => !own.some(([, { value }]) => isPart(value, name)))
    .map((part) => ({ name: `${source}/${part}`, source, part }))
  const nothing = found.sensors.length === 0 && found.missing.length === 0 && named.length === 0
  const missing = nothing ? [{ name: leaf.sensor === null ? source : `${source}/${leaf.sensor}`, source }] : named
  return { ...found, missing: [...found.missing, ...missing] }
}

/** One part counts once, by the sensor that tells most of it, however many sources see it. */
function once(sensors: readonly Sensor[]): readonly Sensor[] {
  return [...Map.groupBy(sensors, ([, sensor]) => identityOf(sensor).name).values()].flatMap(bestOf)
}

/** A part that one source of a sum has lost, and another still sees, is not missing. */
function stillMissing({ sensors, missing }: Resolution): readonly Missing[] {
  return missing.filter(({ part }) => part === undefined || !sensors.some(([, { value }]) => isPart(value, part)))
}

/** The first view that is complete and alive counts, else the first that is alive, else the first that gave anything. */
function resolveAlternatives(views: readonly Resolution[], away: Away): Resolution {
  const given = views.filter(({ sensors }) => sensors.length > 0)
  const alive = given.filter(({ sensors }) => !sensors.some(([name]) => away.has(name)))
  const chosen = alive.find(({ missing }) => missing.length === 0) ?? alive[0] ?? given[0] ?? views[0] ?? NOTHING
  const others = views.filter((view) => view !== chosen && view.sensors.length > 0).map(({ sensors }) => sensors)
  const ambiguities = views.flatMap((view) => view.ambiguities)
  return { ...chosen, ambiguities, others: [...chosen.others, ...others] }
}

/**
 * What makes up a whole now; `away` gives way to other views of it. Never throws: what is missing or ambiguous is said in
 * the answer.
 */
export function resolve(expression: Expression, known: Known, whole: Coverage, away: Away = NONE): Resolution {
  if (expression.kind === "sensors") return resolveLeaf(expression, known, whole)
  const views = expression.of.map((part) => resolve(part, known, whole, away))
  if (expression.kind === "alternatives") return resolveAlternatives(views, away)
  const all = join(views)
  const sum = { ...all, sensors: once(all.sensors) }
  return { ...sum, missing: stillMissing(sum) }
}

/** Sources of a configuration that an expression does not name. */
export const unnamed = (expressions: readonly Expression[], sources: readonly Source[]): readonly Source[] => {
  const named = new Set(expressions.flatMap(leavesOf).map(({ source }) => source))
  return sources.filter(({ id }) => !named.has(id))
}
