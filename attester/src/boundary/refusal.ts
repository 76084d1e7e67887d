import { HintedError } from "@wattest/command"
import type { Sensor } from "./choose.ts"
import type { Composed } from "./composition.ts"
import { type Expression, writeExpression } from "./expression.ts"
import type { Ambiguity } from "./resolve.ts"

/** Nothing says how the sensors make up the boundary. Nothing ambiguous is chosen: `hint` has the lines to write. */
export class BoundaryError extends HintedError {
  override readonly name = "BoundaryError"
}

const line = (name: Composed | "within", value: unknown): string => `"${name}": ${JSON.stringify(value)}`

/** A source of the same whole as others, with what it says now. */
export type Candidate = { readonly source: string; readonly says: string }

const describe = ({ source, says }: Candidate): string => `${source} (${says})`

/** Several sources see one level, and neither their parts' identities nor the configuration say how they belong. */
export function severalCandidates(name: Composed, covers: string, candidates: readonly Candidate[]): BoundaryError {
  const ids = candidates.map(({ source }) => source)
  return new BoundaryError(
    `${candidates.length} sources meter ${covers}, and nothing says how they belong together: ${candidates.map(describe).join(", ")}`,
    [
      "write one of these lines into the configuration:",
      `  ${line(name, { sum: ids })}   where each is a part and they add up`,
      `  ${line(name, { alternatives: ids })}   where each sees all of it; the first that answers counts`,
      `  ${line(name, ids[0])}   where the others lie within it: ${line(
        "within",
        ids.slice(1).map((part) => ({ part })),
      )}`,
    ].join("\n"),
  )
}

/** A source that measures the boundary stands nowhere in the composition. */
export function unplaced(name: Composed, covers: string, candidates: readonly Candidate[]): BoundaryError {
  const [first] = candidates
  return new BoundaryError(
    `${candidates.map(describe).join(", ")}: meters ${covers} too, and "${name}" does not say what it is`,
    `add it to a "sum" or to "alternatives" of "${name}", or write ${line("within", [{ part: first?.source }])} where what it meters is counted already${covers === "facility" ? ', or name it in "it" or "reused"' : ""}`,
  )
}

/** Several sensors of one source may be the whole. */
export function severalWholes(name: Composed, { source, sensors }: Ambiguity): BoundaryError {
  const [first, second] = sensors.map(([, { value }]) => value)
  const said = sensors.map(([, { value }]) => `${value.sensor} (${value.value} ${value.unit})`).join(", ")
  return new BoundaryError(
    `${source}: each of ${sensors.length} sensors may be the whole: ${said}`,
    [
      "name the one that is, or the ones that add up:",
      `  ${line(name, { source, sensor: first?.sensor })}`,
      `  ${line(name, { sum: [first, second].map((value) => ({ source, sensor: value?.sensor })) })}`,
    ].join("\n"),
  )
}

const said = (expression: Expression): string => JSON.stringify(writeExpression(expression))

/** Two members of a sum read one thing. */
export function seenTwice(identity: string, one: Expression, other: Expression): BoundaryError {
  return new BoundaryError(
    `${said(one)} and ${said(other)} add up and are one: both read ${identity}`,
    `correct the address of one, or write ${JSON.stringify({ alternatives: [one, other].map(writeExpression) })} in their place`,
  )
}

/** A member of a sum is part of another. */
export function liesWithin(identity: string, inner: Expression, outer: Expression): BoundaryError {
  return new BoundaryError(
    `${said(inner)} is added to ${said(outer)} and lies within it: ${identity}`,
    `take it out of the sum and write ${line("within", [{ part: writeExpression(inner), of: writeExpression(outer) }])}`,
  )
}

/** A sum has the whole of something and parts of a lower level, which lie within it. */
export function mixedLevels(covers: string, wholes: readonly string[], parts: readonly string[]): BoundaryError {
  return new BoundaryError(
    `${parts.join(", ")} ${parts.length === 1 ? "lies" : "lie"} within the ${covers} that ${wholes.join(", ")} ${wholes.length === 1 ? "meters" : "meter"}, and would be added to it`,
    `take them out of the sum; ${line(
      "within",
      parts.map((part) => ({ part })),
    )} compares them; what hangs on no other meter has "covers": ${JSON.stringify(covers)}`,
  )
}

/** Several meters count water: two mains, or a main and what lies behind it. */
export function severalWaters(meters: readonly Sensor[]): BoundaryError {
  const named = meters.map(([, { source, value }]) => ({ source, sensor: value.sensor }))
  const said = meters.map(([name, { value }]) => `${name} (${value.value} ${value.unit})`).join(", ")
  return new BoundaryError(
    `${meters.length} meters count water, and nothing says how they belong together: ${said}`,
    [
      "write one of these lines into the configuration:",
      `  "water": ${JSON.stringify({ sum: named })}   where each is a part and they add up`,
      `  "water": ${JSON.stringify(named[0])}   where the others lie behind it`,
    ].join("\n"),
  )
}

/** A sum of parts leaves something of the whole out. */
export function withoutRest(covers: string, parts: readonly string[], energy: Expression): BoundaryError {
  const sum = energy.kind === "sum" ? writeExpression(energy) : { sum: [writeExpression(energy)] }
  const rest = { watts: 0, gainLimit: 0.5, origin: "how it is known" }
  return new BoundaryError(
    `${covers} is composed of parts (${parts.join(", ")}): what lies between them and the whole is in none of them`,
    `state it, 0 W where there is nothing: ${line("energy", { ...(sum as object), rest })}`,
  )
}

/** More parts answer than the operator says there are. */
export function tooMany(what: string, expected: number, found: readonly string[]): BoundaryError {
  return new BoundaryError(
    `${found.length} ${what} answer where "expect" says ${expected}: ${found.join(", ")}`,
    `correct "expect", or select the ${what} of this device: "parts" in the expression, "boards" of the source`,
  )
}

/** Nothing measures the boundary, and its parts could. */
export function onlyParts(covers: string, sources: readonly string[]): BoundaryError {
  const rest = { watts: 0, gainLimit: 0.5, origin: "how it is known" }
  return new BoundaryError(
    `no source measures ${covers} as a whole; ${sources.join(", ")} measure parts of it`,
    `name a meter of the whole, or compose it, graded allocated at best: ${line("energy", { sum: sources, rest })}`,
  )
}
