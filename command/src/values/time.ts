import { ValueError } from "../errors.ts"
import { type Kind, kind } from "./kind.ts"

const UNIT_MS: { readonly [unit: string]: number } = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 }

/** Milliseconds of a length of time such as `500ms`, `10s`, `5min`, `24h`. */
export const duration: Kind<number> = kind("TIME", (text) => {
  const [, number = "", unit = ""] = /^([1-9][0-9]{0,8})(ms|s|min|h)$/.exec(text) ?? []
  const factor = UNIT_MS[unit]
  if (factor === undefined) throw new ValueError("is no length of time", "write 500ms, 10s, 5min or 24h")
  return Number(number) * factor
})

/** As {@link duration}, forwards or back, or none: `1h`, `-250ms`, `0s`. */
export const shift: Kind<number> = kind("TIME", (text) => {
  const [, sign = "", length = ""] = /^([+-]?)(.*)$/.exec(text) ?? []
  if (/^0(?:ms|s|min|h)$/.test(length)) return 0
  return (sign === "-" ? -1 : 1) * duration.parse(length)
})

const ISO = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))?$/

/** Whether the calendar has such a day: Date.parse takes the 30th of February for the 2nd of March. */
const isDay = (day: string) => !Number.isNaN(Date.parse(day)) && new Date(day).toISOString().startsWith(day)

/** Unix seconds of a date at midnight UTC, of a time with its zone, or as they are. */
export const time: Kind<number> = kind("DATE", (text) => {
  if (/^(?:0|[1-9][0-9]{0,11})$/.test(text)) return Number(text)
  const [, day = ""] = ISO.exec(text) ?? []
  const ms = isDay(day) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) throw new ValueError("is no time", "write 2026-11-01, 2026-11-01T12:00:00Z, or Unix seconds")
  return ms / 1000
})
