import { groupOf, type TableRow } from "./figures.ts"

/**
 * The AI Energy Score publishes two rules for its stars, which give different ones. Five equal sections of the range from
 * the least to the greatest energy; or the fifth of the models that takes least, and so on.
 */
export const STAR_RULES = {
  sections: "five equal sections of the range",
  fifths: "fifths of the models",
} as const

export type StarRule = keyof typeof STAR_RULES

const MOST = 5
/** Fewer are no scale: of two rows one would have all the stars and the other one. */
export const LEAST_ROWS = { sections: 3, fifths: 5 } as const

const RULES: { readonly [rule in StarRule]: (value: number, sorted: readonly number[]) => number } = {
  sections(value, sorted) {
    const [least = value, most = value] = [sorted[0], sorted.at(-1)]
    if (most === least) return MOST
    return MOST - Math.min(MOST - 1, Math.floor(((value - least) / (most - least)) * MOST))
  },
  fifths: (value, sorted) => MOST - Math.floor((sorted.filter((other) => other < value).length / sorted.length) * MOST),
}

/** Stars by row, five for the least energy, within each group of comparable rows; a group that is too small has none. */
export function starsOf(rows: readonly TableRow[], rule: StarRule): ReadonlyMap<string, number> {
  const stars = new Map<string, number>()
  for (const group of Map.groupBy(rows, groupOf).values()) {
    if (group.length < LEAST_ROWS[rule]) continue
    const sorted = group.map(({ perUnit }) => perUnit.value).sort((a, b) => a - b)
    for (const { id, perUnit } of group) stars.set(id, RULES[rule](perUnit.value, sorted))
  }
  return stars
}
