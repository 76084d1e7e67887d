import { isAtMost } from "@wattest/verifier"
import type { Compared } from "./by.ts"
import type { Contestant } from "./contestant.ts"

/** A contestant's place: among those of certainly less energy, and on the front of quality against energy. */
export type Placed = Omit<Contestant, "ends"> & {
  /** 1 plus how many take less energy beyond uncertainty. */
  readonly rank: number
  /** Those whose intervals overlap with its own. */
  readonly ties: readonly string[]
  /** No other takes no more energy for no less quality, and less of one; null without a quality. */
  readonly onFront: boolean | null
}

export type Comparison = {
  readonly by: Compared
  readonly unit: string
  readonly boundary: string
  readonly contestants: readonly Placed[]
}

/** Certainly at most as much energy: the intervals do not overlap, or touch. */
const takesNoMore = (a: Contestant, b: Contestant) => isAtMost(a.ends.hi, b.ends.lo)
const takesLess = (a: Contestant, b: Contestant) => takesNoMore(a, b) && !isAtMost(b.ends.lo, a.ends.hi)
const isTied = (a: Contestant, b: Contestant) => !takesLess(a, b) && !takesLess(b, a)

function dominates(a: Contestant, b: Contestant): boolean {
  if (a.quality === null || b.quality === null) return false
  const isBetter = a.quality.value > b.quality.value || takesLess(a, b)
  return takesNoMore(a, b) && a.quality.value >= b.quality.value && isBetter
}

function placed(one: Contestant, all: readonly Contestant[]): Placed {
  const others = all.filter((other) => other !== one)
  const { ends: _, ...told } = one
  return {
    ...told,
    rank: 1 + others.filter((other) => takesLess(other, one)).length,
    ties: others.filter((other) => isTied(one, other)).map(({ name }) => name),
    onFront: one.quality === null ? null : !others.some((other) => dominates(other, one)),
  }
}

/** Compares contestants of one unit and one boundary, those of least energy first. Pure. */
export function compare(contestants: readonly Contestant[], by: Compared): Comparison {
  const [{ unit, boundary } = { unit: "", boundary: "" }] = contestants
  const places = contestants
    .map((one) => placed(one, contestants))
    .sort((a, b) => a.rank - b.rank || a.lower + a.upper - b.lower - b.upper)
  return { by, unit, boundary, contestants: places }
}
