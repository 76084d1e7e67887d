import { html, svg, type TemplateResult } from "lit-html"
import { day } from "../words.ts"
import { scale, ticks } from "./axis.ts"

/** A moment, or with `to` a stretch, on a line of its own. Unix seconds. */
export type Mark = { readonly name: string; readonly from: number; readonly to?: number; readonly kind: "told" | "void" | "event"; readonly href?: string }

const WIDTH = 720
const NAMES = 210
const ROW = 28
const TOP = 26

/** What happened when, one line a mark, oldest on top. */
export function timeline(marks: readonly Mark[], now: number): TemplateResult {
  const lo = Math.min(...marks.map(({ from }) => from), now - 86_400)
  const x = scale(lo, now, WIDTH - NAMES - 14)
  const height = TOP + marks.length * ROW + 6
  return html`<figure class="drawing"><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label=${`${marks.length} events from ${day(lo)} to ${day(now)}`}>
    ${ticks(lo, now, 4).map((time) => svg`<g transform="translate(${NAMES + x(time)} 0)"><line class="grid" y1=${TOP - 6} y2=${height} /><text class="tick" y="12" text-anchor="middle">${day(time)}</text></g>`)}
    ${marks.map((mark, i) => drawn(mark, TOP + i * ROW, x))}
  </svg></figure>`
}

function drawn({ name, from, to, kind, href }: Mark, y: number, x: (time: number) => number) {
  const at = NAMES + x(from)
  const shape = to === undefined ? svg`<circle class="mark ${kind}" cx=${at} cy=${y + 10} r="5" />` : svg`<rect class="mark ${kind}" x=${at} y=${y + 5} width=${Math.max(3, NAMES + x(to) - at)} height="10" rx="3" />`
  const content = svg`<text class="name" x="0" y=${y + 14}>${name.length > 30 ? `${name.slice(0, 29)}…` : name}</text>${shape}<title>${name}: ${day(from)}${to === undefined ? "" : ` to ${day(to)}`}</title>`
  return href === undefined ? svg`<g>${content}</g>` : svg`<a href=${href}>${content}</a>`
}
