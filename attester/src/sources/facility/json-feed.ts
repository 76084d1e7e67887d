import { requireEach } from "../complete.ts"
import { numberToDecimal, toDecimal } from "../decimal.ts"
import { exchange, requireOk } from "../net/http.ts"
import { parseJson, pointTo } from "../net/json.ts"
import { type Page, pageFromOptions } from "../net/scrape.ts"
import type { Options } from "../options.ts"
import { type SensorValue, type Source, SourceError } from "../source.ts"
import { checkAge, type Feed, feedFromOptions, inUnit, parseTime, placeOf } from "./channels.ts"

/** `url`, `tls`, `bearer`, and the feed, whose values and time are JSON Pointers. */
export const jsonFromOptions = (id: string, periodMs: number, options: Options): Source => {
  const page = pageFromOptions(options)
  const feed = feedFromOptions(options, false)
  const pointers = [...feed.channels.map(({ at }) => at), ...(feed.time ? [feed.time.at] : [])]
  if (!pointers.every((pointer) => pointer.startsWith("/")))
    options.fail("values", "must stand at JSON Pointers such as /meter/power")
  return createJsonFeed(id, periodMs, { ...page, headers: { ...page.headers, accept: "application/json" } }, feed)
}

/** A facility meter (or any service) that answers with JSON over HTTP. A null is an absent value. */
export const createJsonFeed = (id: string, periodMs: number, page: Page, feed: Feed): Source => ({
  id,
  periodMs,
  close: async () => {},
  read: async (signal) => {
    const body = requireOk(id, page.url, await exchange(id, page, signal))
    return readFeed(id, parseJson(id, body), feed)
  },
})

const readFeed = (id: string, answer: unknown, feed: Feed): readonly SensorValue[] => {
  const timeMs = readTime(id, answer, feed)
  checkAge(id, timeMs, feed.maxAgeMs)
  const values = feed.channels.flatMap((channel): SensorValue[] => {
    const { at, name, quantity, unit, part } = channel
    const found = pointTo(answer, at)
    if (found === undefined || found === null) return []
    const value =
      typeof found === "number" ? numberToDecimal(found) : typeof found === "string" ? toDecimal(found) : null
    if (value === null) throw new SourceError(id, "malformed", `${at}: not a number`)
    const common = { surface: "http", timeMs, ...placeOf(channel, feed), ...(part !== undefined && { part }) }
    return [{ sensor: name, quantity, unit, value: inUnit(value, channel), ...common }]
  })
  const names = feed.channels.map(({ name }) => name)
  return requireEach(id, names, values)
}

const readTime = (id: string, answer: unknown, { time }: Feed): number => {
  if (!time) return Date.now()
  const found = pointTo(answer, time.at)
  const timeMs = typeof found === "string" || typeof found === "number" ? parseTime(String(found), time.format) : null
  if (timeMs === null) throw new SourceError(id, "malformed", `${time.at}: not a time`)
  return timeMs
}
