/** Order p of BN254's scalar field F: every word that Poseidon or a circuit sees is below it. */
export const FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617n

/** The representative of `value` in [0, p). */
export function reduce(value: bigint): bigint {
  const rest = value % FIELD_ORDER
  return rest < 0n ? rest + FIELD_ORDER : rest
}

/** `base` to the power `exponent` (not negative) in F. */
export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = reduce(base)
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % FIELD_ORDER
    square = (square * square) % FIELD_ORDER
  }
  return result
}

/** The inverse in F. Throws for 0, which has none. */
export function invert(value: bigint): bigint {
  let [low, high] = [reduce(value), FIELD_ORDER]
  let [x, y] = [1n, 0n]
  if (low === 0n) throw new RangeError("zero has no inverse")
  while (low !== 1n) {
    const quotient = high / low
    ;[low, high] = [high - quotient * low, low]
    ;[x, y] = [y - quotient * x, x]
  }
  return reduce(x)
}

/** The inverses of many values, none of them 0, for the price of one and three products each. */
export function invertAll(values: readonly bigint[]): bigint[] {
  const products = [1n]
  for (const value of values) products.push(((products.at(-1) ?? 1n) * value) % FIELD_ORDER)
  let rest = invert(products.at(-1) ?? 1n)
  const inverses: bigint[] = []
  for (let i = values.length - 1; i >= 0; i--) {
    inverses.push((rest * (products[i] ?? 1n)) % FIELD_ORDER)
    rest = (rest * (values[i] ?? 1n)) % FIELD_ORDER
  }
  return inverses.reverse()
}

/** Sum of the products of two vectors of equal length, in F. */
export function dot(left: readonly bigint[], right: readonly bigint[]): bigint {
  let sum = 0n
  for (let i = 0; i < left.length; i++) sum += (left[i] ?? 0n) * (right[i] ?? 0n)
  return reduce(sum)
}

/** Row vector times matrix (a list of rows). */
export function rowTimes(row: readonly bigint[], matrix: readonly (readonly bigint[])[]): bigint[] {
  const columns = matrix[0]?.length ?? 0
  return Array.from({ length: columns }, (_, j) =>
    reduce(row.reduce((sum, x, i) => sum + x * (matrix[i]?.[j] ?? 0n), 0n)),
  )
}

/** Matrix times column vector. */
export function timesColumn(matrix: readonly (readonly bigint[])[], column: readonly bigint[]): bigint[] {
  return matrix.map((row) => dot(row, column))
}

/** Smallest quadratic non-residue's root of unity: p - 1 is 2^28 times an odd number, and 5 generates the group. */
const TWO_ADICITY = 28n

/** A square root (Tonelli, Shanks), or null for a non-residue. */
export function squareRoot(value: bigint): bigint | null {
  if (power(value, (FIELD_ORDER - 1n) / 2n) !== 1n) return null
  const odd = (FIELD_ORDER - 1n) >> TWO_ADICITY
  let generator = power(5n, odd)
  let order = TWO_ADICITY
  let root = power(value, (odd + 1n) / 2n)
  let error = power(value, odd)
  while (error !== 1n) {
    let least = 0n
    for (let square = error; square !== 1n; square = reduce(square * square)) least++
    const factor = power(generator, 1n << (order - least - 1n))
    generator = reduce(factor * factor)
    order = least
    root = reduce(root * factor)
    error = reduce(error * generator)
  }
  return root
}

/** A fourth root, or null if there is none. -1 is a fourth power, so any square root of a fourth power serves. */
export function fourthRoot(value: bigint): bigint | null {
  const root = squareRoot(value)
  return root === null ? null : squareRoot(root)
}
