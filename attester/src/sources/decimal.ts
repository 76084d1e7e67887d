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

const placesOf = (decimal: string): number => decimal.split(".")[1]?.length ?? 0
