import { html, svg, type TemplateResult } from "lit-html"
import { day, LAST_SECOND } from "../words.ts"
import { cut, drawingWidth, scale } from "./axis.ts"

/** A moment, or with `to` a stretch, on a line of its own. Unix seconds. */
export type Mark = {
  readonly name: string
  readonly from: number
  readonly to?: number
  /** It goes on: its end is only how far this drawing looks. */
  readonly isOpen?: boolean
  readonly kind: "told" | "void" | "event" | "silent"
  readonly href?: string
}

const ROW = 42
const TOP = 26
const DAY = 86_400
/** Half a date, so that the outer ones are not cut off. */
const SIDE = 40
/** Days of a step between two dates, until it is of months. */
const STEPS = [1, 2, 7, 14]

const monthOf = (time: number) => {
  const date = new Date(time * 1000)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}
const startOf = (month: number) => Date.UTC(Math.floor(month / 12), month % 12) / 1000

/** Midnights at which an axis is marked: so many at most, whole days apart, or beginnings of months. */
export function dates(lo: number, hi: number, most: number): readonly number[] {
  const days = STEPS.find((step) => (hi - lo) / DAY / step <= most)
  if (days !== undefined) {
    const first = Math.ceil(lo / DAY) * DAY
    return Array.from(
      { length: Math.max(0, Math.floor((hi - first) / (days * DAY)) + 1) },
      (_, i) => first + i * days * DAY,
    )
  }
  const [first, last] = [monthOf(lo - 1) + 1, monthOf(hi)]
  const step = Math.max(1, Math.ceil((last - first + 1) / most))
  return Array.from({ length: Math.max(0, Math.floor((last - first) / step) + 1) }, (_, i) => startOf(first + i * step))
}

/** What happened when, one line a mark, in the order given. */
export function timeline(given: readonly Mark[], now: number): TemplateResult {
  const marks = given.map((mark) => ({
    ...mark,
    from: Math.min(mark.from, LAST_SECOND),
    ...(mark.to !== undefined && { to: Math.min(mark.to, LAST_SECOND) }),
  }))
  const { width } = drawingWidth()
  const hi = Math.max(...marks.map(({ from, to = from }) => Math.max(from, to)), now)
  const least = Math.min(...marks.map(({ from }) => from), now - 2 * DAY)
  // some room before the first mark, so that a beginning looks like one
  const lo = least - (hi - least) * 0.04
  const along = scale(lo, hi, width - 2 * SIDE)
  const x = (time: number) => SIDE + along(time)
  const height = TOP + marks.length * ROW + 4
  return html`<figure class="drawing"><svg viewBox="0 0 ${width} ${height}" role="group" aria-label=${`${marks.length} events from ${day(least)} to ${day(hi)}`}>
    ${dates(lo, hi, width < 560 ? 3 : 7).map((time) => svg`<g transform="translate(${x(time)} 0)"><line class="grid" y1=${TOP - 8} y2=${height} /><text class="tick" y="12" text-anchor="middle">${day(time)}</text></g>`)}
    ${marks.map((mark, i) => drawn(mark, TOP + i * ROW, { x, width }))}
  </svg></figure>`
}

function whenOf({ from, to, isOpen = false }: Mark): string {
  if (to === undefined) return day(from)
  return isOpen ? `since ${day(from)}` : `${day(from)} to ${day(to)}`
}

function drawn(mark: Mark, y: number, { x, width }: { readonly x: (time: number) => number; readonly width: number }) {
  const { name, from, to, kind, href } = mark
  const [at, when] = [x(from), whenOf(mark)]
  const shape =
    to === undefined
      ? svg`<circle class="mark ${kind}" cx=${at} cy=${y + 26} r="5" />`
      : svg`<rect class="mark ${kind}" x=${at} y=${y + 21} width=${Math.max(4, x(to) - at)} height="10" rx="2" />`
  const content = svg`<text class="name" x="2" y=${y + 13}>${cut(name, width - when.length * 8 - 24)}</text>
    <text class="said" x=${width - 2} y=${y + 13} text-anchor="end">${when}</text>${shape}<title>${name}: ${when}</title>`
  return href === undefined ? svg`<g>${content}</g>` : svg`<a href=${href}>${content}</a>`
}
