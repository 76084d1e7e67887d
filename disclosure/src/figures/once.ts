import type { World } from "./world.ts"

/** A number that many lines are made of, computed once for each filing: a world never changes. */
export function once<T>(of: (world: World) => T): (world: World) => T {
  const known = new WeakMap<World, { readonly value: T }>()
  return (world) => {
    const found = known.get(world) ?? { value: of(world) }
    known.set(world, found)
    return found.value
  }
}
