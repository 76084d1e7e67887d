import { beliefs, documentSection, expectationSection, renderPage, verdictBanner } from "../html.ts"
import { html, type Markup } from "../markup.ts"
import type { PresentationModel, ReportClaim, ReportLedgerFinding } from "./model.ts"
import { placeOf } from "./text.ts"

function claimSection({ sentence, coverage, share, limits, tally: { runs, unopened, voids } }: ReportClaim): Markup {
  const complete = coverage && html`<p>${coverage.sentence}</p>`
  const part = share && html`<p>${share}</p>`
  return html`<section><h2>What was proved</h2><p>${sentence}</p>${complete}${part}<p class="lead">${limits}</p><dl><dt>Runs</dt><dd>${runs}</dd><dt>Unopened</dt><dd>${unopened}</dd><dt>Void</dt><dd>${voids}</dd></dl></section>`
}

function findingItem(finding: ReportLedgerFinding): Markup {
  const { severity, code, sentence, detail } = finding
  return html`<li><span class="severity severity-${severity}">${severity}</span><div><div class="check-title">${sentence}</div><p class="stops">${code}, ${placeOf(finding)}: ${detail}</p></div></li>`
}

function findingsSection(findings: readonly ReportLedgerFinding[]): Markup | null {
  if (findings.length === 0) return null
  return html`<section><h2>Findings about the ledgers</h2><p class="lead">They deserve a question. They are no part of the verdict.</p><ul class="checks findings">${findings.map(findingItem)}</ul></section>`
}

/** The report on a presentation, to stand within an element of class `report`. */
export function renderPresentationReport(model: PresentationModel): string {
  const { name, verdict, checks, claims, findings } = model
  const document = { kind: "presentation", name, verdict, checks }
  return html`<main><p class="mark"><strong>Wattest</strong> verification report</p>${verdictBanner(verdict, 0)}${claims.map(claimSection)}${expectationSection(model.expectations)}${beliefs(model)}${findingsSection(findings)}${documentSection(document)}</main>`
    .text
}

/** The same as one file that needs nothing else. */
export function renderPresentationHtml(model: PresentationModel): string {
  return renderPage(model.verdict.status, renderPresentationReport(model))
}
