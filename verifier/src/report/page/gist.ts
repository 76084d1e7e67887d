import { intervalBar } from "../chart/interval.ts"
import type { ReportModel, ReportQuantity, ReportSubject } from "../model.ts"
import { EXTENT_NAMES, formatNumber, formatTime, ownerText, quantityText, shortened } from "../numbers.ts"
import { facts } from "./frame.ts"
import { html, type Markup } from "./markup.ts"

export const grade = (name: string): Markup => html`<span class="grade grade-${name}">${name}</span>`

/** The number that a reader came for, the first of these that the certificate has. */
const HEROES: readonly ReportQuantity["id"][] = ["energy-per-work", "energy"]
/** Beside it. */
const OTHERS: readonly ReportQuantity["id"][] = ["energy", "mean-power", "peak-power", "duration", "work"]

/** `between 286 and 344 mJ/token, ± 9.3 % (k = 2)`. */
function spreadText(quantity: ReportQuantity): string {
  const { value, uncertainty } = quantity
  if (uncertainty === null || value === 0) return "nothing is known of its uncertainty"
  const percent = formatNumber(Number(((uncertainty / value) * 100).toPrecision(2)))
  const end = (sign: number) => quantityText({ ...quantity, value: Math.max(0, value + sign * uncertainty) })
  return `between ${end(-1).value} and ${end(1).value} ${end(1).unit}, ± ${percent} % (k = 2)`
}

function hero(quantity: ReportQuantity): Markup {
  const { title, value, uncertainty: spread } = quantity
  const { value: shown, unit, uncertainty } = quantityText(quantity)
  const within = uncertainty === null ? null : html`<span class="spread"> ± ${uncertainty}</span>`
  const [lo, hi] = [Math.max(0, value - (spread ?? 0)), value + (spread ?? 0)]
  const bar = spread === null ? null : intervalBar({ lo, hi, value, title: `${shown} ± ${uncertainty} ${unit}` })
  return html`<div class="hero"><h2>${title}, ${ownerText(quantity)}</h2><p class="figure">${shown}${within} <span class="unit">${unit}</span></p>${bar}<p class="soft">${spreadText(quantity)} ${grade(quantity.grade)}</p></div>`
}

function figure(quantity: ReportQuantity): Markup {
  const { value, unit, uncertainty } = quantityText(quantity)
  const within = uncertainty === null ? null : html`<span class="spread"> ± ${uncertainty}</span>`
  return html`<div class="tile"><div class="name">${quantity.title}</div><div class="value">${value}${within} <span class="unit">${unit}</span></div></div>`
}

/** Who, what and when. */
function about(subject: ReportSubject): Markup {
  const { labels, workload, job, accelerators, boundary, operator, voucher } = subject
  const run = [workload, job && `job ${job}`].filter(Boolean).join(", ")
  return facts(
    [
      ["Who", html`operator ${shortened(operator)}, on the word of ${shortened(voucher)}`],
      ["For", labels.party],
      ["What", [labels.model, run, EXTENT_NAMES[subject.jobExtent.extent]].filter(Boolean).join("; ")],
      ["On", accelerators.join(", ")],
      ["When", html`${formatTime(subject.startTimeMs)}<br>to ${formatTime(subject.endTimeMs)}`],
      ["Where", [`${boundary} boundary`, labels.site, labels.zone && `zone ${labels.zone}`].filter(Boolean).join(", ")],
    ],
    "about",
  )
}

const first = (quantities: readonly ReportQuantity[], id: ReportQuantity["id"]) =>
  quantities.find((quantity) => quantity.id === id)

/** The number that a reader came for with its uncertainty, `beside` it who, what and when, and the next few numbers. */
export function gistSection(quantities: readonly ReportQuantity[], beside: Markup, note: Markup | null): Markup {
  const main = HEROES.flatMap((id) => first(quantities, id) ?? [])[0]
  const others = OTHERS.flatMap((id) => first(quantities, id) ?? []).filter((quantity) => quantity !== main)
  return html`<section class="gist"><div>${main === undefined ? null : hero(main)}${note}</div>${beside}</section><div class="tiles">${others.slice(0, 4).map(figure)}</div>`
}

/** The first screen of a valid report. */
export function gist({ subject, quantities, curves }: ReportModel): Markup | null {
  if (subject === null) return null
  const note =
    curves.length === 0 ? html`<p class="soft">No captures were shown: grades rest on the device's word.</p>` : null
  return gistSection(quantities, about(subject), note)
}
