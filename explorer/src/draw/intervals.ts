import { html, svg, type TemplateResult } from "lit-html"
import { cut, drawingWidth, scale, ticks } from "./axis.ts"

/** A number between two bounds, in one unit for all of a drawing. `hi` null: no upper bound; `lo` equal to `hi`: a point. */
export type Interval = {
  readonly name: string
  readonly lo: number
  readonly hi: number | null
  /** proved: on the chain. stated: somebody's published number, which nobody checked. */
  readonly kind: "proved" | "stated"
  readonly href?: string
  readonly isThis?: boolean
  /** Source of what is stated. */
  readonly note?: string
}

const ROW = 46
const TOP = 26
const RIGHT = 18
const LEFT = 2
const BAR = 14

/** Where a drawing's values lie, and how they are said. */
type Plan = {
  readonly x: (value: number) => number
  readonly width: number
  readonly say: (value: number) => string
}

/** Intervals above each other on one axis from zero: what was proved, and, hollow, what was only stated. */
export function intervals(items: readonly Interval[], unit: string, say: (value: number) => string): TemplateResult {
  const { width } = drawingWidth()
  const most = Math.max(...items.flatMap(({ lo, hi }) => [lo, hi ?? lo * 1.1]), 0) * 1.05 || 1
  const along = scale(0, most, width - LEFT - RIGHT)
  const plan: Plan = { x: (value) => LEFT + along(value), width, say }
  const height = TOP + items.length * ROW + 4
  return html`<figure class="drawing">
    <svg viewBox="0 0 ${width} ${height}" role="group" aria-label=${`${items.length} numbers in ${unit}`}>
      ${ticks(0, most, width < 560 ? 3 : 6).map((value) => svg`<g transform="translate(${plan.x(value)} 0)"><line class="grid" y1=${TOP - 8} y2=${height} /><text class="tick" y="12" text-anchor=${value === 0 ? "start" : "middle"}>${say(value)}</text></g>`)}
      ${items.map((item, i) => row(item, TOP + i * ROW, plan))}
    </svg>
    <figcaption>In ${unit}. Filled: proved on the chain, the number lies within. Hollow: published by somebody, and checked by nobody.</figcaption>
  </figure>`
}

export const saidOf = ({ lo, hi }: Pick<Interval, "lo" | "hi">, say: (value: number) => string): string => {
  if (hi === null) return `at least ${say(lo)}`
  if (lo === hi) return say(hi)
  return lo === 0 ? `at most ${say(hi)}` : `${say(lo)} to ${say(hi)}`
}

function row(item: Interval, y: number, { x, width, say }: Plan) {
  const { name, lo, hi, kind, href, isThis = false, note } = item
  const said = saidOf(item, say)
  const room = width - RIGHT - said.length * 8 - 24
  const content = svg`<text class="name ${isThis ? "this" : ""}" x=${LEFT} y=${y + 13}>${cut(name, room)}</text>
    <text class="said ${isThis ? "this" : ""}" x=${width - RIGHT} y=${y + 13} text-anchor="end">${said}</text>
    ${bar(x(lo), hi === null ? null : x(hi), { y: y + 20, kind, end: width - RIGHT })}
    <title>${name}: ${said}${note === undefined ? "" : ` (${note})`}</title>`
  return href === undefined ? svg`<g>${content}</g>` : svg`<a href=${href}>${content}</a>`
}

type Bar = { readonly y: number; readonly kind: Interval["kind"]; readonly end: number }

/** What has no upper bound ends in an arrow; what is too narrow for a bar is a point. */
function bar(from: number, to: number | null, { y, kind, end }: Bar) {
  if (to === null)
    return svg`<path class="span ${kind}" d="M${from} ${y}H${end}l${RIGHT - 4} ${BAR / 2}l${4 - RIGHT} ${BAR / 2}H${from}z" />`
  if (to - from < 4) return svg`<circle class="point ${kind}" cx=${to} cy=${y + BAR / 2} r="5" />`
  return svg`<rect class="span ${kind}" x=${from} y=${y} width=${to - from} height=${BAR} rx="2" />`
}
