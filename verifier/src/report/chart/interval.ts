import { html, type Markup } from "../page/markup.ts"

/** An interval on a line that begins at 0. `hi` null: it has no upper end. All in one unit. */
export type Interval = {
  readonly lo: number
  readonly hi: number | null
  /** Where the value stands within; null where only bounds are known. */
  readonly value: number | null
  /** What it is, for those who do not see it. */
  readonly title: string
}

const WIDTH = 400
const LEFT = 4
const RIGHT = 396
const AT = 14

/** Room to the right of the interval, so that it is seen to end. */
const ROOM = 1.15

/** The interval to scale, from 0: how wide it is beside what it is about. */
export function intervalBar({ lo, hi, value, title }: Interval): Markup {
  const end = hi ?? Math.max(lo, value ?? 0, 1e-12) * 1.6
  const most = Math.max(end, 1e-12) * (hi === null ? 1 : ROOM)
  const x = (given: number) => (LEFT + (given / most) * (RIGHT - LEFT)).toFixed(1)
  const cap = (given: number) =>
    html`<line class="cap" x1="${x(given)}" x2="${x(given)}" y1="${AT - 8}" y2="${AT + 8}"/>`
  const mark = value === null ? null : html`<circle class="mean" cx="${x(value)}" cy="${AT}" r="4.5"/>`
  const width = Math.max(1, Number(x(end)) - Number(x(lo)))
  return html`<svg class="interval" viewBox="0 0 ${WIDTH} 36" role="img" aria-label="${title}"><title>${title}</title><line class="axis" x1="${LEFT}" x2="${RIGHT}" y1="${AT}" y2="${AT}"/><line class="cap zero" x1="${LEFT}" x2="${LEFT}" y1="${AT - 5}" y2="${AT + 5}"/><text class="tick" x="${LEFT - 3}" y="${AT + 20}">0</text><rect class="span" x="${x(lo)}" y="${AT - 5}" width="${width.toFixed(1)}" height="10"/>${cap(lo)}${hi === null ? null : cap(hi)}${mark}</svg>`
}
