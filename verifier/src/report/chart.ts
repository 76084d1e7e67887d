import { html, type Markup } from "./markup.ts"
import type { ReportCurve, ReportInterval } from "./model.ts"
import { formatDuration, formatNumber } from "./numbers.ts"

const WIDTH = 960
const LEFT = 64
const RIGHT = 12
const TOP = 16

/** Heights of the drawing and of its plot, in units of the view box. */
const POWER = { height: 300, plot: 250 }
const SHARE = { height: 150, plot: 104 }

type Point = { readonly startMs: number; readonly endMs: number; readonly value: number | null }

type Axes = {
  readonly x: (ms: number) => number
  readonly y: (value: number) => number
  readonly bottom: number
}

/** A round step that gives about `count` ticks: 1, 2 or 5 times a power of ten. */
export function niceStep(range: number, count: number): number {
  const raw = Math.max(range, 1e-9) / count
  const power = 10 ** Math.floor(Math.log10(raw))
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= raw) ?? 10
  return factor * power
}

const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400]

function timeStepMs(rangeMs: number): number {
  const seconds = TIME_STEPS.find((step) => rangeMs / 1000 / step <= 8) ?? niceStep(rangeMs / 1000, 6)
  return seconds * 1000
}

function ticks(lo: number, hi: number, step: number): readonly number[] {
  return Array.from({ length: Math.floor((hi - lo) / step + 1e-9) + 1 }, (_, i) => lo + i * step)
}

function axesOf(points: readonly Point[], top: number, plot: number): Axes {
  const start = points[0]?.startMs ?? 0
  const end = points.at(-1)?.endMs ?? 1
  const span = Math.max(1, end - start)
  return {
    x: (ms) => LEFT + ((ms - start) / span) * (WIDTH - LEFT - RIGHT),
    y: (value) => TOP + plot - (value / top) * plot,
    bottom: TOP + plot,
  }
}

const at = (value: number) => value.toFixed(1)

/** Stretches without a hole, each as one line: a mean holds from one capture to the next. */
function strokes(points: readonly Point[], { x, y }: Axes): readonly string[] {
  const lines: string[] = []
  let line = ""
  for (const { startMs, endMs, value } of points) {
    if (value === null) {
      if (line !== "") lines.push(line)
      line = ""
      continue
    }
    const level = at(y(value))
    line += `${line === "" ? "M" : "L"}${at(x(startMs))} ${level}H${at(x(endMs))}`
  }
  return line === "" ? lines : [...lines, line]
}

/** The line closed down to the axis. */
function area(line: string, bottom: number): string {
  const first = line.slice(1, line.indexOf(" "))
  return `${line}V${at(bottom)}H${first}Z`
}

function grid(axes: Axes, values: readonly number[], label: (value: number) => string): Markup {
  return html`${values.map(
    (
      value,
    ) => html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(axes.y(value))}" y2="${at(axes.y(value))}"/>
<text class="tick" x="${LEFT - 10}" y="${at(axes.y(value) + 4)}" text-anchor="end">${label(value)}</text>`,
  )}`
}

function timeAxis(points: readonly Point[], axes: Axes): Markup {
  const start = points[0]?.startMs ?? 0
  const range = (points.at(-1)?.endMs ?? start) - start
  return html`${ticks(0, range, timeStepMs(range)).map(
    (ms) =>
      html`<text class="tick" x="${at(axes.x(start + ms))}" y="${axes.bottom + 22}" text-anchor="middle">${formatDuration(ms / 1000)}</text>`,
  )}`
}

type Plot = {
  readonly points: readonly Point[]
  readonly size: typeof POWER
  readonly top: number
  readonly step: number
  readonly label: (value: number) => string
  readonly kind: "power" | "share"
  readonly title: string
}

function plot({ points, size, top, step, label, kind, title }: Plot): Markup {
  const axes = axesOf(points, top, size.plot)
  const lines = strokes(points, axes)
  return html`<svg class="chart ${kind}" viewBox="0 0 ${WIDTH} ${size.height}" role="img" aria-label="${title}">
<title>${title}</title>
${grid(axes, ticks(0, top, step), label)}
${lines.map((line) => html`<path class="area" d="${area(line, axes.bottom)}"/><path class="line" d="${line}"/>`)}
<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${axes.bottom}" y2="${axes.bottom}"/>
${timeAxis(points, axes)}
</svg>`
}

const pointsOf = (intervals: readonly ReportInterval[], value: (interval: ReportInterval) => number | null) =>
  intervals.map((interval) => ({ startMs: interval.startMs, endMs: interval.endMs, value: value(interval) }))

/** Power between captures over the time of the run, watts. */
export function powerChart({ run, intervals }: ReportCurve): Markup {
  const points = pointsOf(intervals, ({ powerWatts }) => powerWatts)
  const peak = points.reduce((most, { value }) => Math.max(most, value ?? 0), 0)
  const step = niceStep(peak || 1, 5)
  const top = Math.max(step, Math.ceil(peak / step) * step)
  const label = (watts: number) => `${formatNumber(watts)} W`
  const title = `Power of run ${run} over time, up to ${formatNumber(peak)} watts between two captures`
  return plot({ points, size: POWER, top, step, label, kind: "power", title })
}

/** Utilisation over the same time, or null where no capture measured it. */
export function utilisationChart({ run, intervals }: ReportCurve): Markup | null {
  const points = pointsOf(intervals, ({ utilisation }) => utilisation)
  if (points.every(({ value }) => value === null)) return null
  const label = (share: number) => `${Math.round(share * 100)} %`
  const title = `Utilisation of run ${run} over time: SM occupancy between two captures`
  return plot({ points, size: SHARE, top: 1, step: 0.5, label, kind: "share", title })
}

/** Shares of a whole as one bar. */
export function stackedBar(parts: readonly { readonly name: string; readonly value: number }[], title: string): Markup {
  const sum = parts.reduce((total, { value }) => total + value, 0)
  let left = 0
  const bars = parts.map(({ name, value }) => {
    const width = sum === 0 ? 0 : (value / sum) * WIDTH
    const bar = html`<rect class="phase-${name}" x="${at(left)}" y="0" width="${at(Math.max(0, width - 2))}" height="20"><title>${name}</title></rect>`
    left += width
    return bar
  })
  return html`<svg class="bar" viewBox="0 0 ${WIDTH} 20" preserveAspectRatio="none" role="img" aria-label="${title}">${bars}</svg>`
}
