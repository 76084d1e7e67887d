import type { Options } from "../sources/options.ts"
import { ConfigError } from "../sources/options.ts"
import type { Source } from "../sources/source.ts"
import { type Expression, leavesOf, type Naming, readExpression } from "./expression.ts"

/** Registers that sensors are composed into. */
export const COMPOSED = ["energy", "it", "accelerators", "reused"] as const
export type Composed = (typeof COMPOSED)[number]

/** A part of a whole that is metered by itself: for comparison and shares, never added. */
export type Within = { readonly part: Expression; readonly of: Expression | null }

/** What the operator knows must be there, whatever answers. */
export type Expected = { readonly boards: number | null; readonly parts: number | null }

/** How sensors make up the boundary, as far as the configuration says it. */
export type Composition = { readonly [C in Composed]: Expression | null } & {
  /** Meters of the site's water; null where nothing is said of them. */
  readonly water: Expression | null
  readonly within: readonly Within[]
  readonly expect: Expected
}

export const UNDECLARED: Composition = {
  energy: null,
  it: null,
  accelerators: null,
  reused: null,
  water: null,
  within: [],
  expect: { boards: null, parts: null },
}

/** Names for what adds up to a boundary: whichever is written, its sensors are counted. */
const PARTS = ["feeds", "shelves", "chassis", "hosts"] as const

/**
 * `energy`, `it`, `accelerators`, `reused`: expressions; `water`: meters that add up; `within`: a list of `{ "part", "of"? }`; `expect`: how many
 * `boards` there are, and `feeds`, `shelves`, `chassis` or `hosts` that add up to the boundary. Throws ConfigError.
 */
export function readComposition(
  options: Options,
  sources: readonly Source[],
): { readonly composition: Composition; readonly rests: readonly Source[] } {
  const naming: Naming = { sources, rests: [] }
  const read = (name: Composed): Expression | null =>
    options.has(name) ? readExpression(options.take(name), `${options.path}.${name}`, naming) : null
  const [energy, it, accelerators, reused] = COMPOSED.map(read)
  const composition = {
    energy: energy ?? null,
    it: it ?? null,
    accelerators: accelerators ?? null,
    reused: reused ?? null,
    water: waterFrom(options, naming),
    within: withinOf(options, naming),
    expect: expectedOf(options),
  }
  checkApart(composition, options.path)
  return { composition, rests: naming.rests }
}

/** Meters of water add up or stand alone: of two views of one pipe the operator names one. */
function waterFrom(options: Options, naming: Naming): Expression | null {
  if (!options.has("water")) return null
  const water = readExpression(options.take("water"), `${options.path}.water`, naming)
  const isPlain = water.kind === "sensors" || (water.kind === "sum" && water.of.every(({ kind }) => kind === "sensors"))
  return isPlain ? water : options.fail("water", 'must name one meter, or { "sum": [ … ] } of several')
}

function withinOf(options: Options, naming: Naming): readonly Within[] {
  if (!options.has("within")) return []
  return options.objects("within").map((entry) => {
    const read = (name: string) => readExpression(entry.take(name), `${entry.path}.${name}`, naming)
    if (!entry.has("part")) entry.fail("part", "is required: what lies within another")
    const within = { part: read("part"), of: entry.has("of") ? read("of") : null }
    entry.end()
    return within
  })
}

function expectedOf(options: Options): Expected {
  const expect = options.object("expect")
  if (expect === undefined) return { boards: null, parts: null }
  const count = (name: string) => (expect.has(name) ? expect.integer(name, { lo: 1, hi: 4096 }) : null)
  const boards = count("boards")
  const parts = PARTS.map(count).filter((known) => known !== null)
  expect.end()
  return { boards, parts: parts.length === 0 ? null : parts.reduce((sum, known) => sum + known, 0) }
}

/** What is part of another cannot be added to it. */
function checkApart({ energy, within }: Composition, path: string): void {
  const added = new Set((energy === null ? [] : leavesOf(energy)).map((leaf) => JSON.stringify(leaf)))
  const twice = within.flatMap(({ part }) => leavesOf(part)).find((leaf) => added.has(JSON.stringify(leaf)))
  if (twice !== undefined)
    throw new ConfigError(`${path}.within: ${twice.source} is added in ${path}.energy already: it is one or the other`)
}
