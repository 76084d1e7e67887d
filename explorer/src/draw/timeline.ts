import { html, svg, type TemplateResult } from "lit-html"
import { day } from "../words.ts"
import { drawingWidth, scale } from "./axis.ts"
import { cut } from "./intervals.ts"

/** A moment, or with `to` a stretch, on a line of its own. Unix seconds. */
export type Mark = {
  readonly name: string
  readonly from: number
  readonly to?: number
  readonly kind: "told" | "void" | "event" | "silent"
  readonly href?: string
}

const ROW = 28
const TOP = 26
const DAY = 86_400
/** Half a date, so that the last one is not cut off. */
const RIGHT = 44

/** Days at which an axis is marked: so many at most, whole days apart. */
function dates(lo: number, hi: number, most: number): readonly number[] {
  const step = Math.max(1, Math.ceil((hi - lo) / DAY / most)) * DAY
  const first = Math.ceil(lo / DAY) * DAY
  return Array.from({ length: Math.max(0, Math.floor((hi - first) / step) + 1) }, (_, i) => first + i * step)
}

/** What happened when, one line a mark, oldest on top. */
export function timeline(marks: readonly Mark[], now: number): TemplateResult {
  const { width, names } = drawingWidth()
  const lo = Math.min(...marks.map(({ from }) => from), now - 2 * DAY)
  const hi = Math.max(...marks.map(({ from, to = from }) => Math.max(from, to)), now)
  const along = scale(lo, hi, width - names - RIGHT)
  const x = (time: number) => names + along(time)
  const height = TOP + marks.length * ROW + 6
  return html`<figure class="drawing"><svg viewBox="0 0 ${width} ${height}" role="group" aria-label=${`${marks.length} events from ${day(lo)} to ${day(hi)}`}>
    ${dates(lo, hi, width < 560 ? 2 : 6).map((time) => svg`<g transform="translate(${x(time)} 0)"><line class="grid" y1=${TOP - 6} y2=${height} /><text class="tick" y="12" text-anchor="middle">${day(time)}</text></g>`)}
    ${marks.map((mark, i) => drawn(mark, TOP + i * ROW, { x, names }))}
  </svg></figure>`
}

function drawn(
  { name, from, to, kind, href }: Mark,
  y: number,
  { x, names }: { readonly x: (time: number) => number; readonly names: number },
) {
  const at = x(from)
  const shape =
    to === undefined
      ? svg`<circle class="mark ${kind}" cx=${at} cy=${y + 10} r="5" />`
      : svg`<rect class="mark ${kind}" x=${at} y=${y + 5} width=${Math.max(4, x(to) - at)} height="10" rx="3" />`
  const content = svg`<text class="name" x="0" y=${y + 14}>${cut(name, names)}</text>${shape}<title>${name}: ${day(from)}${to === undefined ? "" : ` to ${day(to)}`}</title>`
  return href === undefined ? svg`<g>${content}</g>` : svg`<a href=${href}>${content}</a>`
}
