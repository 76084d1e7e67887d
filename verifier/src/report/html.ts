import { OUTCOMES } from "../verdict.ts"
import { powerChart, stackedBar, utilisationChart } from "./chart.ts"
import { html, type Markup } from "./markup.ts"
import type {
  ReportCheck,
  ReportCurve,
  ReportDocument,
  ReportExpectation,
  ReportFinding,
  ReportModel,
  ReportQuantity,
  ReportSubject,
  ReportVerdict,
} from "./model.ts"
import {
  booksText,
  extentText,
  formatDuration,
  formatNumber,
  formatTime,
  ownerText,
  quantityText,
  trustLines,
} from "./numbers.ts"
import { REPORT_STYLE } from "./style.ts"

type Status = ReportVerdict["status"]

const STROKES: { readonly [S in Status]: string } = {
  valid: "M7.5 12.5l3 3 6-7",
  invalid: "M8.5 8.5l7 7m0-7l-7 7",
  unaccepted: "M8 12h8",
  undetermined: "M9.3 9.6a2.8 2.8 0 115 1.7c-.8 1-2.2 1.3-2.2 2.7M12.1 16.6v.1",
}

function icon(status: Status): Markup {
  return html`<svg class="icon is-${status}" viewBox="0 0 24 24" role="img" aria-label="${status}"><circle cx="12" cy="12" r="9.6"/><path d="${STROKES[status]}"/></svg>`
}

const HEADLINES: { readonly [S in Status]: string } = {
  valid: "Valid",
  invalid: "Invalid",
  unaccepted: "Genuine, but not accepted",
  undetermined: "Undetermined",
}

const MEANINGS: { readonly [S in Status]: string } = {
  valid:
    "Every check that the policy demands holds. The numbers below are recomputed from what the device signed and the chain keeps.",
  invalid:
    "At least one check refuses these documents. Nothing in them should be relied on, so no number of theirs is shown.",
  unaccepted:
    "Nothing here is refused: as far as it was looked at it is genuine. But your policy does not believe or expect what is named below, so no number is shown.",
  undetermined:
    "Nothing here is refused, but not everything could be checked. Until it can, the documents prove nothing and no number is shown.",
}

export function verdictBanner({ status, code, sentence, detail }: ReportVerdict, serious: number): Markup {
  const reason =
    code === null ? null : html`<p class="code">${code}: ${sentence}</p><p class="detail">${detail ?? ""}</p>`
  const warning =
    status !== "valid" || serious === 0
      ? null
      : html`<p class="note"><a href="#findings">${serious === 1 ? "One serious finding" : `${serious} serious findings`}</a> about the quality of these numbers</p>`
  return html`<section class="verdict ${status}-wash">${icon(status)}<div><h1>${HEADLINES[status]}</h1><p>${MEANINGS[status]}</p>${reason}${warning}</div></section>`
}

const grade = (name: string) => html`<span class="grade grade-${name}">${name}</span>`

const TILES: readonly ReportQuantity["id"][] = ["energy", "energy-per-work", "mean-power", "peak-power"]

function tile(quantity: ReportQuantity): Markup {
  const { value, unit, uncertainty } = quantityText(quantity)
  const spread = uncertainty === null ? "" : `± ${uncertainty} ${unit} (k = 2)`
  return html`<div class="tile"><div class="name">${quantity.title}, ${ownerText(quantity)}</div><div class="value">${value}<span class="unit">${unit}</span></div><div class="spread">${spread}</div>${grade(quantity.grade)}</div>`
}

function tiles(quantities: readonly ReportQuantity[]): Markup | null {
  const chosen = TILES.flatMap((id) => quantities.find((quantity) => quantity.id === id) ?? [])
  return chosen.length === 0 ? null : html`<div class="tiles">${chosen.map(tile)}</div>`
}

function phaseRow({ phase, durationSeconds, energyJoules, workUnits }: ReportCurve["phases"][number]): Markup {
  const watts = durationSeconds === 0 ? "" : formatNumber(energyJoules / durationSeconds)
  return html`<tr><td><svg class="dot phase-${phase}" viewBox="0 0 10 10" aria-hidden="true"><circle cx="5" cy="5" r="5"/></svg>${phase}</td><td class="number">${formatDuration(durationSeconds)}</td><td class="number">${formatNumber(energyJoules)} J</td><td class="number">${watts} W</td><td class="number">${formatNumber(workUnits)}</td></tr>`
}

