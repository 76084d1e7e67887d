import { UsageError } from "./home.ts"

const UNITS: { readonly [unit: string]: number } = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 }

/** Milliseconds of a time such as `500ms`, `10s`, `5min`, `24h`. */
export function parseDuration(flag: string, text: string): number {
  const [, number = "", unit = ""] = /^([1-9][0-9]{0,8})(ms|s|min|h)$/.exec(text) ?? []
  const factor = UNITS[unit]
  if (factor === undefined)
    throw new UsageError(`${flag} must be a time, got ${text}`, `write ${flag} 10s, 500ms, 5min or 24h`)
  return Number(number) * factor
}

/** Milliseconds of a time that may be negative, such as `-250ms`, or 0. */
export const parseShift = (flag: string, text: string): number =>
  /^[+-]?0(?:ms|s|min|h)$/.test(text)
    ? 0
    : (text.startsWith("-") ? -1 : 1) * parseDuration(flag, text.replace(/^[+-]/, ""))
