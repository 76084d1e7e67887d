import { createHash } from "node:crypto"
import {
  type Accumulation,
  type Asked,
  EMPTY_ACCUMULATION,
  type Opening,
  openingRoot,
  type Slot,
  TOTALS,
} from "@wattest/protocol"
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

/** January 2026, in seconds. */
export const FROM = 1_767_225_600n
export const TO = 1_769_904_000n

/** Work and idle must be fed. */
const REQUIRED = 0b1100n

export const ASKED: Asked = {
  tags: [11n, 21n, 0n, 0n, 0n],
  boundary: 2n,
  limits: [1n, 4n, 0n],
  required: REQUIRED,
  period: [FROM, TO],
}

/** The bits of a number, lowest first. */
export const bitsOf = (value: bigint, width: number) =>
  Array.from({ length: width }, (_, i) => (value >> BigInt(i)) & 1n)

/** A run that {@link ASKED} counts, all of it in the period. */
export function matchingOpening(random: Random): Opening {
  const start = FROM * 1000n + random.bits(31)
  return {
    registers: [...Array.from({ length: 11 }, () => random.bits(60)), random.bits(20)],
    times: [start, start + 2n ** 20n + random.bits(20)],
    marks: [random.bits(32), 2n, random.bits(1), 1n, 4n, 0n],
    flags: bitsOf(random.bits(17) | REQUIRED, 17),
    tags: [11n, 21n, random.element(), random.element(), random.element()],
    rest: [random.bits(96), ...Array.from({ length: 4 }, random.element)],
  }
}

/** Any slot of a ledger, so that filters, boundaries, periods, void and unopened ones all occur. */
export function anySlot(random: Random): Slot {
  const opening = matchingOpening(random)
  const kind = random.below(10)
  if (kind === 0) return { root: 0n }
  if (kind === 1) return { root: openingRoot(opening) }
  const tags = [random.pick(MODELS), 21n, ...opening.tags.slice(2)]
  const marks = opening.marks.with(1, random.pick([2n, 2n, 2n, 1n]))
  // Straddling the period's start or end, and all of it blind
  if (kind === 2) return { opening: { ...opening, marks, tags, times: [FROM * 1000n - 5n, FROM * 1000n + 7n] } }
  if (kind === 3) return { opening: { ...opening, marks, tags, times: [FROM * 1000n, TO * 1000n + 1n] } }
  return { opening: { ...opening, marks, tags } }
}

/** Totals that a chain can have. */
export function anyAccumulation(random: Random): Accumulation {
  return { totals: TOTALS.map(() => random.bits(random.pick([1, 40, 60, 96]))), blind: random.element() }
}

export const START = { head: 0n, accumulation: EMPTY_ACCUMULATION }
