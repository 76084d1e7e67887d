/** Order of BN254's groups: the field of circuits. */
export const R = 21888242871839275222246405745257275088548364400416034343698204186575808495617n
/** The field that BN254's points have their coordinates in. */
export const Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n

// A generator of the multiplicative group to the power (r − 1) / 2^28: iden3's choice of domain, as in every .zkey.
const ROOT_OF_UNITY = power(5n, (R - 1n) >> 28n)

export const modR = (value: bigint): bigint => ((value % R) + R) % R

export function power(base: bigint, exponent: bigint, modulus: bigint = R): bigint {
  let result = 1n
  for (let square = base % modulus, left = exponent; left > 0n; left >>= 1n, square = (square * square) % modulus)
    if (left & 1n) result = (result * square) % modulus
  return result
}

/** Inverse modulo a prime, for a value of at least 0. */
export const invert = (value: bigint, prime: bigint = R): bigint => power(value, prime - 2n, prime)

/** L_0(x), …, L_{n−1}(x): the Lagrange polynomials of the domain of n = 2^log roots of unity, at a point outside it. */
export function lagrange(log: number, x: bigint): bigint[] {
  const n = 1 << log
  const omega = power(ROOT_OF_UNITY, 1n << BigInt(28 - log))
  // L_i(x) = (x^n − 1) / n · ω^i / (x − ω^i); the differences are inverted together, from their running product
  const roots = new Array<bigint>(n)
  const products = new Array<bigint>(n + 1).fill(1n)
  let root = 1n
  for (let i = 0; i < n; i++) {
    roots[i] = root
    products[i + 1] = ((products[i] ?? 0n) * modR(x - root)) % R
    root = (root * omega) % R
  }
  const factor = (modR(power(x, BigInt(n)) - 1n) * invert(BigInt(n))) % R
  const values = new Array<bigint>(n)
  let inverse = invert(products[n] ?? 0n)
  for (let i = n - 1; i >= 0; i--) {
    const omegaI = roots[i] ?? 0n
    values[i] = (((factor * omegaI) % R) * ((inverse * (products[i] ?? 0n)) % R)) % R
    inverse = (inverse * modR(x - omegaI)) % R
  }
  return values
}
