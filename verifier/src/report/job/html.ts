import {
  beliefs,
  documentSection,
  expectationSection,
  findingsSection,
  quantitiesSection,
  renderPage,
  verdictBanner,
} from "../html.ts"
import { html, type Markup } from "../markup.ts"
import type { JobModel, ReportJob, ReportPart } from "./model.ts"
import { jobRows, partWords } from "./words.ts"

function subjectSection(job: ReportJob): Markup {
  const rows = jobRows(job).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)
  return html`<section><h2>What was proved</h2><dl>${rows}</dl></section>`
}

function partItem(part: ReportPart, job: ReportJob): Markup {
  const [first = "", ...others] = partWords(part, job)
  const lines = others.map((line) => html`<p class="stops">${line}</p>`)
  return html`<li><span class="severity">${part.part}</span><div><div class="check-title">${first}</div>${lines}</div></li>`
}

function partsSection({ parts, subject }: JobModel): Markup | null {
  if (subject === null) return null
  return html`<section><h2>Parts</h2><p class="lead">A part has one set of devices. Energy is of all parts, the failed ones too.</p><ul class="checks">${parts.map((part) => partItem(part, subject))}</ul></section>`
}

/** The report on a job, to stand within an element of class `report`. */
export function renderJobReport(model: JobModel): string {
  const { name, verdict, checks, subject, quantities, findings } = model
  const document = { kind: "job", name, verdict, checks }
  return html`<main><p class="mark"><strong>Wattest</strong> verification report</p>${verdictBanner(verdict, findings.length)}${quantitiesSection(quantities)}${subject && subjectSection(subject)}${partsSection(model)}${expectationSection(model.expectations)}${beliefs(model)}${findingsSection(findings)}${documentSection(document)}</main>`
    .text
}

/** The same as one file that needs nothing else. */
export function renderJobHtml(model: JobModel): string {
  return renderPage(model.verdict.status, renderJobReport(model))
}
