import { instant } from "@wattest/protocol"
import { html, type Markup } from "@wattest/verifier"
import { CELL_STATES, type Cell, type Filing, type Source } from "../filing.ts"
import { STYLE } from "./html-style.ts"
import { anchored, coverageLines, percent, sayGrade, unitText, weakSpots } from "./words.ts"

const list = (title: string, items: readonly string[]): Markup | null =>
  items.length === 0 ? null : html`<h4>${title}</h4><ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`

/** A document, what the verifier says of it, where the chain holds it, and what it gives to the number. */
function sourceItem(source: Source, { unit, kind: given }: Cell): Markup {
  const { document, documentDigest, kind, evidence, verdict, quantity, share } = source
  const gives =
    given === "text" ? null : html`<br>gives ${quantity} ${unitText(unit)}, ${percent(share)} of all that is given`
  const digest =
    documentDigest === null ? null : html`<br><span class="soft">SHA-256 <code>${documentDigest}</code></span>`
  return html`<li><strong>${document}</strong>: ${kind}, ${evidence}, ${verdict ?? "not judged"}; ${anchored(source)}${gives}${digest}</li>`
}

function valueText({ value, bound, unit }: Cell): string {
  return value === null ? "–" : `${bound === "at-most" ? "at most " : ""}${value} ${unitText(unit)}`.trim()
}

const row = (cell: Cell, at: number): Markup =>
  html`<tr class="${cell.state}"><td class="id"><a href="#c${at + 1}">${cell.id}</a></td><td class="what">${cell.label}</td><td class="value${cell.kind === "number" ? " number" : null}">${valueText(cell)}</td><td class="state">${cell.state}</td><td class="evidence">${cell.evidence ?? "–"}</td></tr>
`

function section(cell: Cell, at: number): Markup {
  const { id, label, state, concept, kind, uncertainty, evidence, grades, previous, sources } = cell
  const beside = uncertainty === null ? "" : ` ± ${uncertainty} (k = 2)`
  const graded = grades.length === 0 ? "" : `; of it ${grades.map(sayGrade).join(", ")}`
  return html`<section class="${state}" id="c${at + 1}"><h3>${id}: ${label}</h3>
<p class="${kind}">${valueText(cell)}${beside}</p>
<p class="soft"><span class="state">${state}</span>${evidence === null ? "" : `; rests on what is ${evidence}`}${graded}; <code>${concept}</code></p>
${previous === null ? null : html`<p>Previously stated: ${previous} ${unitText(cell.unit)}</p>`}
${coverageLines(cell).map((line) => html`<p class="soft">${line}</p>`)}
${sources.length === 0 ? html`<p class="soft">No document stands behind it.</p>` : html`<h4>Documents</h4><ol>${sources.map((source) => sourceItem(source, cell))}</ol>`}
${list("Weak spots", weakSpots(cell))}
${list("What would fill it", cell.needs)}
${list("Notes", cell.notes)}
</section>
`
}

const HEAD = ["Cell", "What", "Value", "State", "Evidence"]

/** One page without scripts and without anything from elsewhere: each cell, its documents, verdicts, blocks and weak spots. */
export function report(filing: Filing): string {
  const { standard, entity, period, subject, refused, cells, profileSigner, asOf, program } = filing
  const refusals = refused.map(({ name, status, code, detail }) => `${name} is ${status}, ${code}: ${detail}`)
  const counts = CELL_STATES.map((state) => `${cells.filter((cell) => cell.state === state).length} ${state}`)
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${entity.name}: ${standard.title}</title><style>${STYLE}</style></head><body>
<h1>${entity.name}</h1>
<p class="lead">${standard.title}, ${period.from} to ${period.to} (days by UTC)</p>
<table><thead><tr>${HEAD.map((name) => html`<th class="${name.toLowerCase()}">${name}</th>`)}</tr></thead><tbody>
${cells.map(row)}</tbody></table>
<p class="soft">${counts.join(", ")}</p>
${list("Of the whole filing", filing.notes)}${list("Documents that did not enter", refusals)}
<h2>Each cell and its way to the proof</h2>
${cells.map(section)}<h2>How it was judged</h2>
<dl><dt>About</dt><dd>the ${subject.kind} ${subject.name}</dd>
<dt>Standard</dt><dd>${standard.version}, ${standard.source}</dd>
<dt>Policy, SHA-256</dt><dd><code>${filing.policyDigest}</code></dd>
<dt>Profile, SHA-256</dt><dd><code>${filing.profileDigest}</code>, signed by <code>${profileSigner ?? "nobody"}</code></dd>
${asOf === null ? null : html`<dt>As of</dt><dd>${instant(asOf)}</dd>`}
<dt>Written by</dt><dd>wattest ${program}; <code>wattest disclose explain FILE CELL</code> says the same of the filing, and looks for its documents</dd></dl>
</body></html>
`.text
}
