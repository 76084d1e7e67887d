import { createHash } from "node:crypto"
import { type Asked, EMPTY_ACCUMULATION, type Opening, openingRoot, type Slot } from "@wattest/protocol"
import { R } from "../../scripts/keys/field.ts"

/** A stream of reproducible numbers: the same seed gives the same tests. */
export function createRandom(seed: string) {
  let count = 0
  const bits = (width: number) =>
    BigInt(`0x${createHash("sha512").update(`${seed}:${count++}`).digest("hex")}`) % (1n << BigInt(width))
  return {
    bits,
    element: () => bits(500) % R,
    below: (limit: number) => Number(bits(64) % BigInt(limit)),
    pick: <T>(items: readonly [T, ...T[]]): T => items[Number(bits(64) % BigInt(items.length))] ?? items[0],
  }
}

export type Random = ReturnType<typeof createRandom>

export const MODELS = [11n, 12n] as const
export const UNITS = [21n, 22n] as const

export const ASKED: Asked = { tags: [11n, 21n, 0n, 0n], boundary: 2n, grades: [1n, 4n] }

/** A run that {@link ASKED} counts. */
export function matchingOpening(random: Random): Opening {
  return {
    registers: Array.from({ length: 8 }, () => random.bits(64)),
    times: [random.bits(64), random.bits(64), random.bits(64)],
    marks: [random.bits(32), 2n, random.bits(1), 1n, 4n],
    tags: [11n, 21n, random.element(), random.element()],
    rest: Array.from({ length: 4 }, random.element),
  }
}

/** Any slot of a ledger, so that filters, units, grades, void and unopened ones all occur. */
export function anySlot(random: Random): Slot {
  const opening = matchingOpening(random)
  const kind = random.below(8)
  if (kind === 0) return { root: 0n }
  if (kind === 1) return { root: openingRoot(opening) }
  const tags = [random.pick(MODELS), 21n, ...opening.tags.slice(2)]
  return { opening: { ...opening, tags } }
}

export const START = { head: 0n, accumulation: EMPTY_ACCUMULATION }
