import { html, svg, type TemplateResult } from "lit-html"
import { drawingWidth, scale, ticks } from "./axis.ts"

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

const ROW = 34
const TOP = 26
const RIGHT = 30

/** Where a drawing's values lie, and how they are said. */
type Plan = {
  readonly x: (value: number) => number
  readonly width: number
  readonly names: number
  readonly say: (value: number) => string
}

/** Intervals above each other on one axis from zero: what was proved, and, hollow, what was only stated. */
export function intervals(items: readonly Interval[], unit: string, say: (value: number) => string): TemplateResult {
  const { width, names } = drawingWidth()
  const most = Math.max(...items.flatMap(({ lo, hi }) => [lo, hi ?? lo]), 0) * 1.08 || 1
  const along = scale(0, most, width - names - RIGHT)
  const plan: Plan = { x: (value) => names + along(value), width, names, say }
  const height = TOP + items.length * ROW + 8
  return html`<figure class="drawing">
    <svg viewBox="0 0 ${width} ${height}" role="group" aria-label=${`${items.length} numbers in ${unit}`}>
      ${ticks(0, most, width < 560 ? 3 : 5).map((value) => svg`<g transform="translate(${plan.x(value)} 0)"><line class="grid" y1=${TOP - 6} y2=${height} /><text class="tick" y="12" text-anchor="middle">${say(value)}</text></g>`)}
      ${items.map((item, i) => row(item, TOP + i * ROW, plan))}
    </svg>
    <figcaption>${unit}. Filled: proved on the chain. Hollow: published by somebody, and checked by nobody.</figcaption>
  </figure>`
}

function row(item: Interval, y: number, { x, width, names, say }: Plan) {
  const { name, lo, hi, kind, href, isThis = false, note } = item
  const from = x(lo)
  const to = hi === null ? width - RIGHT : x(hi)
  const drawn =
    to - from < 4
      ? svg`<circle class="point ${kind}" cx=${to} cy=${y + 12} r="5" />`
      : svg`<rect class="span ${kind}" x=${from} y=${y + 5} width=${to - from} height="14" rx="3" />`
  const said = hi === null ? `at least ${say(lo)}` : lo === hi ? say(hi) : `${say(lo)} to ${say(hi)}`
  const shown = svg`<text class="name ${isThis ? "this" : ""}" x="0" y=${y + 16}>${cut(name, names)}</text>${drawn}<title>${name}: ${said}${note === undefined ? "" : ` (${note})`}</title>`
  return href === undefined ? svg`<g>${shown}</g>` : svg`<a href=${href}>${shown}</a>`
}

/** What fits beside a drawing: a sign takes some seven pixels. */
export const cut = (name: string, pixels: number): string => {
  const most = Math.floor(pixels / 7)
  return name.length > most ? `${name.slice(0, most - 1)}…` : name
}
