/** Scalar field order of BN254. */
export const P = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n
/** State of three elements (capacity and two inputs), full and partial rounds. */
export const WIDTH = 3
export const FULL_ROUNDS = 8
export const PARTIAL_ROUNDS = 57

export const mod = (n: bigint): bigint => ((n % P) + P) % P
export const mul = (...factors: bigint[]): bigint => factors.reduce((product, factor) => mod(product * factor), 1n)

export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let e = exponent, b = mod(base); e > 0n; e >>= 1n, b = mul(b, b)) if (e & 1n) result = mul(result, b)
  return result
}

export function inverse(n: bigint): bigint {
  if (mod(n) === 0n) throw new RangeError("0 has no inverse")
  return power(n, P - 2n)
}

/** Element of a fixed-size vector or matrix. Throws where the index is outside. */
export function at<T>(values: readonly T[], index: number): T {
  const value = values[index]
  if (value === undefined) throw new RangeError(`no element ${index} of ${values.length}`)
  return value
}

export const dot = (u: readonly bigint[], v: readonly bigint[]): bigint =>
  mod(u.reduce((s, x, i) => s + x * at(v, i), 0n))

/** Bits of the Grain LFSR as the Poseidon paper seeds it (Grassi et al., USENIX Security 2021, appendix F). */
function* grainBits(): Generator<bigint> {
  const fields: [value: number, width: number][] = [
    [1, 2], // prime field
    [0, 4], // S-box x^5
    [254, 12], // bits of the field
    [WIDTH, 12],
    [FULL_ROUNDS, 10],
    [PARTIAL_ROUNDS, 10],
    [2 ** 30 - 1, 30],
  ]
  const state = fields.flatMap(([value, width]) => [...value.toString(2).padStart(width, "0")].map(BigInt))
  const step = () => {
    const bit = [62, 51, 38, 23, 13, 0].reduce((sum, tap) => sum ^ at(state, tap), 0n)
    state.shift()
    state.push(bit)
    return bit
  }
  for (let i = 0; i < 160; i++) step()
  for (;;) {
    const keep = step()
    const bit = step()
    if (keep === 1n) yield bit
  }
}

function parameters() {
  const bits = grainBits()
  const number = () => Array.from({ length: 254 }).reduce((n: bigint) => (n << 1n) | (bits.next().value ?? 0n), 0n)
  const element = () => {
    let n = number()
    while (n >= P) n = number()
    return n
  }
  const triple = (of: () => bigint) => Array.from({ length: WIDTH }, of)
  const constants = Array.from({ length: FULL_ROUNDS + PARTIAL_ROUNDS }, () => triple(element))
  const [x, y] = [triple(() => mod(number())), triple(() => mod(number()))]
  return { constants, matrix: x.map((xi) => y.map((yj) => inverse(xi + yj))) }
}

/** Round constants by round, and the Cauchy matrix 1 / (x_i + y_j): those of circomlib's Poseidon for two inputs. */
export const { constants: CONSTANTS, matrix: MATRIX } = parameters()
