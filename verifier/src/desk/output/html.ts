import { plural } from "@wattest/protocol"
import { findingsSection } from "../../report/page/findings.ts"
import { beliefs, FOOTER, pageHead, renderPage } from "../../report/page/frame.ts"
import { html, type Markup } from "../../report/page/markup.ts"
import { verdictBanner, word } from "../../report/page/verdict.ts"
import { OUTCOMES, type Outcome } from "../../verdict.ts"
import type { DeskResult, DeskSample } from "../result.ts"
import type { FileDigest, Row } from "../row.ts"
import { blocksOf } from "./blocks.ts"
import { gistOf, subjectOf } from "./table.ts"

const digest = (kind: string, { sha256 }: Pick<FileDigest, "sha256">): Markup =>
  html`<div class="formula">${kind} <span class="hash">${sha256 ?? "not read"}</span></div>`

function rowMarkup(row: Row): Markup {
  const { name, page, verdict, kind, evidence } = row
  const link = page === null ? html`${name}` : html`<a href="${page}">${name}</a>`
  const beside = evidence.map((file) => html`<div class="formula">${file.name}</div>${digest("evidence", file)}`)
  const runs = subjectOf(row)
  return html`<tr><td>${verdict === null ? html`<span class="soft">not judged</span>` : word(verdict.status)}</td><td>${link}${digest(kind, row)}${beside}</td><td>${gistOf(row)}${runs === "" ? null : html`<div class="formula">run ${runs}</div>`}</td></tr>`
}

function sampleSection({ source, population, populationDigest, seed, drawn }: DeskSample): Markup {
  const rows = drawn.map(
    ({ device, run, documents }) =>
      html`<tr><td class="hash">${device}</td><td class="number">${run}</td><td>${documents.join(", ") || html`<strong>missing</strong>`}</td></tr>`,
  )
  return html`<section><h2>Sample</h2><p class="lead">${drawn.length} of ${plural(population, "run")}, drawn with the seed ${JSON.stringify(seed)} from ${source}; SHA-256 of the list of runs <span class="hash">${populationDigest}</span>.</p><table class="stacked"><thead><tr><th>Device</th><th class="number">Run</th><th>Shown by</th></tr></thead><tbody>${rows}</tbody></table></section>`
}

/** How many ended how: each outcome by word, shape and number. */
function counted({ counts }: DeskResult): Markup {
  const tile = (status: Outcome) =>
    html`<div class="tile"><div class="name">${word(status)}</div><div class="value">${counts[status]}</div></div>`
  return html`<div class="tiles">${OUTCOMES.toReversed().map(tile)}</div>`
}

/** The index of a folder of reports: one page that needs nothing but those beside it. */
export function renderIndex(result: DeskResult): string {
  const { verdict, rows, sample, findings } = result
  const serious = findings.filter(({ severity }) => severity === "serious").length
  const found = result.findings.map((finding) => ({
    ...{ ...finding, detail: `${finding.detail} (${finding.documents.join(", ")})` },
  }))
  const table = html`<section><h2>Documents</h2><table class="stacked documents"><thead><tr><th>Verdict</th><th>Document, SHA-256</th><th>Number, or reason against it</th></tr></thead><tbody>${rows.map(rowMarkup)}</tbody></table></section>`
  const page = html`<main>${pageHead(`Verification of ${plural(rows.length, "document")}`, result)}${verdictBanner(verdict, serious)}${counted(result)}${table}${findingsSection("What the documents show together", found)}${sample && sampleSection(sample)}${beliefs(result, blocksOf(rows))}${FOOTER}</main>`
  return renderPage(verdict.status, page.text)
}
