import { at, CONSTANTS, dot, inverse, MATRIX, mod, mul, PARTIAL_ROUNDS, power } from "./parameters.ts"

/*
 * The plan computes the same function as the textbook rounds with fewer products, by two changes of basis.
 *
 * Full rounds. Every element may be scaled, x → s·x, if its S-box output is then known as s^5·x^5 and the next matrix takes
 * the factor back. Scales are chosen so that the third column of a matrix is all ones; the other two columns use
 * Winograd's identity: m0·b + m1·c = (b + m1)(c + m0) - b·c - m0·m1, where the product of b and c is shared by the rows.
 *
 * Partial rounds. Only the first element x passes an S-box; the other two, v, change linearly:
 *   x' = D u + C·v,  v' = B u + A v  (+ constants),  u = x^5.
 * By Cayley-Hamilton (A² = t A - d, t and d trace and determinant of A) v is expressed by the last two values of
 *   w = u + t w1 - d w2,  and then  x' = D w + c1 w1 + c2 w2 + k.
 * The scale λ of x (w then scales by μ = λ^5) changes from round to round so that the coefficient of w2 is one.
 *
 * Fold. The output has a factor f to come; the next hash takes its first input with that factor missing.
 */

/** One row of a full round's matrix: x = shared + (b + bs)(c + ct) + k. */
type Row = { bs: bigint; ct: bigint; k: bigint }

/** A full round's matrix; shared = a + (negS - b)·c. `scales` are those of the S-box outputs after it. */
export type Layer = { negS: bigint; rows: Row[]; scales: bigint[] }

export type PartialRound = { tau: bigint; del: bigint; D: bigint; c1: bigint; k: bigint }

function layer(matrix: bigint[][], k: bigint[], scales: bigint[]): Layer {
  const w = matrix.map((row) => row.map((x, j) => mul(x, inverse(at(scales, j)))))
  const norm = w.map((row) => inverse(at(row, 2)))
  const m = w.map((row, i) => [mul(at(row, 0), at(norm, i)), mul(at(row, 1), at(norm, i))] as const)
  const s = mod(-at(m, 0)[1])
  const rows = m.map(([m0, m1], i) => ({
    bs: mod(s + m1),
    ct: m0,
    k: mod(mul(at(k, i), at(norm, i)) - m0 * s - m0 * m1),
  }))
  return { negS: mod(-s), rows, scales: norm.map((x) => power(x, 5n)) }
}

const D = at(at(MATRIX, 0), 0)
const C = at(MATRIX, 0).slice(1)
const B = MATRIX.slice(1).map((row) => at(row, 0))
const A = MATRIX.slice(1).map((row) => row.slice(1))
const B0 = at(B, 0)
const B1 = at(B, 1)
const trace = mod(at(at(A, 0), 0) + at(at(A, 1), 1))
const determinant = mod(at(at(A, 0), 0) * at(at(A, 1), 1) - at(at(A, 0), 1) * at(at(A, 1), 0))
/** (A - t) B: the column of w1 in v. */
const AB = A.map((row, i) => mod(dot(row, B) - trace * at(B, i)))
const AB0 = at(AB, 0)
const AB1 = at(AB, 1)
const c1 = mod(dot(C, B) - D * trace)
const c2 = mod(D * determinant + dot(C, AB))
type Scales = { lambda(n: number): bigint; mu(n: number): bigint }

/** Scales of x and w by partial round; w(-1) and w(-2) have their own. */
function scales56(lambda0: bigint, muLast: bigint, muBefore: bigint): Scales {
  const lambda = [lambda0]
  const mu = [muBefore, muLast]
  for (let n = 0; n < PARTIAL_ROUNDS - 1; n++) {
    lambda.push(mul(at(mu, n), inverse(c2)))
    mu.push(power(at(lambda, n), 5n))
  }
  return { lambda: (n) => at(lambda, n), mu: (n) => at(mu, n + 2) }
}