function phases({ phases: rows, run }: ReportCurve): Markup | null {
  // A device that names no phase has one of them, and nothing to compare it with.
  if (rows.every(({ phase }) => phase === "unspecified")) return null
  const parts = rows.map(({ phase, energyJoules }) => ({ name: phase, value: energyJoules }))
  return html`<h3>Phases, by energy</h3>${stackedBar(parts, `Energy of run ${run} by phase`)}<div class="scroll"><table><thead><tr><th>Phase</th><th class="number">Time</th><th class="number">Energy</th><th class="number">Mean power</th><th class="number">Work</th></tr></thead><tbody>${rows.map(phaseRow)}</tbody></table></div>`
}

function curve(given: ReportCurve): Markup {
  const utilisation = utilisationChart(given)
  const [title, between] =
    given.kind === "full"
      ? ["over time", "one capture and the next"]
      : ["at chosen captures: an excerpt", "the captures that were chosen, others between them left out"]
  return html`<section><h2>Run ${given.run} ${title}</h2><p class="lead">Mean power at the device's boundary between ${between}, from the signed registers.</p>${powerChart(given)}${utilisation && html`<h3>Utilisation</h3>${utilisation}`}${phases(given)}</section>`
}

function quantityRow(quantity: ReportQuantity): Markup {
  const { title, formula, own } = quantity
  const { value, unit, uncertainty } = quantityText(quantity)
  return html`<tr><td>${title}, ${ownerText(quantity)}<div class="formula">${formula}${own ? ", a definition of this project" : ""}</div></td><td class="number">${value} ${unit}</td><td class="number">${uncertainty === null ? "" : `± ${uncertainty}`}</td><td>${grade(quantity.grade)}</td></tr>`
}

/** All numbers in a table. */
export function quantitiesSection(quantities: readonly ReportQuantity[]): Markup | null {
  if (quantities.length === 0) return null
  return html`<section><h2>Numbers</h2><p class="lead">Recomputed here, never read from a document. Uncertainties are expanded (k = 2). A grade is that of the worst source.</p><div class="scroll"><table><thead><tr><th>Quantity</th><th class="number">Value</th><th class="number">Uncertainty</th><th>Grade</th></tr></thead><tbody>${quantities.map(quantityRow)}</tbody></table></div></section>`
}

const code = (text: string) => html`<span class="hash">${text}</span>`

function anchorRow({ run, root, position, blockNumber, anchoredAt }: ReportSubject["runs"][number]): Markup {
  return html`<tr><td>${run}</td><td>${formatTime(anchoredAt * 1000)}</td><td class="number">${blockNumber}</td><td class="number">${position}</td><td class="hash hide-small">${root}</td></tr>`
}

function subjectSection(subject: ReportSubject): Markup {
  const { labels } = subject
  const rows: readonly (readonly [string, Markup | string])[] = [
    ["Model", labels.model],
    ["Workload", [subject.workload, subject.job && `job ${subject.job}`].filter(Boolean).join(", ")],
    ["Extent", extentText(subject.jobExtent)],
    ["Accelerators", subject.accelerators.join(", ")],
    ["Metered at", `${subject.boundary} boundary, ${subject.status}`],
    ["Time", `${formatTime(subject.startTimeMs)} to ${formatTime(subject.endTimeMs)}`],
    ["Books", booksText(subject.books)],
    ["Grid zone", labels.zone],
    ["Site", labels.site],
    ["Party", labels.party],
    ["Device", code(subject.device)],
    ["Operator", code(subject.operator)],
    ["Voucher", code(subject.voucher)],
    ["Registry", html`chain ${subject.chainId}, ${code(subject.registry)}`],
  ]
  const shown = rows.filter(([, value]) => value !== "")
  return html`<section><h2>What was proved, and of whom</h2><p class="lead">The labels were bound before the result was known. The anchors say that these data existed by the time of their blocks.</p><dl>${shown.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl><h3>Anchors</h3><div class="scroll"><table><thead><tr><th>Run</th><th>Anchored</th><th class="number">Block</th><th class="number">Position</th><th class="hide-small">Root</th></tr></thead><tbody>${subject.runs.map(anchorRow)}</tbody></table></div></section>`
}

