import { dot, invert, reduce, rowTimes, timesColumn } from "./field.ts"
import { deriveParameters, FULL_ROUNDS, type PoseidonParameters } from "./parameters.ts"

type Vector = readonly bigint[]
type Matrix = readonly Vector[]

/**
 * Poseidon rearranged so that a partial round costs one S-box and one scalar product.
 *
 * In the partial rounds only the first word x passes an S-box, u = x^5; the other m = width - 1 words v move linearly:
 * x' = D u + C v, v' = A v + B u. Eliminating v by the characteristic polynomial of A leaves a linear recurrence,
 *
 *     x(n+1) = sum over i in 1..m of a(i) x(n+1-i)  +  sum over i in 0..m of b(i) u(n-i)  +  kappa(n)
 *
 * whose coefficients are the same in every round. The recurrence starts from m virtual earlier values of x that carry
 * v(0) (earlier values of u are 0), and v at the end is again a linear map of the last m values of x and of u.
 */
export interface PoseidonPlan {
  readonly width: number
  readonly partialRounds: number
  readonly matrix: Matrix
  /** Constants added to the state before the full rounds 0 to 3. */
  readonly head: Matrix
  /** From the S-boxes of full round 3 to x(0), then the virtual x(0), x(-1), ..., x(1-m). */
  readonly entry: Matrix
  /** Added to x(0). */
  readonly entryConstant: bigint
  /** a(1) to a(m). */
  readonly past: Vector
  /** b(0) to b(m). */
  readonly boxes: Vector
  /** kappa(n), a partial round each. */
  readonly kappa: Vector
  /** Words 1 to m after the partial rounds, of the last m values of x (newest first), then of u (newest first). */
  readonly exit: Matrix
  readonly exitConstants: Vector
  /** Constants added to the state before the full rounds 5 to 7. */
  readonly tail: Matrix
}

interface Blocks {
  readonly D: bigint
  readonly C: Vector
  readonly B: Vector
  readonly A: Matrix
}

/** Coefficients a(1..m) of A's characteristic polynomial z^m - a(1) z^(m-1) - ..., and A's inverse (Faddeev, LeVerrier). */
function characteristic(A: Matrix): { past: bigint[]; inverse: Matrix } {
  const m = A.length
  const past: bigint[] = []
  let factor: Matrix = A.map((_, i) => A.map((_, j) => (i === j ? 1n : 0n)))
  let inverse = factor
  for (let k = 1; k <= m; k++) {
    const product = A.map((row) => rowTimes(row, factor))
    const trace = product.reduce((sum, row, i) => sum + (row[i] ?? 0n), 0n)
    const coefficient = reduce(trace * invert(BigInt(k)))
    past.push(coefficient)
    inverse = factor
    factor = product.map((row, i) => row.map((value, j) => (i === j ? reduce(value - coefficient) : value)))
  }
  const scale = invert(past[m - 1] ?? 0n)
  return { past, inverse: inverse.map((row) => row.map((value) => reduce(value * scale))) }
}

/** b(0..m): the response to one S-box output, h(0) = D, h(j) = C A^(j-1) B, less what the past values of x repeat of it. */
function boxCoefficients({ D, C, B, A }: Blocks, past: Vector): bigint[] {
  const response = [D]
  let row = C
  for (const _ of past) {
    response.push(dot(row, B))
    row = rowTimes(row, A)
  }
  return response.map((h, i) =>
    reduce(h - past.reduce((sum, a, l) => sum + (l < i ? a * (response[i - 1 - l] ?? 0n) : 0n), 0n)),
  )
}

/** The offsets that round constants cause: of v after each partial round, and of x (offsets[n] belongs to x(n+1)). */
function offsets({ C, A }: Blocks, constants: Matrix): { x: bigint[]; v: Vector } {
  let v: Vector = constants[FULL_ROUNDS / 2]?.slice(1) ?? []
  const x: bigint[] = []
  for (const next of constants.slice(FULL_ROUNDS / 2 + 1, constants.length - FULL_ROUNDS / 2 + 1)) {
    x.push(reduce(dot(C, v) + (next[0] ?? 0n)))
    v = timesColumn(A, v).map((value, i) => reduce(value + (next[i + 1] ?? 0n)))
  }
  return { x, v }
}

