import { html, type TemplateResult } from "lit-html"
import { ref } from "lit-html/directives/ref.js"
import type { DayTotal } from "../books/books.ts"
import { day, dayOfYear, plural, whole } from "../words.ts"

const HEIGHT = 180
const DAY = 86_400

/** Every day from the first to the last, those on which nothing was anchored as 0. */
export function everyDay(totals: readonly DayTotal[]): readonly DayTotal[] {
  const byDay = new Map(totals.map((total) => [total.period, total]))
  const [first, last] = [Math.min(...byDay.keys()), Math.max(...byDay.keys())]
  return Array.from({ length: (last - first) / DAY + 1 }, (_, i) => {
    const period = first + i * DAY
    return byDay.get(period) ?? { period, runs: 0, voids: 0 }
  })
}

/** Anchored runs by day. Drawn once its place is on the page and has a width; what it shows is also said. */
export function series(totals: readonly DayTotal[]): TemplateResult {
  const days = everyDay(totals)
  const runs = days.reduce((sum, total) => sum + total.runs, 0)
  const draw = (place: Element | undefined) => {
    if (place instanceof HTMLElement) requestAnimationFrame(() => void plot(place, days))
  }
  return html`<figure class="drawing"><div class="series" role="img" aria-label=${`${plural(runs, "run")} anchored on ${plural(days.length, "day")}`} ${ref(draw)}></div>
    <figcaption>Runs by the day up to which they were told, ${day(days[0]?.period ?? 0)} to ${day(days.at(-1)?.period ?? 0)}: ${whole(runs)} in these ${plural(days.length, "day")}. Drag to look closer.</figcaption></figure>`
}

async function plot(place: HTMLElement, days: readonly DayTotal[]): Promise<void> {
  const { default: Plot } = await import("uplot")
  const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } }
  place.replaceChildren()
  const bars = Plot.paths.bars?.({ size: [0.7, 24], gap: 1 })
  const dates = (_plot: unknown, splits: readonly number[]) => splits.map((time) => dayOfYear(time))
  new Plot(
    {
      ...{
        width: place.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        tzDate: (seconds) => Plot.tzDate(new Date(seconds * 1000), "UTC"),
      },
      series: [
        {},
        {
          label: "runs",
          fill: colour("--accent-soft"),
          ...(bars !== undefined && { paths: bars }),
          points: { show: false },
        },
      ],
      axes: [
        { ...axis, values: dates },
        { ...axis, size: 56 },
      ],
      scales: { y: { range: (_plot, _lo, hi) => [0, Math.max(1, hi * 1.1)] } },
    },
    [days.map(({ period }) => period), days.map(({ runs }) => runs)],
    place,
  )
}
