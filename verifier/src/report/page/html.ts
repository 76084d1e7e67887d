import { curveSection } from "../chart/curve.ts"
import type { ReportFinding, ReportModel, ReportQuantity, ReportSubject } from "../model.ts"
import { booksText, extentText, formatTime, ownerText, quantityText } from "../numbers.ts"
import { byTrouble, documentSection } from "./checks.ts"
import { findingsSection } from "./findings.ts"
import { beliefs, code, expectationSection, FOOTER, facts, pageHead, renderPage } from "./frame.ts"
import { gist, grade } from "./gist.ts"
import { html, type Markup } from "./markup.ts"
import { verdictBanner } from "./verdict.ts"

function quantityRow(quantity: ReportQuantity): Markup {
  const { title, formula, own } = quantity
  const { value, unit, uncertainty } = quantityText(quantity)
  return html`<tr><td>${title}, ${ownerText(quantity)}<div class="formula">${formula}${own ? ", a definition of this project" : ""}</div></td><td class="number">${value}${uncertainty === null ? "" : ` ± ${uncertainty}`}</td><td class="unit">${unit}</td><td>${grade(quantity.grade)}</td></tr>`
}

/** All numbers in a table. */
export function quantitiesSection(quantities: readonly ReportQuantity[]): Markup | null {
  if (quantities.length === 0) return null
  return html`<section><h2>Numbers</h2><p class="lead">Recomputed here, never read from a document. Uncertainties are expanded (k = 2). A grade is that of the worst source.</p><table class="numbers"><thead><tr><th>Quantity</th><th class="number">Value</th><th>Unit</th><th>Grade</th></tr></thead><tbody>${quantities.map(quantityRow)}</tbody></table></section>`
}

function anchorRow({ run, root, position, blockNumber, anchoredAt }: ReportSubject["runs"][number]): Markup {
  return html`<tr><td>${run}</td><td>${formatTime(anchoredAt * 1000)}</td><td class="number">${blockNumber}</td><td class="number">${position}</td></tr><tr class="under"><td colspan="4">${code(root)}</td></tr>`
}

function subjectSection(subject: ReportSubject): Markup {
  const rows: Parameters<typeof facts>[0] = [
    ["Extent", extentText(subject.jobExtent)],
    ["Metered at", `${subject.boundary} boundary, ${subject.status}`],
    ["Books", booksText(subject.books)],
    ["Device", code(subject.device)],
    ["Operator", code(subject.operator)],
    ["Voucher", code(subject.voucher)],
    ["Registry", html`chain ${subject.chainId}, ${code(subject.registry)}`],
  ]
  return html`<section><h2>Of whom, and since when</h2><p class="lead">The labels were bound before the result was known. The anchors say that these data existed by the time of their blocks.</p>${facts(rows)}<h3>Anchors</h3><table><thead><tr><th>Run, root</th><th>Anchored</th><th class="number">Block</th><th class="number">Position</th></tr></thead><tbody>${subject.runs.map(anchorRow)}</tbody></table></section>`
}

export function shownFinding({ severity, sentence, code: name, detail, run, sequence, count }: ReportFinding) {
  const where = `run ${run}${sequence === null ? "" : `, capture ${sequence}`}${count > 1 ? `, ${count} times` : ""}`
  return { severity, sentence, code: name, detail: `${where}: ${detail}` }
}

/** The report's markup, to stand within an element of class `report`; the page shows the same. */
export function renderReport(model: ReportModel): string {
  const { verdict, quantities, curves, subject, documents } = model
  const serious = model.findings.filter(({ severity }) => severity === "serious").length
  const first = html`${pageHead("Verification report", model)}${verdictBanner(verdict, serious)}${gist(model)}`
  const shown = html`${expectationSection(model.expectations)}${curves.map(curveSection)}${findingsSection("Findings about quality", model.findings.map(shownFinding))}${quantitiesSection(quantities)}${subject && subjectSection(subject)}`
  const judged = html`${byTrouble(documents).map(documentSection)}${beliefs(model, model.trustedBlocks)}`
  // Of what is refused the checks come first: they say why.
  const parts = verdict.status === "valid" ? html`${shown}${judged}` : html`${judged}${shown}`
  return html`<main>${first}${parts}${FOOTER}</main>`.text
}

/** The report as one file that needs nothing else: no script, no network. */
export function renderHtml(model: ReportModel): string {
  return renderPage(model.verdict.status, renderReport(model))
}
