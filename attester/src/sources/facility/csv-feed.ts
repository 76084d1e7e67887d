import { open } from "node:fs/promises"
import { requireEach } from "../complete.ts"
import { toDecimal } from "../decimal.ts"
import { splitCsvLine } from "../net/csv.ts"
import type { Options } from "../options.ts"
import { type SensorValue, type Source, SourceError } from "../source.ts"
import { checkAge, type Feed, feedFromOptions, inUnit, parseTime, placeOf } from "./channels.ts"

const HEAD_BYTES = 16 * 1024
const TAIL_BYTES = 256 * 1024

/** `file`, and the feed with a `time` column. */
export const csvFromOptions = (id: string, periodMs: number, options: Options): Source =>
  createCsvFeed(id, periodMs, options.text("file"), feedFromOptions(options, true))

/**
 * A growing CSV file: a facility meter's log, or a table of carbon or water intensities. What counts is the newest
 * row whose time has come, so a forecast's later rows wait for theirs. A last line without its end is still being
 * written and is left for the next reading.
 */
export const createCsvFeed = (id: string, periodMs: number, file: string, feed: Feed): Source => ({
  id,
  periodMs,
  close: async () => {},
  read: async () => {
    const { header, lines } = await readEnds(id, file)
    const row = newestRow(id, header, lines, feed)
    checkAge(id, row.timeMs, feed.maxAgeMs)
    const values = feed.channels.flatMap((channel): SensorValue[] => {
      const { at, name, quantity, unit, part } = channel
      const cell = row.cells.get(at)
      if (cell === undefined) throw new SourceError(id, "malformed", `${file} has no column ${at}`)
      if (cell === "") return []
      const value = toDecimal(cell)
      if (value === null) throw new SourceError(id, "malformed", `column ${at}: not a number: ${cell.slice(0, 40)}`)
      const common = {
        surface: "csv",
        timeMs: row.timeMs,
        ...placeOf(channel, feed),
        ...(part !== undefined && { part }),
      }
      return [{ sensor: name, quantity, unit, value: inUnit(value, channel), ...common }]
    })
    const names = feed.channels.map(({ name }) => name)
    return requireEach(id, names, values)
  },
})

/** The header and the last complete lines; a file of years is not read whole. */
const readEnds = async (id: string, file: string): Promise<{ header: string[]; lines: string[] }> => {
  await using handle = await open(file, "r")
  const { size } = await handle.stat()
  const slice = async (position: number, length: number) => {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, position)
    return buffer.toString("utf8", 0, bytesRead)
  }
  const [first = "", ...more] = (await slice(0, Math.min(size, HEAD_BYTES))).split("\n")
  const header = more.length > 0 ? splitCsvLine(first.replace(/^\uFEFF/, "").trimEnd()) : null
  if (!header) throw new SourceError(id, "malformed", `${file} has no header line`)
  // Names of columns hold more than ASCII, such as gCO₂eq/kWh: the rows begin after bytes, not characters.
  const rowsAt = Buffer.byteLength(first) + 1
  const start = Math.max(rowsAt, size - TAIL_BYTES)
  const lines = (await slice(start, size - start)).split("\n").slice(0, -1)
  const whole = start === rowsAt ? lines : lines.slice(1)
  return { header, lines: whole.map((line) => line.trimEnd()).filter((line) => line !== "") }
}

const notATime = (text: string | undefined, time: Feed["time"]): string => {
  if (text === undefined) return `not a time: no column ${time?.at}`
  const hint = time?.format === "iso" ? '; a time without a zone needs "format": "utc", where it is UTC' : ""
  return `not a time: ${text.slice(0, 40)}${hint}`
}

type Row = { readonly timeMs: number; readonly cells: ReadonlyMap<string, string> }

/** The last row whose time is not in the future. */
const newestRow = (id: string, header: readonly string[], lines: readonly string[], { time }: Feed): Row => {
  const now = Date.now()
  for (const line of lines.toReversed()) {
    const fields = splitCsvLine(line)
    if (fields?.length !== header.length)
      throw new SourceError(id, "malformed", `not a row of this table: ${line.slice(0, 80)}`)
    const cells = new Map(header.map((name, index) => [name, fields[index] ?? ""]))
    const text = time && cells.get(time.at)
    const timeMs = time && text !== undefined ? parseTime(text, time.format) : null
    if (timeMs === null) throw new SourceError(id, "malformed", notATime(text, time))
    if (timeMs <= now) return { timeMs, cells }
  }
  throw new SourceError(id, "stale", "the file has no row for now")
}
