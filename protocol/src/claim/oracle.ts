import { accumulator, addTotals, fits, type Totals } from "./accumulator.ts"
import { faultsOf, isOpeningInRange, isSelected, type Opening, openingRoot } from "./opening.ts"
import { type FoldInput, foldHead, type OpenInput } from "./segment.ts"
import { type Asked, decodeClaimWord } from "./word.ts"

/**
 * The predicates of fold and open in TypeScript, over any assignment: true exactly if the circuit has a witness for it.
 * Assignments hold field elements, at least 0 and below the field order.
 */
export function foldHolds(input: FoldInput): boolean {
  const claim = readClaim(input)
  if (claim === undefined || !areSlotsWellFormed(input)) return false
  let { headFrom: head, totals } = input
  const counts = { length: 0, unopened: 0, voids: 0 }
  for (const [i, active] of input.active.entries()) {
    const root = input.root[i] ?? 0n
    const opening = openingAt(input, i)
    if (!isOpeningInRange(opening)) return false
    if (input.opened[i] === 1n) {
      if (openingRoot(opening) !== root || root === 0n) return false
      const amounts = amountsOf(opening, claim.asked)
      if (amounts === undefined) return false
      totals = addTotals(totals, amounts)
    } else if (active === 1n) counts[root === 0n ? "voids" : "unopened"]++
    if (active === 1n) {
      head = foldHead(head, root)
      counts.length++
    }
  }
  const { length, unopened, voids } = claim
  const counted = counts.length === length && counts.unopened === unopened && counts.voids === voids
  return counted && head === input.headTo && isOpenedBy(input.cTo, totals, input.blindTo)
}

export function openHolds(input: OpenInput): boolean {
  const claim = readClaim(input)
  if (claim === undefined || claim.length !== 1 || claim.unopened !== 0 || claim.voids !== 0) return false
  if (!isOpeningInRange(input) || openingRoot(input) !== input.root || !isSelected(input, claim.asked)) return false
  if (faultsOf(input, claim.asked).length > 0) return false
  return isOpenedBy(input.cTo, addTotals(input.totals, input.registers), input.blindTo)
}

type ClaimInput = Omit<OpenInput, "root" | keyof Opening>

function readClaim(input: ClaimInput) {
  if (!fits([input.word], 48) || !isOpenedBy(input.cFrom, input.totals, input.blindFrom)) return undefined
  const { boundary, grades, ...counts } = decodeClaimWord(input.word)
  const { model, unit, zone, party } = input
  return { ...counts, asked: { tags: [model, unit, zone, party], boundary, grades } }
}

function isOpenedBy(c: bigint, totals: Totals, blind: bigint): boolean {
  return fits(totals, 96) && accumulator({ totals, blind }) === c
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
  const { registers, times, marks, tags, rest } = input
  return { registers: row(registers), times: row(times), marks: row(marks), tags: row(tags), rest: row(rest) }
}

/** What an opened run adds: its registers if it is selected, nothing if not; undefined if no proof may exist. */
function amountsOf(opening: Opening, asked: Asked): Totals | undefined {
  if (!isSelected(opening, asked)) return []
  return faultsOf(opening, asked).length === 0 ? opening.registers : undefined
}
