/** Repeatable chance: the same seed makes the same choices (SplitMix32). */
export interface Chance {
  /** A whole number from 0 to `limit` - 1. */
  readonly below: (limit: number) => number
  readonly of: <T>(items: readonly T[]) => T
}

export function createChance(seed: number): Chance {
  let state = seed | 0
  const next = () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
  const below = (limit: number) => (limit === 0 ? 0 : next() % limit)
  return {
    below,
    of(items) {
      if (items.length === 0) throw new RangeError("nothing to choose from")
      return items[below(items.length)] as (typeof items)[number]
    },
  }
}
