import { html, Markup } from "@wattest/verifier"
import type { Cell, Filing, Source } from "../filing.ts"
import { anchored, time, unitWord, weakSpots } from "./words.ts"

const STYLE = new Markup(
  "body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}table{border-collapse:collapse;width:100%;font-size:.9rem}td,th{border-bottom:1px solid #bbb;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}section{border:1px solid #bbb;border-radius:.4rem;padding:.5rem 1rem;margin:1rem 0}section.partly{border-left:.5rem solid #b36b00}section.missing{border-left:.5rem solid #a00}section.filled{border-left:.5rem solid #06652b}.value{font-size:1.3rem;font-weight:600}",
)

const list = (title: string, items: readonly string[]): Markup | null =>
  items.length === 0 ? null : html`<h4>${title}</h4><ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`

function sourceRow(source: Source): Markup {
  const { document, documentDigest, kind, evidence, verdict, quantity, share } = source
  const columns = [
    ...[document, documentDigest ?? "–", kind, evidence, verdict ?? "not judged", anchored(source)],
    ...[quantity, share],
  ]
  return html`<tr>${columns.map((column) => html`<td>${column}</td>`)}</tr>`
}

const sourceTable = (sources: readonly Source[]): Markup =>
  sources.length === 0
    ? html`<p>No document stands behind it.</p>`
    : html`<table><thead><tr><th>Document</th><th>SHA-256</th><th>Kind</th><th>Evidence</th><th>Verdict</th><th>Block</th><th>Gives</th><th>Share</th></tr></thead><tbody>${sources.map(sourceRow)}</tbody></table>`

function valueText({ value, bound, unit, uncertainty }: Cell): string {
  if (value === null) return "missing"
  const beside = uncertainty === null ? "" : `, ± ${uncertainty} (k = 2)`
  return `${bound === "at-most" ? "at most " : ""}${`${value} ${unitWord(unit)}`.trimEnd()}${beside}`
}

const section = (cell: Cell): Markup => html`<section class="${cell.state}"><h3>${cell.id}: ${cell.label}</h3>
<p class="value">${valueText(cell)}</p><p>${cell.state}; ${cell.concept}</p>
${cell.previous === null ? null : html`<p>Previously stated: ${cell.previous}</p>`}
${sourceTable(cell.sources)}
${list("Weak spots", weakSpots(cell))}
${list("What would fill it", cell.needs)}
${list("Notes", cell.notes)}
</section>
`

/** One page without scripts and without anything from elsewhere: each cell, its documents, verdicts, blocks and weak spots. */
export function report(filing: Filing): string {
  const { standard, entity, period, subject, refused, cells, profileSigner, asOf } = filing
  const signed = profileSigner === null ? "signed by nobody" : `signed by ${profileSigner}`
  const refusals = refused.map(({ name, status, code, detail }) => `${name} is ${status}, ${code}: ${detail}`)
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${entity.name}: ${standard.title}</title><style>${STYLE}</style></head><body>
<h1>${entity.name}</h1><h2>${standard.title}, ${period.from} to ${period.to} (days by UTC)</h2>
<p>About the ${subject.kind} ${subject.name}. Policy ${filing.policyDigest}. Profile ${filing.profileDigest}, ${signed}.${asOf === null ? "" : ` As of ${time(asOf)}.`}</p>
${list("Of the whole filing", filing.notes)}
${cells.map(section)}${list("Documents that did not enter", refusals)}
</body></html>
`.text
}
