import { html, nothing, svg, type TemplateResult } from "lit-html"
import type { CoveredDay } from "../books/books.ts"
import { day as dayText, plural, share } from "../words.ts"

/** Of a day, the largest share of metered time that a claim over it admits to have been blind; null: no claim tells. */
export type BlindOf = (day: number) => number | null

const CELL = 13
const STEP = 16
const LEFT = 34
const TOP = 20
const DAY = 86_400
const HEIGHT = TOP + 7 * STEP
/** Weeks for which there is room in any case, so that a young ledger's calendar looks like an old one's. */
const LEAST_WEEKS = 26

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const WEEKDAYS = ["Mon", "Wed", "Fri"]

const date = (seconds: number) => new Date(seconds * 1000)
const weekdayOf = (start: number) => (date(start).getUTCDay() + 6) % 7
const startsMonth = (start: number) => date(start).getUTCDate() <= 7 && weekdayOf(start) === 0

/** Days as weeks side by side, Monday on top: the shade is how much of the devices' time is told, a ring a void run. */
export function calendar(days: readonly CoveredDay[], blindOf: BlindOf): TemplateResult {
  const [first] = days
  const last = days.at(-1)
  if (first === undefined || last === undefined)
    return html`<p class="empty">No device is enrolled yet, so there is nothing to cover.</p>`
  const monday = first.day - weekdayOf(first.day) * DAY
  const xOf = (start: number) => LEFT + Math.floor((start - monday) / (7 * DAY)) * STEP
  const width = Math.max(xOf(last.day) + STEP, LEFT + LEAST_WEEKS * STEP)
  const months = days.filter(({ day }) => startsMonth(day))
  return html`<figure class="drawing">
    <div class="scroll" tabindex="0" role="group" aria-label="Coverage by day">
      <svg class="calendar" width=${width} height=${HEIGHT} viewBox="0 0 ${width} ${HEIGHT}" role="img" aria-label=${sentence(days)}>
        ${WEEKDAYS.map((name, i) => svg`<text class="tick" x="0" y=${TOP + i * 2 * STEP + 11}>${name}</text>`)}
        ${months.map(({ day }) => svg`<text class="tick" x=${xOf(day)} y="12">${MONTHS[date(day).getUTCMonth()]}</text>`)}
        ${days.map((each) => cell(each, blindOf(each.day), xOf(each.day), TOP + weekdayOf(each.day) * STEP))}
      </svg>
    </div>
    <figcaption>
      ${untold(days)}
      <span class="key k4"></span>told in full <span class="key k2"></span>in part
      <span class="key behind"></span>behind: owed, and not told yet <span class="key void"></span>holds a void run
      <span class="key blind"></span>a claim admits blind time
    </figcaption>
  </figure>`
}

/** Empty days say nothing by themselves: why they are so is said. */
function untold(days: readonly CoveredDay[]): TemplateResult | typeof nothing {
  const owed = days.filter(({ expectedSeconds }) => expectedSeconds > 0)
  if (owed.length === 0) return html`<p>No device was to meter on any of these ${plural(days.length, "day")}.</p>`
  if (owed.some(({ behindSeconds, expectedSeconds }) => behindSeconds < expectedSeconds)) return nothing
  return html`<p>Of none of these days anything is told: the devices' books end before.</p>`
}

function cell(each: CoveredDay, blind: number | null, x: number, y: number) {
  const { expectedSeconds, behindSeconds, voidSeconds } = each
  const told = expectedSeconds === 0 ? 0 : 1 - behindSeconds / expectedSeconds
  const shade = expectedSeconds === 0 ? "none" : told === 0 ? "behind" : `k${Math.max(1, Math.floor(told * 4))}`
  return svg`<g><rect class="cell ${shade}" x=${x} y=${y} width=${CELL} height=${CELL} rx="2" />
    ${voidSeconds > 0 ? svg`<circle class="void" cx=${x + CELL / 2} cy=${y + CELL / 2} r="3" />` : ""}
    ${blind !== null && blind > 0 ? svg`<rect class="blind" x=${x} y=${y + CELL - 3} width=${CELL} height="3" />` : ""}
    <title>${titleOf(each, told, blind)}</title></g>`
}

function titleOf(
  { day, devices, expectedSeconds, voidSeconds }: CoveredDay,
  told: number,
  blind: number | null,
): string {
  if (expectedSeconds === 0) return `${dayText(day)}: no device was to meter`
  const parts = [`${share(told)} of the time of ${plural(devices, "device")} told`]
  if (voidSeconds > 0) parts.push(`${share(voidSeconds / expectedSeconds)} with void runs`)
  if (blind !== null) parts.push(`blind for at most ${share(blind)}`)
  return `${dayText(day)}: ${parts.join(", ")}`
}

function sentence(days: readonly CoveredDay[]): string {
  const owed = days.filter(({ expectedSeconds }) => expectedSeconds > 0)
  const full = owed.filter(({ behindSeconds }) => behindSeconds === 0)
  return `${plural(owed.length, "day")} on which devices were to meter, ${full.length} of them told in full`
}
