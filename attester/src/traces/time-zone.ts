import { HintedError } from "@wattest/command"
import { LineError, type LocalTime } from "./trace.ts"

const OFFSET = /^([+-])([0-9]{2}):?([0-9]{2})$/
const ZONED = /(?:Z|[+-][0-9]{2}:[0-9]{2})$/
const ISO_LOCAL = /^([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,3}))?$/
const AMERICAN_LOCAL = /^([0-9]{2})-([0-9]{2})-([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,3}))?$/

/** A time zone that cannot be used. */
export class TimeZoneError extends HintedError {
  override readonly name = "TimeZoneError"
}

const utc = (t: LocalTime) => Date.UTC(t.year, t.month - 1, t.day, t.hour, t.minute, t.second, t.ms)

/** Minutes east of UTC of `+01:00`, `-0800`, `Z`. Throws {@link TimeZoneError}. */
export function parseUtcOffset(text: string): number {
  if (text === "Z") return 0
  const [, sign, hours, minutes] = OFFSET.exec(text) ?? []
  if (sign === undefined || Number(hours) > 14 || Number(minutes) > 59)
    throw new TimeZoneError(`${text} is no offset from UTC`, "write it as +01:00")
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

function offsetAt(zone: Intl.DateTimeFormat, timeMs: number): number {
  const parts = Object.fromEntries(zone.formatToParts(timeMs).map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts
  const wholeSecond = Math.floor(timeMs / 1000) * 1000
  return utc({ year, month, day, hour, minute, second, ms: 0 }) - wholeSecond
}

/**
 * How to turn local times into epoch milliseconds: by a fixed offset, or by a zone of the IANA database with its
 * summer time. A local time that its zone skips or has twice is refused: nobody can know which instant is meant.
 */
export function createLocalTime(choice: { readonly utcOffset?: string; readonly timeZone?: string }) {
  const { utcOffset, timeZone } = choice
  if (utcOffset !== undefined) {
    const offsetMs = parseUtcOffset(utcOffset) * 60_000
    return (local: LocalTime) => utc(local) - offsetMs
  }
  if (timeZone === undefined)
    return (): never => {
      throw new LineError("the times have no zone", "give --time-zone Europe/London, or --utc-offset=+01:00")
    }
  const zone = openZone(timeZone)
  return (local: LocalTime) => {
    const guess = utc(local)
    const fits = [-86_400_000, 86_400_000]
      .map((away) => offsetAt(zone, guess + away))
      .filter((offset, i, all) => all.indexOf(offset) === i && offsetAt(zone, guess - offset) === offset)
    const [offset] = fits
    if (offset === undefined || fits.length > 1)
      throw new LineError(
        `in ${timeZone} this local time is ${offset === undefined ? "skipped" : "there twice"}: give --utc-offset`,
      )
    return guess - offset
  }
}

function openZone(timeZone: string): Intl.DateTimeFormat {
  const numeric = "numeric"
  const fields = {
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  } as const
  try {
    return new Intl.DateTimeFormat("en-u-hc-h23", { timeZone, ...fields })
  } catch {
    throw new TimeZoneError(`${timeZone} is no time zone`, "write it as Europe/London")
  }
}

/** Reads a local time: `2023/07/14 10:12:46.483`, ISO 8601 without a zone, or PTDaemon's `02-16-2022 14:09:58.969`. */
export function parseLocalTime(text: string): LocalTime {
  const iso = ISO_LOCAL.exec(text)
  const american = iso ? null : AMERICAN_LOCAL.exec(text)
  const found = iso ?? (american && [american[0], american[3], american[1], american[2], ...american.slice(4)])
  if (!found) throw new LineError(`${JSON.stringify(text)} is no time`)
  const [, year, month, day, hour, minute, second] = found.map(Number)
  const ms = Number((found[7] ?? "0").padEnd(3, "0"))
  const local = { year, month, day, hour, minute, second, ms } as LocalTime
  const back = new Date(utc(local))
  if (back.getUTCMonth() + 1 !== month || back.getUTCDate() !== day || back.getUTCHours() !== hour)
    throw new LineError(`${text} is no time of the calendar`)
  return local
}

/** Reads an end of a window: epoch milliseconds, ISO 8601 with a zone, or a local time as {@link parseLocalTime} does. */
export function parseInstant(text: string, localTime: (local: LocalTime) => number): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text)
  if (ZONED.test(text) && !Number.isNaN(Date.parse(text))) return Date.parse(text)
  return localTime(parseLocalTime(text))
}
