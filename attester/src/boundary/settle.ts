import type { Boundary } from "@wattest/protocol"
import type { Coverage, Source } from "../sources/source.ts"
import { checkApart } from "./checks/apart.ts"
import { checkWater } from "./checks/water.ts"
import { carriesEnergy, type Sensor } from "./choose.ts"
import { COMPOSED, type Composed, type Composition } from "./composition.ts"
import { type Expression, type Leaf, leafOf, leavesOf } from "./expression.ts"
import { identityOf } from "./identity.ts"
import { levelOf, wholeOf } from "./levels.ts"
import {
  type Candidate,
  mixedLevels,
  onlyParts,
  severalCandidates,
  severalWholes,
  tooMany,
  unplaced,
  withoutRest,
} from "./refusal.ts"
import { type Known, resolve, sensorsWithin, unnamed } from "./resolve.ts"
import { REST } from "./rest.ts"

/** What a composition is settled with: the first answers, and which sources there are. */
export type Situation = {
  readonly boundary: Boundary
  readonly sources: readonly Source[]
  readonly known: Known
}

/** The whole that each register is of. */
export function wholeFor(name: Composed, boundary: Boundary): Coverage {
  if (name === "accelerators") return "accelerator"
  return name === "reused" ? "facility" : wholeOf(boundary)
}

const sensorsOf = (known: Known, source: string): readonly Sensor[] =>
  [...known].filter(([, sensor]) => sensor.source === source && carriesEnergy([source, sensor]))

/** Whether a source meters a level: by what it answers, or, while it is silent, by what it is configured to meter. */
function meters({ id, covers }: Source, level: Coverage, known: Known): boolean {
  const sensors = sensorsOf(known, id)
  return sensors.length === 0 ? covers === level : sensors.some(([, { value }]) => value.covers === level)
}

function candidateOf({ id }: Source, level: Coverage, known: Known): Candidate {
  const powers = sensorsOf(known, id).filter(([, { value }]) => value.covers === level)
  const [first, ...more] = powers.map(([, { value }]) => `${value.value} ${value.unit}`)
  return { source: id, says: first === undefined ? "silent now" : [first, ...more.slice(0, 2)].join(", ") }
}

const energyAt = (known: Known, source: string, level: Coverage): readonly Sensor[] =>
  sensorsOf(known, source).filter(([, { value }]) => value.covers === level)

/** Whether all of these sources read the same things, by their serial numbers. */
function areOne(sources: readonly Source[], level: Coverage, known: Known): boolean {
  const seen = sources.map(({ id }) => energyAt(known, id, level).map(([, sensor]) => identityOf(sensor)))
  const names = seen.map((identities) => [...new Set(identities.map(({ name }) => name))].sort().join("\n"))
  return seen.flat().every(({ kind }) => kind === "stated") && names[0] !== "" && new Set(names).size === 1
}

/**
 * Whether each part of these sources is a board by its UUID, or by its slot: boards lie in no other, so different ones
 * add up and the same is seen to be the same. Where two surfaces name no board alike, their names may be of two kinds.
 */
function areTold(sources: readonly Source[], level: Coverage, known: Known): boolean {
  const sensors = sources.map(({ id }) => energyAt(known, id, level))
  const kinds = sensors.map((own) => new Set(own.map(([, sensor]) => identityOf(sensor).kind)))
  const bySurface = Map.groupBy(sensors.flat(), ([, { value }]) => value.surface)
  const [first = [], ...others] = [...bySurface.values()].map((own) => own.map(([, s]) => identityOf(s).name))
  if (others.some((names) => !names.some((name) => first.includes(name)))) return false
  const all = new Set(kinds.flatMap((kind) => [...kind]))
  return (all.has("uuid") || all.has("pci")) && all.size === 1 && kinds.every(({ size }) => size === 1)
}

/** What counts where the configuration does not say it; null where nothing meters the level. Throws BoundaryError. */
function defaultOf(name: Composed, level: Coverage, { sources, known }: Situation): Expression | null {
  const found = sources.filter((source) => meters(source, level, known))
  const [only] = found
  if (only === undefined) return null
  if (found.length === 1) return leafOf(only.id)
  if (areOne(found, level, known)) return { kind: "alternatives", of: found.map(({ id }) => leafOf(id)) }
  if (areTold(found, level, known)) return { kind: "sum", of: found.map(({ id }) => leafOf(id)) }
  throw severalCandidates(
    name,
    level,
    found.map((source) => candidateOf(source, level, known)),
  )
}

