import type { Sensor } from "../choose.ts"
import { type Expression, type Leaf, leavesOf } from "../expression.ts"
import { isPart } from "../identity.ts"
import { severalWaters } from "../refusal.ts"
import type { Known } from "../resolve.ts"

/**
 * The meters whose counts add up to the water of the site: those that the configuration names, else the one that there
 * is (see `checkWater`). None while one of those that are named is silent: the rest of them is not the site's water.
 */
export function waterMeters(declared: Expression | null, known: Known): readonly Sensor[] {
  const all = [...known].filter(([, { value }]) => value.quantity === "water")
  if (declared === null) return all
  const leaves = leavesOf(declared).map((leaf) => all.filter(isNamedBy(leaf)))
  return leaves.some((meters) => meters.length === 0) ? [] : leaves.flat()
}

const isNamedBy =
  ({ source, sensor, parts }: Leaf) =>
  ([, known]: Sensor): boolean =>
    known.source === source &&
    (sensor === null || sensor === known.value.sensor) &&
    (parts.length === 0 || parts.some((part) => isPart(known.value, part)))

/** Throws BoundaryError where several meters count water and nothing says that they add up. */
export function checkWater(declared: Expression | null, known: Known): void {
  if (declared !== null) return
  const meters = waterMeters(null, known)
  if (meters.length > 1) throw severalWaters(meters)
}
