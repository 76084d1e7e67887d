import { check } from "../rejection.ts"

/** Fixed-point numbers of the meter: integers in units of 10^-18. */
export const FIXED_DIGITS = 18
export const FIXED_ONE = 10n ** BigInt(FIXED_DIGITS)

const PARTS = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:e([+-]?[0-9]+))?$/i
const MAX_EXPONENT = 60

/**
 * A decimal as a sensor printed it, as a fixed-point number; digits beyond the eighteenth are cut off towards zero.
 * Throws FIELD_MALFORMED on anything that is no decimal, NUMBER_OUT_OF_RANGE on an exponent beyond ±60.
 */
export function parseFixed(text: string): bigint {
  const match = PARTS.exec(text)
  check(match !== null, "FIELD_MALFORMED", `${text} is not a decimal`)
  const [, sign, whole = "", fraction = "", exponent = "0"] = match
  const shift = Number(exponent) - fraction.length + FIXED_DIGITS
  check(Math.abs(Number(exponent)) <= MAX_EXPONENT, "NUMBER_OUT_OF_RANGE", `${text} has too large an exponent`)
  const digits = BigInt(whole + fraction)
  const magnitude = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift)
  return sign === "-" ? -magnitude : magnitude
}

export const ceilDivide = (a: bigint, b: bigint): bigint => (a + b - 1n) / b

export const absolute = (a: bigint): bigint => (a < 0n ? -a : a)

/** The smallest integer whose square is not below n; n ≥ 0. */
export function ceilSquareRoot(n: bigint): bigint {
  if (n < 2n) return n
  // Newton's iteration from above ends at the floor of the root.
  let root = 1n << BigInt(Math.ceil(n.toString(2).length / 2))
  for (let next = (root + n / root) / 2n; next < root; next = (root + n / root) / 2n) root = next
  return root * root === n ? root : root + 1n
}
