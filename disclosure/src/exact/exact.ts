/** A number exactly: a quotient of whole numbers in lowest terms, the divisor above 0. No filed number is ever a float. */
export type Exact = { readonly top: bigint; readonly bottom: bigint }

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** The quotient in lowest terms. Throws a RangeError where there is nothing to divide by. */
export function exact(top: bigint, bottom = 1n): Exact {
  if (bottom === 0n) throw new RangeError("a number is divided by 0")
  const [above, below] = bottom < 0n ? [-top, -bottom] : [top, bottom]
  const common = gcd(above, below)
  return { top: above / common, bottom: below / common }
}

export const ZERO: Exact = { top: 0n, bottom: 1n }
export const ONE: Exact = { top: 1n, bottom: 1n }

export const add = (a: Exact, b: Exact): Exact => exact(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom)
export const subtract = (a: Exact, b: Exact): Exact => add(a, { top: -b.top, bottom: b.bottom })
export const times = (a: Exact, b: Exact): Exact => exact(a.top * b.top, a.bottom * b.bottom)
/** Throws a RangeError where `b` is 0. */
export const over = (a: Exact, b: Exact): Exact => exact(a.top * b.bottom, a.bottom * b.top)
export const sum = (numbers: readonly Exact[]): Exact => numbers.reduce(add, ZERO)

/** Below 0, 0 or above 0 as `a` is smaller than, equal to or larger than `b`. */
export function compare(a: Exact, b: Exact): number {
  const [left, right] = [a.top * b.bottom, b.top * a.bottom]
  return left < right ? -1 : Number(left > right)
}

export const isZero = ({ top }: Exact): boolean => top === 0n
export const least = (a: Exact, b: Exact): Exact => (compare(a, b) <= 0 ? a : b)

const DECIMAL = /^(-?)(0|[1-9][0-9]{0,30})(?:\.([0-9]{1,30}))?$/

/** The number that a decimal text writes, such as `-12.50`; null where it is none. */
export function parseExact(text: string): Exact | null {
  const [, sign, whole, behind = ""] = DECIMAL.exec(text) ?? []
  if (whole === undefined) return null
  const value = BigInt(whole + behind)
  return exact(sign === "-" ? -value : value, 10n ** BigInt(behind.length))
}

/** How a number is cut to its places: to the nearest, halves away from 0, or up, for what is said to be at most. */
export type Rounding = "nearest" | "up"

function cut({ top, bottom }: Exact, rounding: Rounding): bigint {
  const size = top < 0n ? -top : top
  if (rounding === "nearest") {
    const rounded = (2n * size + bottom) / (2n * bottom)
    return top < 0n ? -rounded : rounded
  }
  const whole = top / bottom
  return top > 0n && whole * bottom !== top ? whole + 1n : whole
}

/**
 * A number as a decimal text with `decimals` places, which are all written; below 0 they stand for tens, hundreds and so
 * on, as in XBRL.
 */
export function toDecimal(value: Exact, decimals: number, rounding: Rounding = "nearest"): string {
  const scale = 10n ** BigInt(Math.abs(decimals))
  if (decimals < 0) return `${cut(over(value, exact(scale)), rounding) * scale}`
  const scaled = cut(times(value, exact(scale)), rounding)
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(decimals + 1, "0")
  const text = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
  return scaled < 0n ? `-${text}` : text
}

/** How many places leave `figures` significant ones; that many for 0. */
export function placesFor(value: Exact, figures: number): number {
  const { top, bottom } = value
  if (top === 0n) return figures
  const size = top < 0n ? -top : top
  if (size >= bottom) return figures - (size / bottom).toString().length
  // 1/x of a number below 1 has as many digits as there are places before its first figure.
  const inverse = bottom / size
  const zeros = inverse.toString().length - (10n ** BigInt(inverse.toString().length - 1) * size === bottom ? 1 : 0)
  return figures + Math.max(0, zeros - 1)
}

/** The smallest whole number whose square is not below `n`, which is not below 0. */
export function rootAbove(n: bigint): bigint {
  if (n < 2n) return n
  // Newton's steps from above end at the floor of the root.
  let root = 1n << BigInt(Math.ceil(n.toString(2).length / 2))
  for (let next = (root + n / root) / 2n; next < root; next = (root + n / root) / 2n) root = next
  return root * root === n ? root : root + 1n
}
