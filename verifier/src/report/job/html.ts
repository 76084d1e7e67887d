import { documentSection } from "../page/checks.ts"
import { findingsSection } from "../page/findings.ts"
import { beliefs, expectationSection, FOOTER, facts, pageHead, renderPage } from "../page/frame.ts"
import { gistSection } from "../page/gist.ts"
import { quantitiesSection, shownFinding } from "../page/html.ts"
import { html, type Markup } from "../page/markup.ts"
import { icon, verdictBanner } from "../page/verdict.ts"
import type { JobModel, ReportJob, ReportPart } from "./model.ts"
import { evidenceWords, jobRows, partWords } from "./words.ts"

function partItem(part: ReportPart, job: ReportJob): Markup {
  const [first = "", ...others] = partWords(part, job)
  const lines = others.map((line) => html`<p class="stops">${line}</p>`)
  return html`<li><span class="severity">${part.part}</span><div><div class="check-title">${first}</div>${lines}</div></li>`
}

function partsSection({ parts, subject }: JobModel): Markup | null {
  if (subject === null) return null
  return html`<section><h2>Parts</h2><p class="lead">A part has one set of devices. Energy is of all parts, the failed ones too.</p><ul class="checks">${parts.map((part) => partItem(part, subject))}</ul></section>`
}

function evidenceSection({ evidence }: JobModel): Markup | null {
  if (evidence.length === 0) return null
  const items = evidence.map(
    (file) =>
      html`<li>${icon(file.verdict.status)}<div><div class="check-title">${evidenceWords(file)}</div></div></li>`,
  )
  return html`<section><h2>Evidence</h2><ul class="checks">${items}</ul></section>`
}

/** The report on a job, to stand within an element of class `report`. */
export function renderJobReport(model: JobModel): string {
  const { verdict, subject, quantities, findings } = model
  const serious = findings.filter(({ severity }) => severity === "serious").length
  const about = subject === null ? null : gistSection(quantities, facts(jobRows(subject), "about"), null)
  const first = html`${pageHead("Verification report", model)}${verdictBanner(verdict, serious)}${about}`
  const shown = html`${expectationSection(model.expectations)}${partsSection(model)}${evidenceSection(model)}${findingsSection("Findings about quality", findings.map(shownFinding))}${quantitiesSection(quantities)}`
  const judged = html`${documentSection({ ...model, kind: "job" })}${beliefs(model, model.trustedBlocks)}`
  const parts = verdict.status === "valid" ? html`${shown}${judged}` : html`${judged}${shown}`
  return html`<main>${first}${parts}${FOOTER}</main>`.text
}

/** The same as one file that needs nothing else. */
export function renderJobHtml(model: JobModel): string {
  return renderPage(model.verdict.status, renderJobReport(model))
}
