import { POSEIDON_PLANS } from "../generated/poseidon-plans.ts"
import { dot, invert, reduce, rowTimes, timesColumn } from "./field.ts"
import { deriveParameters, FULL_ROUNDS, type PoseidonParameters } from "./parameters.ts"
import type { Matrix, PoseidonPlan, Vector } from "./poseidon-plan.ts"
import { decodePlan } from "./stored-plan.ts"

interface Blocks {
  readonly D: bigint
  readonly C: Vector
  readonly B: Vector
  readonly A: Matrix
}

/** C, C A, C A^2, ..., C A^m: how v shows in x at once, one round later, and so on. */
function observe({ C, A }: Blocks): Vector[] {
  const rows: Vector[] = [C]
  for (const _ of C) rows.push(rowTimes(rows.at(-1) ?? [], A))
  return rows
}

/** Coefficients a(1..m) of A's characteristic polynomial z^m - a(1) z^(m-1) - ...: it makes C A^m of the rows before. */
function characteristic(observed: Matrix): bigint[] {
  const m = observed.length - 1
  const equations = Array.from({ length: m }, (_, column) =>
    Array.from({ length: m }, (_, i) => observed[m - 1 - i]?.[column] ?? 0n),
  )
  const last = observed[m] ?? []
  return solve(
    equations,
    last.map((value) => [value]),
  ).map(([coefficient = 0n]) => coefficient)
}

/** b(0..m): the response to one S-box output, h(0) = D, h(j) = C A^(j-1) B, less what the past values of x repeat of it. */
function boxCoefficients({ D, B }: Blocks, observed: Matrix, past: Vector): bigint[] {
  const response = [D, ...past.map((_, j) => dot(observed[j] ?? [], B))]
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
function exitMap(observed: Matrix, past: Vector, boxes: Vector): bigint[][] {
  const m = past.length
  const unit = (index: number): bigint[] => Array.from({ length: 2 * m }, (_, i) => (i === index ? 1n : 0n))
  const values = past.map((_, i) => unit(i)) // newest first
  const free = past.map((_, j) => {
    const next = unit(-1).map((_, column) => {
      const fromPast = past.reduce((sum, a, i) => sum + a * (values[i]?.[column] ?? 0n), 0n)
      const box = column < m ? 0n : (boxes[column - m + j + 1] ?? 0n)
      return reduce(fromPast + box)
    })
    values.unshift(next)
    return next
  })
  return solve(observed.slice(0, m), free)
}

function split(matrix: Matrix): Blocks {
  const [top = [], ...below] = matrix
  return { D: top[0] ?? 0n, C: top.slice(1), B: below.map((row) => row[0] ?? 0n), A: below.map((row) => row.slice(1)) }
}

/** First row gives x(0), then C A^-1, C A^-2, ... times v(0), all of the last S-boxes. */
function entryMap(matrix: Matrix, observed: Matrix, past: Vector): Vector[] {
  const [top = [], ...below] = matrix
  const m = past.length
  const scale = invert(past[m - 1] ?? 0n)
  const rows = observed.slice(0, m).reverse() // C A^(m-1) first; then the recurrence runs backwards
  const earlier = past.map(() => {
    const [newest = [], ...rest] = rows.slice(-m)
    const row = newest.map((value, column) => {
      const known = rest.reduce((sum, other, i) => sum + (past[i] ?? 0n) * (other[column] ?? 0n), 0n)
      return reduce((value - known) * scale)
    })
    rows.push(row)
    return row
  })
  return [top, ...earlier.map((row) => rowTimes(row, below))]
}

function arrange({ width, partialRounds, constants, matrix }: PoseidonParameters): PoseidonPlan {
  const blocks = split(matrix)
  const observed = observe(blocks)
  const past = characteristic(observed)
  const boxes = boxCoefficients(blocks, observed, past)
  const offset = offsets(blocks, constants)
  const exit = exitMap(observed, past, boxes)
  const recent = past.map((_, i) => offset.x[offset.x.length - 1 - i] ?? 0n)
  const half = FULL_ROUNDS / 2
  return {
    width,
    partialRounds,
    matrix,
    head: constants.slice(0, half),
    entry: entryMap(matrix, observed, past),
    entryConstant: constants[half]?.[0] ?? 0n,
    past,
    boxes,
    kappa: offset.x.map((k, n) => reduce(k - past.reduce((sum, a, i) => sum + a * (offset.x[n - 1 - i] ?? 0n), 0n))),
    exit,
    exitConstants: exit.map((row, i) => reduce((offset.v[i] ?? 0n) - dot(recent, row.slice(0, past.length)))),
    tail: constants.slice(half + partialRounds + 1),
  }
}

/** The plan for 1 to 13 inputs, from nothing but the paper's rules. */
export function derivePlan(inputs: number): PoseidonPlan {
  return arrange(deriveParameters(inputs))
}

const plans = new Map<number, PoseidonPlan>()

/** The plan for 1 to 13 inputs: read where it is stored, else derived in some 10 ms; then kept. */
export function poseidonPlan(inputs: number): PoseidonPlan {
  let plan = plans.get(inputs)
  if (plan === undefined) {
    const stored = POSEIDON_PLANS.get(inputs)
    plan = stored === undefined ? derivePlan(inputs) : decodePlan(inputs, stored)
    plans.set(inputs, plan)
  }
  return plan
}
