import type { ReportCurve } from "../model.ts"
import { formatDuration, formatNumber } from "../numbers.ts"
import { html, type Markup } from "../page/markup.ts"

const WIDTH = 720
const LEFT = 64
const RIGHT = 14
const TOP = 42

/** Heights of the drawing and of its plot, in units of the view box. */
const POWER = { height: 306, plot: 206 }
const SHARE = { height: 186, plot: 86 }

type Point = {
  readonly startMs: number
  readonly endMs: number
  readonly value: number | null
  /** What is drawn on either side of the value, in its own unit; null for nothing. */
  readonly spread: number | null
}

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
  const seconds = TIME_STEPS.find((step) => rangeMs / 1000 / step <= 6) ?? niceStep(rangeMs / 1000, 6)
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

type Known = Point & { readonly value: number }

/** Stretches without a hole. */
function stretches(points: readonly Point[]): readonly (readonly Known[])[] {
  const all: Known[][] = [[]]
  for (const point of points) {
    const { value } = point
    if (value === null) all.push([])
    else all.at(-1)?.push({ ...point, value })
  }
  return all.filter((stretch) => stretch.length > 0)
}

/** A stretch as steps: a mean holds from one capture to the next. */
function stroke(stretch: readonly Known[], { x, y }: Axes): string {
  const steps = stretch.map(({ startMs, endMs, value }) => `${at(x(startMs))} ${at(y(value))}H${at(x(endMs))}`)
  return `M${steps.join("L")}`
}

/** What is drawn on either side of each mean: along the upper ends, and back along the lower. */
function band(stretch: readonly Known[], { x, y }: Axes): string {
  const upper = stretch.map(
    ({ startMs, endMs, value, spread }) => `${at(x(startMs))} ${at(y(value + (spread ?? 0)))}H${at(x(endMs))}`,
  )
  const lower = stretch
    .toReversed()
    .map(
      ({ startMs, endMs, value, spread }) =>
        `${at(x(endMs))} ${at(y(Math.max(0, value - (spread ?? 0))))}H${at(x(startMs))}`,
    )
  return `M${[...upper, ...lower].join("L")}Z`
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
      html`<line class="axis" x1="${at(axes.x(start + ms))}" x2="${at(axes.x(start + ms))}" y1="${axes.bottom}" y2="${axes.bottom + 5}"/><text class="tick" x="${at(axes.x(start + ms))}" y="${axes.bottom + 24}" text-anchor="middle">${formatDuration(ms / 1000)}</text>`,
  )}<text class="label" x="${WIDTH - RIGHT}" y="${axes.bottom + 50}" text-anchor="end">Time since the run began</text>`
}

type Plot = {
  readonly points: readonly Point[]
  readonly size: typeof POWER
  readonly top: number
  readonly step: number
  readonly label: (value: number) => string
  readonly kind: "power" | "share"
  /** What the vertical axis counts, and in which unit. */
  readonly axis: string
  readonly title: string
}

function plot({ points, size, top, step, label, kind, axis, title }: Plot): Markup {
  const axes = axesOf(points, top, size.plot)
  const known = stretches(points)
  const bands = known.filter((stretch) => stretch.some(({ spread }) => spread !== null))
  return html`<svg class="chart ${kind}" viewBox="0 0 ${WIDTH} ${size.height}" role="img" aria-label="${title}">
<title>${title}</title>
${grid(axes, ticks(0, top, step), label)}
<text class="label" x="0" y="12">${axis}</text>
${bands.map((stretch) => html`<path class="band" d="${band(stretch, axes)}"/>`)}
${known.map((stretch) => html`<path class="line" d="${stroke(stretch, axes)}"/>`)}
<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${axes.bottom}" y2="${axes.bottom}"/>
${timeAxis(points, axes)}
</svg>`
}

const KILO = 1000

/** Power between captures over the time of the run with its uncertainty, watts or kilowatts. */
export function powerChart({ run, intervals }: ReportCurve): Markup {
  const points = intervals.map(({ startMs, endMs, powerWatts: value, uncertaintyWatts: spread }) => ({
    ...{ startMs, endMs, value, spread },
  }))
  const peak = points.reduce((most, { value }) => Math.max(most, value ?? 0), 0)
  const highest = points.reduce((most, { value, spread }) => Math.max(most, (value ?? 0) + (spread ?? 0)), 0)
  const step = niceStep(highest || 1, 4)
  const top = Math.max(step, Math.ceil(highest / step) * step)
  const [size, unit] = top >= 10 * KILO ? [KILO, "kW"] : [1, "W"]
  const label = (watts: number) => formatNumber(watts / size)
  const title = `Power of run ${run} over time, up to ${formatNumber(peak)} watts between two captures`
  return plot({ points, size: POWER, top, step, label, kind: "power", axis: `Power, ${unit}`, title })
}

/** Utilisation over the same time, or null where no capture measured it. */
export function utilisationChart({ run, intervals }: ReportCurve): Markup | null {
  const points = intervals.map(({ startMs, endMs, utilisation: value }) => ({ startMs, endMs, value, spread: null }))
  if (points.every(({ value }) => value === null)) return null
  const label = (share: number) => String(Math.round(share * 100))
  const title = `Utilisation of run ${run} over time: SM occupancy between two captures`
  return plot({ points, size: SHARE, top: 1, step: 0.5, label, kind: "share", axis: "SM occupancy, %", title })
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
