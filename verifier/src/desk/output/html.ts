import { renderPage, verdictBanner } from "../../report/html.ts"
import { html, type Markup } from "../../report/markup.ts"
import type { DeskFinding } from "../across/findings.ts"
import type { DeskResult, DeskSample } from "../result.ts"
import type { Row } from "../row.ts"
import { gistOf, subjectOf } from "./table.ts"

function rowMarkup(row: Row): Markup {
  const { name, page, verdict, kind } = row
  const link = page === null ? html`${name}` : html`<a href="${page}">${name}</a>`
  const status = verdict?.status
  const word = status === undefined ? html`–` : html`<span class="is-${status}">${status}</span>`
  return html`<tr><td>${word}</td><td>${link}<div class="formula">${kind}, SHA-256 <span class="hash">${row.sha256 ?? "not read"}</span></div></td><td>${subjectOf(row)}</td><td>${gistOf(row)}</td></tr>`
}

function findingItem({ severity, sentence, code, detail, documents }: DeskFinding): Markup {
  return html`<li><span class="severity severity-${severity}">${severity}</span><div><div class="check-title">${sentence}</div><p class="stops">${code}: ${detail} (${documents.join(", ")})</p></div></li>`
}

function findingsSection(findings: readonly DeskFinding[]): Markup | null {
  if (findings.length === 0) return null
  return html`<section><h2>What the documents show together</h2><ul class="checks findings">${findings.map(findingItem)}</ul></section>`
}

function sampleSection({ source, population, populationDigest, seed, drawn }: DeskSample): Markup {
  const rows = drawn.map(
    ({ device, run, documents }) =>
      html`<tr><td class="hash">${device}</td><td class="number">${run}</td><td>${documents.join(", ") || "missing"}</td></tr>`,
  )
  return html`<section><h2>Sample</h2><p class="lead">${drawn.length} of ${population} runs, drawn with the seed ${JSON.stringify(seed)} from ${source}; SHA-256 of the list of runs <span class="hash">${populationDigest}</span>.</p><div class="scroll"><table><thead><tr><th>Device</th><th class="number">Run</th><th>Shown by</th></tr></thead><tbody>${rows}</tbody></table></div></section>`
}

/** The index of a folder of reports: one page that needs nothing but those beside it. */
export function renderIndex(result: DeskResult): string {
  const { verdict, counts, rows, findings, sample, policyDigest } = result
  const { valid, invalid, unaccepted, undetermined } = counts
  const serious = findings.filter(({ severity }) => severity === "serious").length
  const page = html`<main><p class="mark"><strong>Wattest</strong> verification of ${rows.length} documents</p>${verdictBanner(verdict, 0)}<section><h2>Documents</h2><p class="lead">${valid} valid, ${invalid} invalid, ${unaccepted} not accepted, ${undetermined} undetermined; ${serious} serious findings over all of them. Judged under the policy with the digest <span class="hash">${policyDigest}</span>.</p><div class="scroll"><table><thead><tr><th>Verdict</th><th>Document</th><th>Runs</th><th></th></tr></thead><tbody>${rows.map(rowMarkup)}</tbody></table></div></section>${findingsSection(findings)}${sample && sampleSection(sample)}</main>`
  return renderPage(verdict.status, page.text)
}
