import { invert, modR } from "../../scripts/keys/field.ts"
import type { Combination, Constraint, R1cs } from "../../scripts/keys/r1cs.ts"

const ONE = 0

/** What follows from the constraints alone when the inputs are known. */
export type Determined = {
  /** Wires that could hold more than one value. */
  readonly open: readonly number[]
  /** Inverses that IsZero asks for: free beside a zero, where nothing else depends on them. */
  readonly inverses: readonly number[]
}

/** A linear expression that can only be 0 or 1. */
type Flag = Combination

function scaled(combination: Combination, factor: bigint): Combination {
  return combination.map(({ wire, coefficient }) => ({ wire, coefficient: modR(coefficient * factor) }))
}

function sum(x: Combination, y: Combination): Combination {
  const terms = new Map<number, bigint>()
  for (const { wire, coefficient } of [...x, ...y]) terms.set(wire, modR((terms.get(wire) ?? 0n) + coefficient))
  return [...terms].flatMap(([wire, coefficient]) => (coefficient === 0n ? [] : [{ wire, coefficient }]))
}

/** The value of a combination that holds wire 0 alone; undefined for any other. */
const constantOf = (combination: Combination) =>
  combination.length === 1 && combination[0]?.wire === ONE ? combination[0].coefficient : undefined

/** k such that x + k·y is a constant, which is returned too. */
function constantMix(x: Combination, y: Combination): { readonly k: bigint; readonly constant: bigint } | undefined {
  const pivot = y.find(({ wire }) => wire !== ONE)
  const across = x.find(({ wire }) => wire === pivot?.wire)
  if (pivot === undefined || across === undefined) return undefined
  const k = modR(-across.coefficient * invert(pivot.coefficient))
  const constant = constantOf(sum(x, scaled(y, k)))
  return constant === undefined ? undefined : { k, constant }
}

/** From A·(kA + c) = 0: A·(−k / c) is 0 or 1. */
function flagOf({ a, b, c }: Constraint): Flag | undefined {
  if (c.length > 0) return undefined
  const mix = constantMix(b, a)
  if (mix === undefined || mix.k === 0n) return undefined
  return scaled(a, modR(mix.k * invert(mix.constant)))
}

/** The wire that a flag w or 1 − w stands for. */
function flagWire(flag: Flag): number | undefined {
  const [first, ...more] = flag.filter(({ wire }) => wire !== ONE)
  const offset = flag.find(({ wire }) => wire === ONE)?.coefficient ?? 0n
  const isPlain = first?.coefficient === 1n && offset === 0n
  const isInverse = first?.coefficient === modR(-1n) && offset === 1n
  return more.length === 0 && (isPlain || isInverse) ? first?.wire : undefined
}

const EXPONENTS = new Map(
  Array.from({ length: 252 }, (_, i) => 1n << BigInt(i)).flatMap((power, i) => [
    [power, i] as const,
    [modR(-power), i] as const,
  ]),
)

/**
 * Whether flags with these coefficients are known from their sum: distinct powers of two, up to a common factor. Signs
 * do not matter, for −f is (1 − f) − 1; and 252 digits do not reach around the field.
 */
function isPositional(coefficients: readonly bigint[]): boolean {
  return coefficients.some((least) => {
    const inverse = invert(least)
    const exponents = new Set(coefficients.map((coefficient) => EXPONENTS.get(modR(coefficient * inverse))))
    return !exponents.has(undefined) && exponents.size === coefficients.length
  })
}

/** The constraint's side as a name that does not depend on a factor. */
function nameOf(combination: Combination): string {
  const sorted = [...combination].sort((x, y) => x.wire - y.wire)
  const inverse = invert(sorted[0]?.coefficient ?? 1n)
  return sorted.map(({ wire, coefficient }) => `${wire}:${modR(coefficient * inverse)}`).join()
}

/**
 * Linear equations over unknown wires, each solved for a wire that is no flag; those over flags alone are kept apart, for
 * there the weights tell the digits.
 */
