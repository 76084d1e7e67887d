/** A number exactly, in the unit of a proof; the divisor is above 0. */
export type Fraction = { readonly value: bigint; readonly divisor: bigint }

/** Both ends of what a number can be; null: on this side nothing is known. */
export type Range = { readonly lo: Fraction | null; readonly hi: Fraction | null }

export const isAtMost = (a: Fraction, b: Fraction): boolean => a.value * b.divisor <= b.value * a.divisor

/** The quotient, or null where there is none. */
export const quotient = (value: bigint, divisor: bigint): Fraction | null => (divisor <= 0n ? null : { value, divisor })

const DIGITS = 4

/** A fraction in so large a unit, with four significant digits; what is cut off is rounded up or down. */
export function sayFraction({ value, divisor }: Fraction, unit: Fraction, isRoundedUp: boolean): string {
  const [top, bottom] = [value * unit.divisor, divisor * unit.value]
  const whole = (top / bottom).toString()
  const isBelowOne = top < bottom
  // Zeros behind the point are not significant.
  const zeros = isBelowOne && top > 0n ? (bottom / top).toString().length - 1 : 0
  const places = isBelowOne ? DIGITS + zeros : Math.max(0, DIGITS - whole.length)
  const scale = 10n ** BigInt(places)
  const scaled = (top * scale + (isRoundedUp ? bottom - 1n : 0n)) / bottom
  const digits = scaled.toString().padStart(places + 1, "0")
  const fraction = digits.slice(digits.length - places).replace(/0+$/, "")
  const integer = digits.slice(0, digits.length - places)
  return places === 0 || fraction === "" ? integer : `${integer}.${fraction}`
}
