import { METRICS, plural } from "@wattest/protocol"
import { intervalBar } from "../chart/interval.ts"
import { formatNumber, formatTime, shortened } from "../numbers.ts"
import { documentSection } from "../page/checks.ts"
import { findingsSection } from "../page/findings.ts"
import { beliefs, code, expectationSection, FOOTER, facts, pageHead, renderPage } from "../page/frame.ts"
import { html, type Markup } from "../page/markup.ts"
import { verdictBanner } from "../page/verdict.ts"
import type { PresentationModel, ReportClaim, ReportCoverage, ReportScope } from "./model.ts"
import { placeOf } from "./text.ts"

const at = (seconds: number) => formatTime(seconds * 1000)
const named = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1).replaceAll("-", " ")}`

function hero({ metric, lo, hi, said }: ReportClaim): Markup {
  const bar = intervalBar({ lo: Number(lo), hi: hi === null ? null : Number(hi), value: null, title: said })
  const added = METRICS[metric].verb.includes("uncertainty added") ? "uncertainty counts against the claimant" : ""
  return html`<div class="hero"><h2>${named(metric)}</h2><p class="figure said">${said}</p>${bar}<p class="soft">proved, and no run shown${added === "" ? "" : `; ${added}`}</p></div>`
}

function about({ owners, filters, conditions, from, to, asOf }: ReportScope): Markup {
  const { model, site, zone, party, boundary } = filters
  const [operators, vouchers] = [
    [...new Set(owners.map(({ operator }) => operator))],
    [...new Set(owners.map(({ voucher }) => voucher))],
  ]
  return facts(
    [
      ["Who", `operator ${operators.map(shortened).join(", ")}, on the word of ${vouchers.map(shortened).join(", ")}`],
      ["For", party ?? ""],
      ["What", [model ?? "any model", asOf === null ? "chosen runs" : "all runs of the period"].join("; ")],
      ["When", html`after ${at(from)}<br>until ${at(to)}`],
      ["As of", asOf === null ? "" : at(asOf)],
      ["Where", [`${boundary} boundary`, site, zone && `zone ${zone}`].filter(Boolean).join(", ")],
      ["Grades", `energy ${conditions.energyGrade}, work ${conditions.workGrade} or better; ${conditions.origin}`],
    ],
    "about",
  )
}

const hours = (ms: string | null) =>
  ms === null ? "not known" : `${formatNumber(Number((Number(ms) / 3_600_000).toPrecision(4)))} device-hours`

function completeness({ expectedMs, meteredMs, missingMs, blindPpm, ...devices }: ReportCoverage, tally: ReportScope) {
  const fleet = `${devices.devices} at this boundary; in the period ${devices.joined} joined, ${devices.retired} retired, ${devices.withdrawn} withdrawn`
  return facts([
    ["Metered at least", hours(meteredMs)],
    ["Expected", hours(expectedMs)],
    ["Missing", hours(missingMs)],
    ["Blind at most", `${formatNumber(Number(blindPpm) / 10_000)} % of the metered time`],
    ["Runs", `${tally.runs}, of which ${tally.voids} void and ${tally.unopened} unopened`],
    ["Books lost before", `${plural(devices.broken, "run")} at most`],
    ["Devices", fleet],
    ["Never enrolled", `${plural(devices.neverEnrolled, "device")} that the voucher named`],
    ["Not proved", devices.unproven === "0" ? "" : `when ${plural(devices.unproven, "device")} of the ledgers metered`],
  ])
}

function ledgers({ chainId, registry, owners }: ReportScope): Markup {
  const rows = owners.map(
    ({ ledger, operator, voucher }) =>
      html`<li>${code(ledger)}<div class="soft">operator ${code(operator)}</div><div class="soft">voucher ${code(voucher)}</div></li>`,
  )
  return html`<p>chain ${chainId}, registry ${code(registry)}</p><ul class="plain">${rows}</ul>`
}

function claimSections(claim: ReportClaim): Markup {
  const { sentence, coverage, share, limits, tally, over } = claim
  const whole = coverage && html`<h2>How complete it is</h2>${completeness(coverage, tally)}`
  const part = share && html`<p class="share">${share}</p>`
  const other = over && html`<h3>Ledgers of the denominator</h3>${ledgers(over)}`
  const words = html`<blockquote><p>${sentence}</p>${coverage && html`<p>${coverage.sentence}</p>`}</blockquote>`
  return html`<section class="gist">${hero(claim)}${about(tally)}</section><section>${whole}${part}<h2>What was proved, word by word</h2>${words}<p class="soft">${limits}</p><details><summary>${tally.owners.length} ledger${tally.owners.length === 1 ? "" : "s"}</summary>${ledgers(tally)}${other}</details></section>`
}

/** The report on a presentation, to stand within an element of class `report`. */
export function renderPresentationReport(model: PresentationModel): string {
  const { verdict, claims, findings } = model
  const serious = findings.filter(({ severity }) => severity === "serious").length
  const found = findings.map((finding) => ({ ...finding, detail: `${placeOf(finding)}: ${finding.detail}` }))
  const first = html`${pageHead("Verification report", model)}${verdictBanner(verdict, serious)}`
  const shown = html`${claims.map(claimSections)}${expectationSection(model.expectations)}`
  const judged = html`${documentSection({ ...model, kind: "presentation" })}${findingsSection("Findings about the ledgers", found)}${beliefs(model, model.trustedBlocks)}`
  return html`<main>${first}${shown}${judged}${FOOTER}</main>`.text
}

/** The same as one file that needs nothing else. */
export function renderPresentationHtml(model: PresentationModel): string {
  return renderPage(model.verdict.status, renderPresentationReport(model))
}
