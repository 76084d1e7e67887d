import { html, nothing, svg, type TemplateResult } from "lit-html"
import type { CoveredDay } from "../books/books.ts"
import { day as dayText, MONTHS, plural, share } from "../words.ts"
import { drawingWidth } from "./axis.ts"

/** Of a day, the largest share of metered time that a claim over it admits to have been blind; null: no claim tells. */
export type BlindOf = (day: number) => number | null

/** Of a day's device time, the shares that are told, told with void runs among them, and owed: 1 in all, or nothing was owed. */
export type Shares = { readonly told: number; readonly void: number; readonly behind: number }

const LEFT = 36
const TOP = 22
const DAY = 86_400
const GAP = 3
/** A cell with its gap: as large as the weeks leave room for, within reason. */
const [LEAST, MOST] = [15, 34]
/** What is there at all is seen. */
const THINNEST = 2

/** Half a year where there is room for it, else a quarter. */
export const daysShown = (): number => (drawingWidth().width < 560 ? 91 : 182)

const WEEKDAYS = ["Mon", "Wed", "Fri"]

const date = (seconds: number) => new Date(seconds * 1000)
const weekdayOf = (start: number) => (date(start).getUTCDay() + 6) % 7
const startsMonth = (start: number) => date(start).getUTCDate() <= 7 && weekdayOf(start) === 0

export function sharesOf({ expectedSeconds, voidSeconds, behindSeconds }: CoveredDay): Shares | null {
  if (expectedSeconds === 0) return null
  const [owed, lost] = [behindSeconds / expectedSeconds, voidSeconds / expectedSeconds]
  const behind = Math.min(1, owed)
  const voided = Math.min(1 - behind, lost)
  return { told: 1 - behind - voided, void: voided, behind }
}

/** Days as weeks side by side, Monday on top: each a column of its devices' time, told from below. */
export function calendar(days: readonly CoveredDay[], blindOf: BlindOf): TemplateResult {
  const [first] = days
  const last = days.at(-1)
  if (first === undefined || last === undefined)
    return html`<p class="empty">No device is enrolled yet, so there is nothing to cover.</p>`
  const monday = first.day - weekdayOf(first.day) * DAY
  const weekOf = (start: number) => Math.floor((start - monday) / (7 * DAY))
  const room = drawingWidth().width - LEFT
  const step = Math.floor(Math.min(MOST, Math.max(LEAST, room / (weekOf(last.day) + 1))))
  const [width, height] = [LEFT + (weekOf(last.day) + 1) * step, TOP + 7 * step]
  const x = (start: number) => LEFT + weekOf(start) * step
  return html`<figure class="drawing">
    <svg class="calendar" width=${width} height=${height} viewBox="0 0 ${width} ${height}" role="img" aria-label=${sentence(days)}>
      ${WEEKDAYS.map((name, i) => svg`<text class="tick" x="0" y=${TOP + (i * 2 + 0.5) * step + 3}>${name}</text>`)}
      ${days.filter(({ day }) => startsMonth(day)).map(({ day }) => svg`<text class="tick" x=${x(day)} y="13">${MONTHS[date(day).getUTCMonth()]}</text>`)}
      ${days.map((each) => cell(each, blindOf(each.day), { x: x(each.day), y: TOP + weekdayOf(each.day) * step, size: step - GAP }))}
    </svg>
    <figcaption>
      ${untold(days)}
      <p class="keys"><span><i class="key told"></i>told</span> <span><i class="key void"></i>told, with a void run among it</span>
      <span><i class="key none"></i>no device was to meter</span> <span><i class="key behind"></i>behind: owed, and not told yet</span> <span><i class="key blind"></i>a claim admits blind time</span></p>
    </figcaption>
    ${asTable(days, blindOf)}
  </figure>`
}

/** Empty days say nothing by themselves: why they are so is said. */
function untold(days: readonly CoveredDay[]): TemplateResult | typeof nothing {
  const owed = days.filter(({ expectedSeconds }) => expectedSeconds > 0)
  if (owed.length === 0) return html`<p>No device was to meter on any of these ${plural(days.length, "day")}.</p>`
  if (owed.some(({ behindSeconds, expectedSeconds }) => behindSeconds < expectedSeconds)) return nothing
  return html`<p>Of none of these days anything is told: the devices' books end before.</p>`
}

type Place = { readonly x: number; readonly y: number; readonly size: number }

function cell(each: CoveredDay, blind: number | null, { x, y, size }: Place) {
  const shares = sharesOf(each)
  const title = titleOf(each, shares, blind)
  if (shares === null)
    return svg`<g><rect class="cell none" x=${x + 0.5} y=${y + 0.5} width=${size - 1} height=${size - 1} rx="3" /><title>${title}</title></g>`
  const thick = (part: number) => (part === 0 ? 0 : Math.max(THINNEST, part * size))
  const [behind, voided] = [thick(shares.behind), thick(shares.void)]
  const told = Math.max(0, size - behind - voided)
  const layer = (kind: string, top: number, high: number) =>
    high === 0 ? "" : svg`<rect class="cell ${kind}" x=${x} y=${y + top} width=${size} height=${high} />`
  return svg`<g data-day=${dayText(each.day)}>${layer("behind", 0, behind)}${layer("void", behind, voided)}${layer("told", behind + voided, told)}
    ${blind !== null && blind > 0 ? svg`<path class="blind" d="M${x + size} ${y}v${size * 0.4}l${-size * 0.4} ${-size * 0.4}z" />` : ""}
    <title>${title}</title></g>`
}

function titleOf({ day, devices }: CoveredDay, shares: Shares | null, blind: number | null): string {
  if (shares === null) return `${dayText(day)}: no device was to meter`
  const parts = [`${share(shares.told)} of the time of ${plural(devices, "device")} told`]
  if (shares.void > 0) parts.push(`${share(shares.void)} with void runs`)
  if (shares.behind > 0) parts.push(`${share(shares.behind)} owed`)
  if (blind !== null) parts.push(`blind for at most ${share(blind)}`)
  return `${dayText(day)}: ${parts.join(", ")}`
}

function sentence(days: readonly CoveredDay[]): string {
  const owed = days.filter(({ expectedSeconds }) => expectedSeconds > 0)
  const full = owed.filter(({ behindSeconds }) => behindSeconds === 0)
  return `${plural(owed.length, "day")} on which devices were to meter, ${full.length} of them told in full`
}

/** The drawing for who cannot see it, or wants its numbers. */
const asTable = (days: readonly CoveredDay[], blindOf: BlindOf) => html`<details class="numbers">
  <summary>The days in numbers</summary>
  <div class="scroll" tabindex="0" role="region" aria-label="The days in numbers"><table>
    <thead><tr><th scope="col">day (UTC)</th><th scope="col">devices</th><th scope="col">told</th><th scope="col">with void runs</th><th scope="col">owed</th><th scope="col">blind at most</th></tr></thead>
    <tbody>${days.toReversed().map((each) => {
      const [shares, blind] = [sharesOf(each), blindOf(each.day)]
      const said = (part: number | undefined) => (part === undefined ? "–" : share(part))
      return html`<tr><th scope="row">${dayText(each.day)}</th><td>${each.devices}</td><td>${said(shares?.told)}</td><td>${said(shares?.void)}</td><td>${said(shares?.behind)}</td><td>${blind === null ? "no claim" : share(blind)}</td></tr>`
    })}</tbody></table></div></details>`
