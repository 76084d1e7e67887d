import { FIELD_ORDER } from "../poseidon.ts"
import {
  accumulator,
  accumulatorOfPairs,
  addTotals,
  EMPTY_ACCUMULATION,
  fits,
  pairsOf,
  TOTALS,
  type Totals,
} from "./accumulator.ts"
import { amountsOf, faultsOf, isCounted } from "./amounts.ts"
import { type Asked, askedDigest } from "./asked.ts"
import type { BoundInput } from "./bound.ts"
import type { JoinInput } from "./join.ts"
import { NO_UPPER_BOUND, quotientOf } from "./measure.ts"
import { isOpeningInRange, type Opening, openingRoot } from "./opening.ts"
import { type FoldInput, foldHead, type OpenInput } from "./segment.ts"
import { type Counts, decodeClaimWord } from "./word.ts"

// The predicates of the circuits in TypeScript, over any assignment of field elements: true exactly if the circuit has a
// witness for it.

export function foldHolds(input: FoldInput): boolean {
  const claim = readClaim(input)
  if (claim === undefined || !areSlotsWellFormed(input)) return false
  let { headFrom: head } = input
  let amounts: Totals = EMPTY_ACCUMULATION.totals
  const counts = { length: 0, unopened: 0, voids: 0 }
  for (const [i, active] of input.active.entries()) {
    const root = input.root[i] ?? 0n
    const opening = openingAt(input, i)
    if (!isOpeningInRange(opening)) return false
    if (input.opened[i] === 1n) {
      if (openingRoot(opening) !== root || root === 0n || faultsOf(opening, claim.asked).length > 0) return false
      amounts = addTotals(amounts, amountsOf(opening, claim.asked))
    } else if (active === 1n) counts[root === 0n ? "voids" : "unopened"]++
    if (active === 1n) {
      head = foldHead(head, root)
      counts.length++
    }
  }
  return areEqual(counts, claim.counts) && head === input.headTo && leadsOn(input, amounts)
}

export function openHolds(input: OpenInput): boolean {
  const claim = readClaim(input)
  if (claim === undefined || !areEqual(claim.counts, { length: 1, unopened: 0, voids: 0 })) return false
  if (!isOpeningInRange(input) || openingRoot(input) !== input.root || !isCounted(input, claim.asked)) return false
  return faultsOf(input, claim.asked).length === 0 && leadsOn(input, amountsOf(input, claim.asked))
}

export function joinHolds({ parts, sum, pairs, blinds, blindSum }: JoinInput): boolean {
  const opens = parts.every((part, i) => accumulatorOfPairs(pairs[i] ?? [], blinds[i] ?? 0n) === part)
  const sums = pairs.reduce((total, row) => addPairs(total, row), pairsOf(EMPTY_ACCUMULATION.totals))
  return opens && accumulatorOfPairs(sums, blindSum) === sum
}

export function boundHolds(input: BoundInput): boolean {
  const { numerators, denominators, measure, bounds } = input
  if (!fits([...numerators, ...denominators], 96) || !fits([measure], 101) || !fits([bounds], 160)) return false
  if (accumulator({ totals: numerators, blind: input.blindNumerator }) !== input.cNumerator) return false
  if (accumulator({ totals: denominators, blind: input.blindDenominator }) !== input.cDenominator) return false
  const { dividend, divisor } = quotientOf(numerators, denominators, {
    numerator: named(measure),
    denominator: named(measure >> 18n),
    scale: BigInt.asUintN(64, measure >> 36n),
  })
  const isAbout = [numerators, denominators].every((totals) => totals[TOTALS.indexOf("runs")] !== 0n) && divisor > 0n
  if (measure >> 100n === 1n && !isAbout) return false
  return (bounds & NO_UPPER_BOUND) * divisor <= dividend && dividend <= (bounds >> 80n) * divisor
}

/** The totals that the lowest bits of a mask select. */
const named = (mask: bigint) => TOTALS.filter((_, i) => ((mask >> BigInt(i)) & 1n) === 1n)

type ClaimInput = Omit<OpenInput, "root" | keyof Opening>

function readClaim(input: ClaimInput): { readonly counts: Counts; readonly asked: Asked } | undefined {
  if (!fits([input.word], 152) || askedDigest(input.askedTags) !== input.asked) return undefined
  if (accumulatorOfPairs(input.pairs, input.blindFrom) !== input.cFrom) return undefined
  const { length, unopened, voids, ...asked } = decodeClaimWord(input.word)
  return { counts: { length, unopened, voids }, asked: { ...asked, tags: input.askedTags } }
}

const areEqual = (a: Counts, b: Counts) => a.length === b.length && a.unopened === b.unopened && a.voids === b.voids

const addPairs = (a: readonly bigint[], b: readonly bigint[]) =>
  a.map((value, i) => (value + (b[i] ?? 0n)) % FIELD_ORDER)

function leadsOn({ pairs, cTo, blindTo }: ClaimInput, amounts: Totals): boolean {
  return accumulatorOfPairs(addPairs(pairs, pairsOf(amounts)), blindTo) === cTo
}

function areSlotsWellFormed({ active, opened }: FoldInput): boolean {
  const isFlag = (value: bigint | undefined) => value === 0n || value === 1n
  return active.every((value, i) => {
    const prefix = i === 0 ? value === 1n : value === 0n || active[i - 1] === 1n
    return isFlag(value) && prefix && isFlag(opened[i]) && (opened[i] === 0n || value === 1n)
  })
}

function openingAt(input: FoldInput, i: number): Opening {
  const row = (rows: readonly (readonly bigint[])[]) => rows[i] ?? []
  const { registers, times, marks, flags, tags, rest } = input
  return {
    ...{ registers: row(registers), times: row(times), marks: row(marks) },
    ...{ flags: row(flags), tags: row(tags), rest: row(rest) },
  }
}