function checkItem({ title, proves, stops, required, verdict }: ReportCheck): Markup {
  const waived = required || verdict.status === "valid" ? "" : " The policy does not demand this check."
  const reason =
    verdict.code === null
      ? null
      : html`<p class="reason">${verdict.code}: ${verdict.sentence}<br>${verdict.detail ?? ""}${waived}</p>`
  return html`<li>${icon(verdict.status)}<div><div class="check-title">${title}</div><p class="proves">${proves}</p><p class="stops">Stops ${stops}.</p>${reason}</div></li>`
}

/** What a section on checks needs of a document, whatever its kind. */
export type CheckedDocument = Pick<ReportDocument, "name" | "verdict" | "checks"> & { readonly kind: string }

export function documentSection({ kind, name, verdict, checks }: CheckedDocument): Markup {
  const held = checks.filter((check) => check.verdict.status === "valid").length
  return html`<section><h2>Checks of the ${kind} <span class="is-${verdict.status}">${verdict.status}</span></h2><p class="lead">${name}: ${held} of ${checks.length} checks hold.</p><ul class="checks">${checks.map(checkItem)}</ul></section>`
}

function findingItem({ severity, sentence, code: name, detail, run, sequence, count }: ReportFinding): Markup {
  const where = `run ${run}${sequence === null ? "" : `, capture ${sequence}`}${count > 1 ? `, ${count} times` : ""}`
  return html`<li><span class="severity severity-${severity}">${severity}</span><div><div class="check-title">${sentence}</div><p class="stops">${name}, ${where}: ${detail}</p></div></li>`
}

export function findingsSection(found: readonly ReportFinding[]): Markup | null {
  if (found.length === 0) return null
  return html`<section id="findings"><h2>Findings about quality</h2><p class="lead">They deserve a question. They are no part of the verdict: a faulty sensor is not a forged signature.</p><ul class="checks findings">${found.map(findingItem)}</ul></section>`
}

/** What the policy expects, with what was found. */
export function expectationSection(met: readonly ReportExpectation[]): Markup | null {
  if (met.length === 0) return null
  return html`<section><h2>What was expected, and holds</h2><dl>${met.map(({ expected, found }) => html`<dt>${expected}</dt><dd>${found}</dd>`)}</dl></section>`
}

export function beliefs({ policyDigest, trustedBlocks }: Pick<ReportModel, "policyDigest" | "trustedBlocks">): Markup {
  const lines = trustLines(trustedBlocks).map((line) => html`<li>${line}</li>`)
  return html`<section><h2>What was believed</h2><p class="lead">Judged under the policy with the digest ${code(policyDigest)}. Is it yours?</p>${lines.length === 0 ? null : html`<ul>${lines}</ul>`}</section>`
}

const FOOTER = html`<footer><p>Valid: all demanded checks hold. Invalid: one refuses, with a code of a closed list. Not accepted: genuine, but not what the policy believes or expects. Undetermined: the verifier could not know, which is never the same as valid.</p><p>A certificate says what a device signed, in which order and when. Whether the device was honest is the voucher's word, and which vouchers to believe is the reader's policy.</p></footer>`

/** What was refused comes first: it is what the reader looks for. */
function byTrouble(documents: readonly ReportDocument[]): readonly ReportDocument[] {
  const rank = ({ verdict }: ReportDocument) => OUTCOMES.indexOf(verdict.status)
  return [...documents].sort((a, b) => rank(a) - rank(b))
}

/** The report's markup, to stand within an element of class \`report\`; the page shows the same. */
export function renderReport(model: ReportModel): string {
  const { verdict, quantities, curves, subject, documents } = model
  const serious = model.findings.filter(({ severity }) => severity === "serious").length
  return html`<main><p class="mark"><strong>Wattest</strong> verification report</p>${verdictBanner(verdict, serious)}${tiles(quantities)}${expectationSection(model.expectations)}${curves.map(curve)}${subject && subjectSection(subject)}${quantitiesSection(quantities)}${findingsSection(model.findings)}${beliefs(model)}${byTrouble(documents).map(documentSection)}${FOOTER}</main>`
    .text
}

/** The report as one file that needs nothing else: no script, no network. */
export function renderHtml(model: ReportModel): string {
  return renderPage(model.verdict.status, renderReport(model))
}

/** A report's markup as a file of its own. */
export function renderPage(status: Status, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${HEADLINES[status]}: Wattest verification report</title>
<style>html { background: #f6f7f4; } body { margin: 0; } @media (prefers-color-scheme: dark) { html { background: #0e1311; } }
${REPORT_STYLE}</style>
</head>
<body class="report">
${body}
</body>
</html>
`
}
