import { html, svg, type TemplateResult } from "lit-html"
import { day as dayText, plural, share } from "../words.ts"

/** A day of a ledger. Times are device time in seconds. */
export type Day = {
  /** Unix seconds of its start, UTC. */
  readonly start: number
  /** Of the devices enrolled by then: told by their books, and not yet told. */
  readonly told: number
  readonly behind: number
  readonly runs: number
  readonly voids: number
  /** Unknown where nobody proved it. */
  readonly blind: number | null
}

const CELL = 13
const STEP = 16
const LEFT = 34
const TOP = 20
const DAY = 86_400

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const weekdayOf = (start: number) => (new Date(start * 1000).getUTCDay() + 6) % 7

/** Days as weeks side by side, Monday on top: the shade is how much of the devices' time is told, a dot a void run. */
export function calendar(days: readonly Day[]): TemplateResult {
  const [first] = days
  if (first === undefined) return html`<p class="soft">No device is enrolled yet, so there is nothing to cover.</p>`
  const monday = first.start - weekdayOf(first.start) * DAY
  const columnOf = (start: number) => Math.floor((start - monday) / (7 * DAY))
  const weeks = columnOf(days.at(-1)?.start ?? first.start) + 1
  const width = LEFT + Math.max(weeks, 20) * STEP
  return html`<figure class="drawing">
    <div class="scroll" tabindex="0" role="group" aria-label="Coverage by day">
      <svg class="calendar" width=${width} height=${TOP + 7 * STEP} viewBox="0 0 ${width} ${TOP + 7 * STEP}" role="img" aria-label=${sentence(days)}>
        ${["Mon", "Wed", "Fri"].map((name, i) => svg`<text class="tick" x="0" y=${TOP + i * 2 * STEP + 11}>${name}</text>`)}
        ${days.filter(({ start }) => new Date(start * 1000).getUTCDate() <= 7 && weekdayOf(start) === 0 || start === first.start).map(({ start }) => svg`<text class="tick" x=${LEFT + columnOf(start) * STEP} y="12">${MONTHS[new Date(start * 1000).getUTCMonth()]}</text>`)}
        ${days.map((each) => cell(each, LEFT + columnOf(each.start) * STEP, TOP + weekdayOf(each.start) * STEP))}
      </svg>
    </div>
    <figcaption>
      <span class="key k4"></span>told in full <span class="key k2"></span>in part <span class="key behind"></span>behind: devices' books are not told yet
      <span class="key void"></span>holds a void run <span class="key blind"></span>blind time was proved
    </figcaption>
  </figure>`
}

function cell(each: Day, x: number, y: number) {
  const { told, behind, voids, blind } = each
  const whole = told + behind
  const part = whole === 0 ? 0 : told / whole
  const shade = whole === 0 ? "none" : part === 0 ? "behind" : `k${Math.max(1, Math.floor(part * 4))}`
  return svg`<g><rect class="cell ${shade}" x=${x} y=${y} width=${CELL} height=${CELL} rx="2" />
    ${voids > 0 ? svg`<circle class="void" cx=${x + CELL / 2} cy=${y + CELL / 2} r="3" />` : ""}
    ${blind !== null && blind > 0 ? svg`<rect class="blind" x=${x} y=${y + CELL - 3} width=${CELL} height="3" />` : ""}
    <title>${titleOf(each, part)}</title></g>`
}

function titleOf({ start, runs, voids, blind }: Day, part: number): string {
  const parts = [`${share(part)} of the devices' time told`, plural(runs, "run")]
  if (voids > 0) parts.push(`${voids} void`)
  if (blind !== null) parts.push(`blind for ${share(blind)}`)
  return `${dayText(start)}: ${parts.join(", ")}`
}

function sentence(days: readonly Day[]): string {
  const full = days.filter(({ told, behind }) => told > 0 && behind === 0).length
  return `${plural(days.length, "day")}, ${full} told in full`
}
