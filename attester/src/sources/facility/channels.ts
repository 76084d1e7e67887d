import { type Grade, worseGrade } from "@wattest/protocol"
import { accuracy } from "../accuracy.ts"
import { isPositiveDecimal, multiplyDecimals, scaleByTen, toDecimal } from "../decimal.ts"
import { meterFromOptions } from "../meter.ts"
import type { Options } from "../options.ts"
import { type Accuracy, type Coverage, type Quantity, SourceError, type Unit } from "../source.ts"
import { unitFromOptions } from "../units.ts"

/** One value of a file or an answer: where it stands and what it is. */
export type Channel = {
  /** Column of a CSV file, or JSON Pointer (RFC 6901). */
  readonly at: string
  readonly name: string
  readonly quantity: Quantity
  readonly unit: Unit
  /** The number is in units of 10^exponent of `unit`. */
  readonly exponent: number
  /** What one count stands for, a plain decimal: litres a pulse. */
  readonly factor: string
  readonly part?: string
}

/** What all values of one file or service share. */
export type Feed = {
  readonly channels: readonly Channel[]
  readonly time?: { readonly at: string; readonly format: TimeFormat }
  /** A newest value older than this is a fault, not a value. */
  readonly maxAgeMs: number
  readonly covers: Coverage
  readonly grade: Grade
  readonly accuracy: Accuracy
}

const TIME_FORMATS = ["iso", "utc", "unix-s", "unix-ms"] as const
type TimeFormat = (typeof TIME_FORMATS)[number]

const QUANTITIES = [
  "power",
  "energy",
  "water",
  "inletTemperature",
  "outletTemperature",
  "carbonIntensity",
  "waterIntensity",
  "siteWater",
] as const
const FACTORS: ReadonlySet<Quantity> = new Set(["carbonIntensity", "waterIntensity", "siteWater"])
const DAY_MS = 86_400_000

/**
 * `values`: a list of `{ "at", "name", "quantity", "unit", "factor"?, "part"? }`; `time`: `{ "at", "format" }`; `maxAgeMs`; and the
 * meter. Intensities of carbon and water are estimated at best, whatever the configuration says.
 */
export const feedFromOptions = (options: Options, timeRequired: boolean): Feed => {
  const channels = options.objects("values").map(channelFromOptions)
  if (new Set(channels.map(({ name }) => name)).size !== channels.length)
    options.fail("values", "must have different names")
  const time = timeFromOptions(options)
  if (timeRequired && !time) options.fail("time", 'must be { "at", "format" }')
  const maxAgeMs = options.integer("maxAgeMs", { lo: 1000, hi: 400 * DAY_MS, default: DAY_MS })
  const known = accuracy({ gainLimit: 0.01, origin: "assumed: class 1 (IEC 62053-21)" })
  return { channels, maxAgeMs, ...(time && { time }), ...meterFromOptions(options, "facility", known) }
}

const timeFromOptions = (options: Options): Feed["time"] => {
  const time = options.object("time")
  if (!time) return undefined
  const found = { at: time.text("at"), format: time.choice("format", TIME_FORMATS) }
  time.end()
  return found
}

const channelFromOptions = (options: Options): Channel => {
  const quantity = options.choice("quantity", QUANTITIES)
  const part = options.optionalText("part")
  const factor = options.text("factor", "1")
  if (!isPositiveDecimal(factor)) options.fail("factor", "must be a decimal number above 0 as text")
  const channel = {
    at: options.text("at"),
    name: options.text("name"),
    quantity,
    ...unitFromOptions(options, quantity),
    factor,
  }
  options.end()
  return { ...channel, ...(part !== undefined && { part }) }
}

/** A number of this channel in the unit of its values, exactly. */
export const inUnit = (decimal: string, { factor, exponent }: Channel): string => {
  const counted = factor === "1" ? decimal : multiplyDecimals(decimal, factor)
  return exponent === 0 ? counted : scaleByTen(counted, exponent)
}

/** How a value of this channel counts: factors are of the grid, and never better than estimated. */
export const placeOf = ({ quantity }: Channel, { covers, grade, accuracy: known }: Feed) =>
  FACTORS.has(quantity)
    ? { covers: "grid" as const, grade: worseGrade(grade, "estimated"), accuracy: known }
    : { covers, grade, accuracy: known }

const ISO = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/

/**
 * A time in ms since 1970; null for anything but the given format. `iso` must say its zone; `utc` is for columns whose
 * name says it, and takes no other zone.
 */
export const parseTime = (text: string, format: TimeFormat): number | null => {
  if (format === "iso" || format === "utc") {
    const found = ISO.exec(text)
    const zone = found?.[1]
    if (!found || (format === "iso" ? zone === undefined : zone !== undefined && zone !== "Z")) return null
    const timeMs = Date.parse(`${text.replace(" ", "T")}${zone === undefined ? "Z" : ""}`)
    return Number.isNaN(timeMs) ? null : timeMs
  }
  const number = toDecimal(text)
  if (number === null || number.startsWith("-")) return null
  const timeMs = Math.floor(Number(number) * (format === "unix-s" ? 1000 : 1))
  return Number.isSafeInteger(timeMs) ? timeMs : null
}

/** Throws a `stale` fault for values that are too old to speak of now. */
export const checkAge = (source: string, timeMs: number, maxAgeMs: number): void => {
  const age = Date.now() - timeMs
  if (age > maxAgeMs) throw new SourceError(source, "stale", `the newest value is ${Math.round(age / 1000)} s old`)
}
