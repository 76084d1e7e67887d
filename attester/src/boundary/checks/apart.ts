import type { Coverage } from "../../sources/source.ts"
import { COMPOSED, type Composition } from "../composition.ts"
import type { Expression } from "../expression.ts"
import { identityOf } from "../identity.ts"
import { liesWithin, seenTwice } from "../refusal.ts"
import { type Known, resolve } from "../resolve.ts"

/** A member of a sum, and the serial numbers of what it reads. */
type Member = { readonly expression: Expression; readonly names: readonly string[] }

function membersOf(sum: Expression & { kind: "sum" }, known: Known, whole: Coverage): readonly Member[] {
  return sum.of.map((expression) => {
    const { sensors, others } = resolve(expression, known, whole)
    const stated = [...sensors, ...others.flat()].map(([, sensor]) => identityOf(sensor))
    return { expression, names: stated.filter(({ kind }) => kind === "stated").map(({ name }) => name) }
  })
}

/**
 * What adds up must be apart: a feed that two sources read under one serial number is one feed, and an outlet of a PDU
 * lies within the PDU (`apc/5A10/outlet/7` below `apc/5A10`). Boards are left out: seen twice, they count once, by rule.
 */
function checkSum(expression: Expression, known: Known, whole: Coverage): void {
  if (expression.kind === "sensors") return
  if (expression.kind === "sum")
    for (const [i, outer] of membersOf(expression, known, whole).entries())
      for (const [k, inner] of membersOf(expression, known, whole).entries()) {
        if (i === k) continue
        const twice = outer.names.find((name) => inner.names.includes(name))
        if (twice !== undefined) throw seenTwice(twice, outer.expression, inner.expression)
        const within = inner.names.find((name) => outer.names.some((own) => name.startsWith(`${own}/`)))
        if (within !== undefined) throw liesWithin(within, inner.expression, outer.expression)
      }
  for (const part of expression.of) checkSum(part, known, whole)
}

/** Throws BoundaryError where parts of a sum are one, or one is part of another. */
export function checkApart(
  composition: Composition,
  known: Known,
  wholeFor: (name: (typeof COMPOSED)[number]) => Coverage,
): void {
  for (const name of COMPOSED) {
    const expression = composition[name]
    if (expression !== null) checkSum(expression, known, wholeFor(name))
  }
}