function createSpan(isFlag: (wire: number) => boolean) {
  const rows = new Map<number, Combination>()
  const digits: Combination[] = []
  const reduce = (combination: Combination): Combination =>
    combination.reduce<Combination>((rest, { wire, coefficient }) => {
      const row = rows.get(wire)
      return row === undefined ? rest : sum(rest, scaled(row, modR(-coefficient)))
    }, combination)
  return {
    digits,
    /** What of an expression the equations leave open. */
    reduce,
    add(equation: Combination) {
      const rest = reduce(equation)
      const pivot = rest.find(({ wire }) => !isFlag(wire))
      if (pivot === undefined) {
        if (rest.length > 0) digits.push(rest)
        return
      }
      const row = scaled(rest, invert(pivot.coefficient))
      for (const [wire, other] of rows) {
        const factor = other.find((term) => term.wire === pivot.wire)?.coefficient
        if (factor !== undefined) rows.set(wire, sum(other, scaled(row, modR(-factor))))
      }
      rows.set(pivot.wire, row)
    },
    /** Takes out the wires of which nothing is open, given what is known. */
    takeSolved(known: (wire: number) => boolean): number[] {
      const solved = [...rows].flatMap(([wire, row]) =>
        row.every((term) => term.wire === wire || known(term.wire)) ? [wire] : [],
      )
      for (const wire of solved) rows.delete(wire)
      return solved
    },
  }
}

/** Pairs of factors whose product is 0, by either factor. */
function zeroProductsOf(constraints: readonly Constraint[]) {
  const products = constraints
    .filter(({ c }) => c.length === 0)
    .flatMap(({ a, b }) => [[a, b] as const, [b, a] as const])
  return Map.groupBy(products, ([factor]) => nameOf(factor))
}

/**
 * Propagates what is determined, from the inputs on, until nothing follows any more. Rules: what a product of known
 * sides equals is known, and so is each wire that follows from all such sums together; flags with the weights of a
 * binary number follow from their sum, one of them perhaps an expression, since an optimiser takes out a digit of each
 * number; x·y = 1 − w with x·w = 0 makes w the test x = 0.
 */
export function determine({ wireCount, constraints }: R1cs, inputs: readonly number[]): Determined {
  const flags = constraints.map(flagOf)
  // A flag that is no wire gets one of its own, beyond those of the circuit
  const virtual = flags.map((flag, i) =>
    flag !== undefined && flagWire(flag) === undefined ? wireCount + i : undefined,
  )
  const isFlag = new Set([...flags.map((flag) => flag && flagWire(flag)), ...virtual])
  const known = new Uint8Array(wireCount + constraints.length)
  const inverses = new Set<number>()
  const span = createSpan((wire) => isFlag.has(wire))
  const zeroProducts = zeroProductsOf(constraints)
  const unknownIn = (combination: Combination) => combination.filter(({ wire }) => known[wire] === 0)
  const isKnown = (combination: Combination) => unknownIn(span.reduce(unknownIn(combination))).length === 0
  const learnZeroTest = (x: Combination, y: Combination, c: Combination) => {
    const [inverse] = y
    if (inverse === undefined || y.length > 1 || known[inverse.wire] === 1 || !isKnown(x)) return
    const test = zeroProducts.get(nameOf(x))?.find(([, w]) => constantMix(c, w) !== undefined)
    if (test === undefined) return
    inverses.add(inverse.wire)
    known[inverse.wire] = 1
    span.add(unknownIn(test[1]))
  }
  /** Whether nothing more can follow from the constraint. */
  const settle = ({ a, b, c }: Constraint): boolean => {
    if (isKnown(a) && isKnown(b)) {
      span.add(unknownIn(c))
      return true
    }
    learnZeroTest(a, b, c)
    learnZeroTest(b, a, c)
    return false
  }
  const learnDigits = (row: Combination) => {
    const left = unknownIn(row)
    if (isPositional(left.map(({ coefficient }) => coefficient))) for (const { wire } of left) known[wire] = 1
  }
  for (const wire of [ONE, ...inputs]) known[wire] = 1
  for (const [i, flag] of flags.entries()) {
    const wire = virtual[i]
    if (flag !== undefined && wire !== undefined) span.add([...unknownIn(flag), { wire, coefficient: modR(-1n) }])
  }
  let waiting: readonly Constraint[] = constraints
  const unsettled = () => waiting.length + known.filter((value) => value === 0).length
  for (let [before, now] = [0, unsettled()]; now !== before; [before, now] = [now, unsettled()]) {
    waiting = waiting.filter((constraint) => !settle(constraint))
    for (const row of span.digits) learnDigits(row)
    for (const wire of span.takeSolved((other) => known[other] === 1)) known[wire] = 1
  }
  const open = [...known.subarray(0, wireCount).keys()].filter((wire) => known[wire] === 0)
  return { open, inverses: [...inverses] }
}