/** Linear forms that lead from the S-box outputs of round 4 (scales given) to x, w(-1), w(-2) of the first partial round. */
function entry(scales: bigint[]) {
  const columns = scales.map(inverse)
  const form = (row: bigint[]) => row.map((x, j) => mul(x, at(columns, j)))
  const x = form(at(MATRIX, 0))
  const [v0, v1] = [form(at(MATRIX, 1)), form(at(MATRIX, 2))]
  const det = inverse(B0 * AB1 - B1 * AB0)
  const last = x.map((_, j) => mul(mod(at(v0, j) * AB1 - at(v1, j) * AB0), det))
  const before = x.map((_, j) => mul(mod(B0 * at(v1, j) - B1 * at(v0, j)), det))
  // w(-2) + kappa w(-1) has no first column; rounds 0 and 1 take kappa back
  const kappa = mul(mod(-at(before, 0)), inverse(at(last, 0)))
  const reduced = before.map((value, j) => mod(value + kappa * at(last, j)))
  const scale = scales56(inverse(at(x, 0)), inverse(at(last, 0)), inverse(at(reduced, 1)))
  return {
    kappa,
    scale,
    x: x.map((value) => mul(value, scale.lambda(0))),
    last: last.map((value) => mul(value, scale.mu(-1))),
    before: reduced.map((value) => mul(value, scale.mu(-2))),
    k: mul(at(at(CONSTANTS, 4), 0), scale.lambda(0)),
  }
}

/** The 56 partial rounds that have another one after them, and what the constants have added to v at the end. */
function partialRounds(kappa: bigint, { lambda, mu }: Scales): { rounds: PartialRound[]; offset: bigint[] } {
  const last = PARTIAL_ROUNDS - 2
  let offset = at(CONSTANTS, 4).slice(1)
  const rounds: PartialRound[] = []
  for (let n = 0; n <= last; n++) {
    const t = n === 0 ? mod(trace + determinant * kappa) : n === last ? 0n : trace
    const one = n === 0 ? mod(c1 - c2 * kappa) : n === last ? mod(c1 + D * trace) : c1
    const factor = mul(D, lambda(n + 1), inverse(mu(n)))
    const k = mul(mod(dot(C, offset) + at(at(CONSTANTS, 5 + n), 0)), lambda(n + 1))
    rounds.push({
      tau: mul(t, mu(n), inverse(mu(n - 1))),
      del: mul(mod(-determinant), mu(n), inverse(mu(n - 2))),
      D: factor,
      c1: mul(one, lambda(n + 1), inverse(mu(n - 1))),
      k: mul(k, inverse(factor)),
    })
    offset = A.map((row, i) => mod(dot(row, offset) + at(at(CONSTANTS, 5 + n), i + 1)))
  }
  return { rounds, offset }
}

/** First round: the capacity is 0, so its S-box output is a constant; x = c + m·b + k, b lacking the factor f^5. */
function firstRound(f: bigint) {
  const capacity = power(at(at(CONSTANTS, 0), 0), 5n)
  return MATRIX.map((row, i) => {
    const norm = inverse(at(row, 2))
    return {
      m: mul(at(row, 1), norm, power(f, 5n)),
      k: mul(mod(at(row, 0) * capacity + at(at(CONSTANTS, 1), i)), norm),
    }
  })
}

/** All constants of the plan, in the order of use. */
export function plan() {
  const firstScales = MATRIX.map((row) => power(inverse(at(row, 2)), 5n))
  const second = layer(MATRIX, at(CONSTANTS, 2), firstScales)
  const third = layer(MATRIX, at(CONSTANTS, 3), second.scales)
  const start = entry(third.scales)
  const { rounds, offset } = partialRounds(start.kappa, start.scale)
  // columns of w(54), of the last w without its first term, and of the last u
  const exit = MATRIX.map((row) => [
    mod(at(row, 1) * (AB0 + trace * B0) + at(row, 2) * (AB1 + trace * B1)),
    mod(at(row, 1) * B0 + at(row, 2) * B1),
    at(row, 0),
  ])
  const exitK = MATRIX.map((row, i) => mod(dot(row.slice(1), offset) + at(at(CONSTANTS, 61), i)))
  const leave = layer(exit, exitK, [start.scale.mu(54), start.scale.mu(55), power(start.scale.lambda(56), 5n)])
  const sixth = layer(MATRIX, at(CONSTANTS, 62), leave.scales)
  const seventh = layer(MATRIX, at(CONSTANTS, 63), sixth.scales)
  const eighth = layer(MATRIX, at(CONSTANTS, 64), seventh.scales)
  const output = at(MATRIX, 0).map((x, j) => mul(x, inverse(at(eighth.scales, j))))
  const f = at(output, 2)
  return {
    f,
    inputs: [mul(at(at(CONSTANTS, 0), 1), inverse(f)), at(at(CONSTANTS, 0), 2)],
    first: firstRound(f),
    opening: [second, third],
    start,
    rounds,
    closing: [leave, sixth, seventh, eighth],
    output: output.slice(0, 2).map((x) => mul(x, inverse(f))),
  }
}
