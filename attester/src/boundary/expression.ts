import { ConfigError, Options } from "../sources/options.ts"
import { COVERAGES, type Coverage, type Source } from "../sources/source.ts"
import { createRest, REST } from "./rest.ts"

/** Sensors of one source: all that it has at its highest level within the boundary, or those that are named. */
export type Leaf = {
  readonly kind: "sensors"
  readonly source: string
  readonly covers: Coverage | null
  /** Parts by identity or name; empty for all. */
  readonly parts: readonly string[]
  /** One sensor by its name. */
  readonly sensor: string | null
}

/** How sensors make up a whole: parts that add up, or one whole seen by several, the most trusted first. */
export type Expression =
  | Leaf
  | { readonly kind: "sum"; readonly of: readonly Expression[] }
  | { readonly kind: "alternatives"; readonly of: readonly Expression[] }

/** All sensors of a source. */
export const leafOf = (source: string): Leaf => ({ kind: "sensors", source, covers: null, parts: [], sensor: null })

/** The sources that an expression may name, and those that it brings along itself. */
export type Naming = { readonly sources: readonly Source[]; readonly rests: Source[] }

export const leavesOf = (expression: Expression): readonly Leaf[] =>
  expression.kind === "sensors" ? [expression] : expression.of.flatMap(leavesOf)

/** Whether it names several views of one whole anywhere. */
export const hasAlternatives = (expression: Expression): boolean =>
  expression.kind === "alternatives" || (expression.kind === "sum" && expression.of.some(hasAlternatives))

/** An expression as the configuration writes it. */
export function writeExpression(expression: Expression): unknown {
  if (expression.kind !== "sensors") return { [expression.kind]: expression.of.map(writeExpression) }
  const { source, covers, parts, sensor } = expression
  if (covers === null && parts.length === 0 && sensor === null) return source
  return {
    source,
    ...(covers === null ? {} : { covers }),
    ...(parts.length === 0 ? {} : { parts }),
    ...(sensor === null ? {} : { sensor }),
  }
}

/**
 * Reads `"ID"`, `{ "source", "covers"?, "parts"?, "sensor"? }`, `{ "sum": [ … ], "rest"? }` or
 * `{ "alternatives": [ … ] }`. Throws ConfigError naming the field.
 */
export function readExpression(value: unknown, path: string, naming: Naming): Expression {
  const expression = readOne(typeof value === "string" ? { source: value } : value, path, naming)
  const twice = twiceIn(leavesOf(expression))
  if (twice !== undefined) throw new ConfigError(`${path}: ${twice} stands there twice; one part counts once`)
  return expression
}

/** A leaf that is another over again, or a part of it. */
function twiceIn(leaves: readonly Leaf[]): string | undefined {
  const texts = leaves.map((leaf) => JSON.stringify(writeExpression(leaf)))
  const isAll = (text: string, { source }: Leaf) => text === JSON.stringify(source)
  return texts.find((text, i) => texts.indexOf(text) !== i || leaves.some((leaf, k) => k !== i && isAll(text, leaf)))
}

function readOne(value: unknown, path: string, naming: Naming): Expression {
  const options = new Options(value, path)
  const kind = (["sum", "alternatives"] as const).find((name) => options.has(name))
  return kind === undefined ? readLeaf(options, naming) : readGroup(kind, options, naming)
}

function readGroup(kind: "sum" | "alternatives", options: Options, naming: Naming): Expression {
  const members = options.take(kind)
  const least = kind === "sum" && options.has("rest") ? 1 : 2
  if (!Array.isArray(members) || members.length < least)
    options.fail(kind, "must be a list of at least two: sources, or further sums and alternatives")
  const items: readonly unknown[] = members
  const of = items.map((item, i) =>
    readOne(typeof item === "string" ? { source: item } : item, `${options.path}.${kind}[${i}]`, naming),
  )
  const rest = kind === "sum" ? options.object("rest") : undefined
  if (rest !== undefined && naming.rests.length > 0) options.fail("rest", "is stated already; one rest says all of it")
  if (rest !== undefined) naming.rests.push(createRest(rest))
  options.end()
  return { kind, of: rest === undefined ? of : [...of, leafOf(REST)] }
}

function readLeaf(options: Options, { sources }: Naming): Leaf {
  const source = options.text("source")
  if (!sources.some(({ id }) => id === source))
    options.fail("source", `no source is called ${source}; there are ${sources.map(({ id }) => id).join(", ")}`)
  const covers = options.has("covers") ? options.choice("covers", COVERAGES) : null
  const leaf = {
    kind: "sensors",
    source,
    covers,
    parts: options.texts("parts", undefined, []),
    sensor: options.optionalText("sensor") ?? null,
  } as const
  options.end()
  return leaf
}
