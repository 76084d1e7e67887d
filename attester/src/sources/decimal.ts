const PLAIN = /^-?\d{1,40}(\.\d{1,40})?$/
const SCIENTIFIC = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?[eE]([+-]?\d{1,2})$/

/**
 * A number as a sensor printed it, as a plain decimal: exponents are written out digit by digit, nothing is rounded.
 * Null for anything else: `N/A`, `NaN`, `+Inf`, empty, hexadecimal, thousands separators.
 */
export const toDecimal = (text: string): string | null => {
  const trimmed = text.trim()
  if (PLAIN.test(trimmed)) return trimmed
  const match = SCIENTIFIC.exec(trimmed)
  if (!match) return null
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match
  return sign + shift(whole, fraction, Number(exponent))
}

/** Most digits on either side of the point of a number in evidence. */
const MAX_DIGITS = 30

/** A plain decimal in the one form that evidence takes: no leading zeros, digits far behind the point cut off; null if it is too long. */
export const evidenceDecimal = (decimal: string): string | null => {
  const [, sign = "", whole, fraction = ""] = /^(-?)0*([0-9]+)(?:\.([0-9]+))?$/.exec(decimal) ?? []
  if (whole === undefined || whole.length > MAX_DIGITS) return null
  const kept = fraction.slice(0, MAX_DIGITS)
  return `${sign}${whole}${kept === "" ? "" : `.${kept}`}`
}

/** A JSON or library number as a plain decimal; null when it is not finite. */
export const numberToDecimal = (value: number | bigint): string | null => toDecimal(String(value))

/** value · 10^exponent as a plain decimal: how fixed-point registers (`237` hundredths) become their unit, exactly. */
export const scaleByTen = (decimal: string, exponent: number): string => {
  const sign = decimal.startsWith("-") ? "-" : ""
  const [whole = "", fraction = ""] = decimal.slice(sign.length).split(".")
  return sign + shift(whole, fraction, exponent)
}

const shift = (whole: string, fraction: string, exponent: number): string => {
  const digits = whole + fraction
  const point = whole.length + exponent
  const padded = point <= 0 ? "0".repeat(1 - point) + digits : digits.padEnd(point, "0")
  const at = Math.max(point, 1)
  const integer = padded.slice(0, at).replace(/^0+(?=\d)/, "")
  const rest = padded.slice(at)
  return rest === "" ? integer : `${integer}.${rest}`
}

/** The exact sum of two plain decimals. */
export const addDecimals = (a: string, b: string): string => {
  const places = Math.max(placesOf(a), placesOf(b))
  const whole = (text: string) => BigInt(scaleByTen(text, places).split(".")[0] ?? "0")
  return scaleByTen((whole(a) + whole(b)).toString(), -places)
}

/** The exact product of a plain decimal and an integer. */
export const multiplyDecimal = (decimal: string, factor: bigint): string => {
  const places = placesOf(decimal)
  return scaleByTen((BigInt(decimal.replace(".", "")) * factor).toString(), -places)
}

/** The exact product of two plain decimals. */
export const multiplyDecimals = (a: string, b: string): string => {
  const places = placesOf(b)
  return scaleByTen(multiplyDecimal(a, BigInt(b.replace(".", ""))), -places)
}

/** A decimal above 0 that an operator writes as text: what one count of a meter stands for. */
export const isPositiveDecimal = (text: string): boolean => /^\d{1,12}(?:\.\d{1,12})?$/.test(text) && Number(text) > 0

const placesOf = (decimal: string): number => decimal.split(".")[1]?.length ?? 0