/** Solves rows * unknown = right for square `rows` by elimination; `right` has a row of values for each equation. */
function solve(rows: Matrix, right: Matrix): bigint[][] {
  const system = rows.map((row, i) => [...row, ...(right[i] ?? [])])
  for (let pivot = 0; pivot < system.length; pivot++) {
    const found = system.findIndex((row, i) => i >= pivot && row[pivot] !== 0n)
    const chosen = system[found] ?? []
    system[found] = system[pivot] ?? []
    const scale = invert(chosen[pivot] ?? 0n)
    const unit = chosen.map((value) => reduce(value * scale))
    system[pivot] = unit
    for (let i = 0; i < system.length; i++) {
      const row = system[i] ?? []
      const factor = row[pivot] ?? 0n
      if (i !== pivot) system[i] = row.map((value, j) => reduce(value - factor * (unit[j] ?? 0n)))
    }
  }
  return system.map((row) => row.slice(rows.length))
}

/** v after the last partial round as a map of the window: continue the recurrence without S-boxes and observe v. */
function exitMap({ C, A }: Blocks, past: Vector, boxes: Vector): bigint[][] {
  const m = past.length
  const unit = (index: number): bigint[] => Array.from({ length: 2 * m }, (_, i) => (i === index ? 1n : 0n))
  const values = past.map((_, i) => unit(i)) // newest first
  const observed: Vector[] = []
  const free: bigint[][] = []
  let row = C
  for (let j = 0; j < m; j++) {
    const next = unit(-1).map((_, column) => {
      const fromPast = past.reduce((sum, a, i) => sum + a * (values[i]?.[column] ?? 0n), 0n)
      const box = column < m ? 0n : (boxes[column - m + j + 1] ?? 0n)
      return reduce(fromPast + box)
    })
    values.unshift(next)
    free.push(next)
    observed.push(row)
    row = rowTimes(row, A)
  }
  return solve(observed, free)
}

function split(matrix: Matrix): Blocks {
  const [top = [], ...below] = matrix
  return { D: top[0] ?? 0n, C: top.slice(1), B: below.map((row) => row[0] ?? 0n), A: below.map((row) => row.slice(1)) }
}

/** First row gives x(0), then C A^-1, C A^-2, ... times v(0), all of the last S-boxes. */
function entryMap(matrix: Matrix, C: Vector, inverse: Matrix): Vector[] {
  const [top = [], ...below] = matrix
  const rows = [top]
  let row = C
  for (const _ of below) {
    row = rowTimes(row, inverse)
    rows.push(rowTimes(row, below))
  }
  return rows
}

function arrange({ width, partialRounds, constants, matrix }: PoseidonParameters): PoseidonPlan {
  const blocks = split(matrix)
  const { past, inverse } = characteristic(blocks.A)
  const boxes = boxCoefficients(blocks, past)
  const offset = offsets(blocks, constants)
  const exit = exitMap(blocks, past, boxes)
  const recent = past.map((_, i) => offset.x[offset.x.length - 1 - i] ?? 0n)
  const half = FULL_ROUNDS / 2
  return {
    width,
    partialRounds,
    matrix,
    head: constants.slice(0, half),
    entry: entryMap(matrix, blocks.C, inverse),
    entryConstant: constants[half]?.[0] ?? 0n,
    past,
    boxes,
    kappa: offset.x.map((k, n) => reduce(k - past.reduce((sum, a, i) => sum + a * (offset.x[n - 1 - i] ?? 0n), 0n))),
    exit,
    exitConstants: exit.map((row, i) => reduce((offset.v[i] ?? 0n) - dot(recent, row.slice(0, past.length)))),
    tail: constants.slice(half + partialRounds + 1),
  }
}

const plans = new Map<number, PoseidonPlan>()

/** The plan for 1 to 11 inputs; derived at first use, a few milliseconds, and kept. */
export function poseidonPlan(inputs: number): PoseidonPlan {
  let plan = plans.get(inputs)
  if (plan === undefined) {
    plan = arrange(deriveParameters(inputs))
    plans.set(inputs, plan)
  }
  return plan
}