function checkPlaced(composition: Composition, situation: Situation): void {
  const { boundary, sources, known } = situation
  const { energy, it, reused, accelerators, within } = composition
  const named = [energy, it, reused, accelerators].filter((expression) => expression !== null)
  const inner = within.flatMap(({ part, of }) => (of === null ? [part] : [part, of]))
  const whole = wholeOf(boundary)
  const strangers = unnamed([...named, ...inner], sources).filter((source) => meters(source, whole, known))
  if (strangers.length > 0)
    throw unplaced(
      "energy",
      whole,
      strangers.map((source) => candidateOf(source, whole, known)),
    )
}

function checkWholes(composition: Composition, { boundary, known }: Situation): void {
  for (const name of COMPOSED) {
    const expression = composition[name]
    const [ambiguity] = expression === null ? [] : resolve(expression, known, wholeFor(name, boundary)).ambiguities
    if (ambiguity !== undefined) throw severalWholes(name, ambiguity)
  }
}

/** The ways in which a whole may be seen: each must be all of it. */
const viewsOf = (expression: Expression): readonly Expression[] =>
  expression.kind === "alternatives" ? expression.of.flatMap(viewsOf) : [expression]

/** Parts of a lower level than the boundary never are all of it. */
function checkRest({ energy }: Composition, { boundary, sources, known }: Situation): void {
  const whole = wholeOf(boundary)
  const isLower = (covers: Coverage) => levelOf(covers) < levelOf(whole)
  const isPartial = (leaf: Leaf): boolean => {
    const sensors = sensorsWithin(leaf, known, whole).filter(carriesEnergy)
    const { covers } = sources.find(({ id }) => id === leaf.source) ?? {}
    if (sensors.length === 0) return covers !== undefined && isLower(covers)
    return sensors.some(([, { value }]) => isLower(value.covers))
  }
  for (const view of energy === null ? [] : viewsOf(energy)) {
    const leaves = leavesOf(view)
    const partial = leaves.filter(isPartial).map(({ source }) => source)
    const wholes = leaves.map(({ source }) => source).filter((source) => !partial.includes(source))
    const inner = partial.filter((source) => source !== REST)
    if (wholes.length > 0 && inner.length > 0) throw mixedLevels(whole, wholes, inner)
    if (partial.length > 0 && !partial.includes(REST)) throw withoutRest(whole, partial, view)
  }
}

function checkExpected({ energy, accelerators, expect }: Composition, { boundary, known }: Situation): void {
  const boards = accelerators === null ? [] : resolve(accelerators, known, "accelerator").sensors
  const names = (sensors: readonly Sensor[]) => sensors.map(([name]) => name)
  if (expect.boards !== null && boards.length > expect.boards) throw tooMany("boards", expect.boards, names(boards))
  const parts = energy === null ? [] : resolve(energy, known, wholeOf(boundary)).sensors
  if (expect.parts !== null && parts.length > expect.parts) throw tooMany("parts", expect.parts, names(parts))
}

/**
 * The composition that holds for the life of the process: as configured, and where the configuration is silent, as the
 * first answers allow no other reading. Throws BoundaryError where they do, naming the candidates and the lines to write.
 */
export function settle(declared: Composition, situation: Situation): Composition {
  const { boundary } = situation
  const energy = declared.energy ?? defaultOf("energy", wholeOf(boundary), situation)
  const accelerators =
    declared.accelerators ?? (boundary === "gpu" ? energy : defaultOf("accelerators", "accelerator", situation))
  const composition = { ...declared, energy, accelerators }
  checkWater(declared.water, situation.known)
  if (energy === null) {
    const whole = wholeOf(boundary)
    const isInner = ({ id }: Source) => sensorsWithin(leafOf(id), situation.known, whole).some(carriesEnergy)
    const parts = situation.sources.filter(isInner).map(({ id }) => id)
    if (parts.length > 0) throw onlyParts(whole, parts)
    return composition
  }
  if (declared.energy !== null) checkPlaced(composition, situation)
  checkWholes(composition, situation)
  checkApart(composition, situation.known, (name) => wholeFor(name, boundary))
  checkRest(composition, situation)
  checkExpected(composition, situation)
  return composition
}
