import { visible } from "@wattest/protocol"

/** Numbers, times and names as people read them. Texts of others go through `label`, whatever they hold. */

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 })
const SHARE = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 2 })

export const whole = (value: number | bigint): string => WHOLE.format(value)
export const share = (value: number): string => SHARE.format(value)

export const plural = (value: number, noun: string): string => `${whole(value)} ${noun}${value === 1 ? "" : "s"}`

/** Of a 0x… value its two ends: the whole stands in the title of whoever shows it. */
export const short = (hex: string): string => (hex.length > 14 ? `${hex.slice(0, 8)}…${hex.slice(-4)}` : hex)

const LONGEST_LABEL = 80

/** A label of somebody else: control and direction marks made visible, cut where it would fill the page. */
export function label(text: string): string {
  const shown = visible(text)
  return shown.length > LONGEST_LABEL ? `${shown.slice(0, LONGEST_LABEL)}…` : shown
}

/** "2026-11-26 12:30 UTC". */
export const moment = (seconds: number): string =>
  `${new Date(Math.min(seconds, LAST_SECOND) * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`

export const day = (seconds: number): string => moment(seconds).slice(0, 10)

export const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/** "25 Nov": where the year stands beside it. */
export function dayOfYear(seconds: number): string {
  const date = new Date(Math.min(seconds, LAST_SECOND) * 1000)
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`
}

/** The last second that a date can name. */
export const LAST_SECOND = 253_402_300_799

const STEPS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const

/** "3 hours": the largest unit of which there is at least one. */
export function duration(seconds: number): string {
  const [unit, size] = STEPS.find(([, length]) => seconds >= length) ?? (["second", 1] as const)
  return plural(Math.floor(seconds / size), unit)
}

/** "3 hours ago"; what lies ahead of the reader's clock is named by its date. */
export function ago(seconds: number, now = Date.now() / 1000): string {
  const age = now - seconds
  return age < 0 ? moment(seconds) : `${duration(age)} ago`
}
