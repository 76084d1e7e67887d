import { HintedError } from "@wattest/command"
import { parseInstant } from "../time-zone.ts"
import { LineError, type LocalTime } from "../trace.ts"
import { type Coverage, lackOf, type Series } from "./coverage.ts"

/** The window and the traces do not fit; `hint` says what to do. */
export class WindowError extends HintedError {
  override readonly name = "WindowError"
}

export type Window = { readonly startMs: number; readonly endMs: number }

/** What the caller says of the window: its ends as text, and what to do where readings do not reach them. */
export type WindowChoice = { readonly from?: string; readonly to?: string; readonly coverage?: Coverage }

const iso = (timeMs: number) => new Date(timeMs).toISOString()

/** An end of a window in epoch milliseconds. Throws {@link WindowError}. */
export function instantOf(text: string, which: "start" | "end", localTime: (local: LocalTime) => number): number {
  try {
    const timeMs = parseInstant(text, localTime)
    if (timeMs < 2 ** 48) return timeMs
    throw new LineError(`${text} is no time of a run`)
  } catch (error) {
    if (!(error instanceof LineError)) throw error
    const hint = error.hint ?? "write epoch ms, 2026-01-05T09:00:00Z, or a local time with --time-zone"
    throw new WindowError(`the window's ${which}: ${error.message}`, hint)
  }
}

/** Boards of one log are read one after another: their ends differ by less than a period. */
function edgesOf(series: readonly Series[]): Window {
  const edge = (times: readonly number[], outer: number, inner: number) =>
    times.every((timeMs, i) => Math.abs(timeMs - outer) <= (series[i]?.periodMs ?? 0)) ? outer : inner
  const firsts = series.map(({ firstMs }) => firstMs)
  const lasts = series.map(({ lastMs }) => lastMs)
  return {
    startMs: edge(firsts, Math.min(...firsts), Math.max(...firsts)),
    endMs: edge(lasts, Math.max(...lasts), Math.min(...lasts)),
  }
}

/**
 * The window of several traces: as the caller says, else the time that all of them cover, or with `clip` the time that
 * any does. Throws {@link WindowError} where readings do not reach an end that the caller named.
 */
export function windowOf(
  traces: readonly (readonly Series[])[],
  { from, to, coverage }: WindowChoice,
  localTime: (local: LocalTime) => number,
): Window {
  const all = traces.flat()
  const firstMs = Math.min(...all.map(({ firstMs }) => firstMs))
  const lastMs = Math.max(...all.map(({ lastMs }) => lastMs))
  const edges = traces.map(edgesOf)
  const clip = coverage === "clip"
  const start = clip ? firstMs : Math.max(...edges.map(({ startMs }) => startMs))
  const end = clip ? lastMs : Math.min(...edges.map(({ endMs }) => endMs))
  const asked = {
    startMs: from === undefined ? start : instantOf(from, "start", localTime),
    endMs: to === undefined ? end : instantOf(to, "end", localTime),
  }
  const window = clip ? { startMs: Math.max(asked.startMs, firstMs), endMs: Math.min(asked.endMs, lastMs) } : asked
  if (window.startMs >= window.endMs)
    throw new WindowError(
      `the window ${iso(asked.startMs)} to ${iso(asked.endMs)} holds nothing of the traces' ${iso(firstMs)} to ${iso(lastMs)}`,
      "give --from and --to within the traces; move a log on another clock by --shift",
    )
  for (const series of all) assertWithin(series, window)
  if (coverage === undefined) assertReached(all, window, { start: from !== undefined, end: to !== undefined })
  return window
}

function assertWithin({ readings, file, entry }: Series, { startMs, endMs }: Window): void {
  if (readings.some(({ timeMs }) => timeMs >= startMs && timeMs <= endMs)) return
  // A window between two readings is still measured on both sides.
  const [first, last] = [readings[0]?.timeMs ?? endMs, readings.at(-1)?.timeMs ?? startMs]
  if (first < startMs && last > endMs) return
  throw new WindowError(
    `${file}: ${entry.sensor} has no reading between ${iso(startMs)} and ${iso(endMs)}`,
    "give --from and --to within its readings; move a log on another clock by --shift; or leave the file out",
  )
}

function assertReached(all: readonly Series[], window: Window, named: { start: boolean; end: boolean }): void {
  const short = all.filter((series) => {
    const { before, after } = lackOf(series, window.startMs, window.endMs)
    return before > (named.start ? 0 : series.periodMs) || after > (named.end ? 0 : series.periodMs)
  })
  const [first] = short
  if (first === undefined) return
  const { file, entry, firstMs, lastMs } = first
  const more = short.length > 1 ? `, and ${short.length - 1} sensors more` : ""
  throw new WindowError(
    `the window ${iso(window.startMs)} to ${iso(window.endMs)} does not lie within the readings of ${file} ` +
      `(${entry.sensor}: ${iso(firstMs)} to ${iso(lastMs)})${more}`,
    "count what the readings cover by --clip, hold the first and last value as an estimate by --hold, or give --from and --to within them",
  )
}
