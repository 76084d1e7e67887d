import { reportBlock, reportVerdict } from "../report/build.ts"
import { beliefs, documentSection, renderPage, verdictBanner } from "../report/html.ts"
import { html, type Markup } from "../report/markup.ts"
import { PRESENTATION_CATALOGUE } from "./catalogue.ts"
import { LEDGER_FINDING_CODES, type LedgerFinding } from "./findings.ts"
import { placeOf, provenClaims } from "./report.ts"
import type { PresentationResult, ProvenClaim } from "./verify-presentation.ts"

type CatalogueId = keyof typeof PRESENTATION_CATALOGUE

function claimSection({ sentence, limits, runs, unopened, voids }: ProvenClaim): Markup {
  return html`<section><h2>What was proved</h2><p>${sentence}</p><p class="lead">${limits}</p><dl><dt>Runs</dt><dd>${String(runs)}</dd><dt>Unopened</dt><dd>${unopened}</dd><dt>Void</dt><dd>${voids}</dd></dl></section>`
}

function findingItem(finding: LedgerFinding): Markup {
  const { severity, code, detail } = finding
  return html`<li><span class="severity severity-${severity}">${severity}</span><div><div class="check-title">${LEDGER_FINDING_CODES[code][1]}</div><p class="stops">${code}, ${placeOf(finding)}: ${detail}</p></div></li>`
}

function findingsSection(findings: readonly LedgerFinding[]): Markup | null {
  if (findings.length === 0) return null
  return html`<section><h2>Findings about the ledgers</h2><p class="lead">They deserve a question. They are no part of the verdict.</p><ul class="checks findings">${findings.map(findingItem)}</ul></section>`
}

/** The report on a presentation, to stand within an element of class `report`. */
export function renderPresentationReport(name: string, result: PresentationResult): string {
  const { verdict, checks, findings, policyDigest, trustedBlocks } = result
  const shown = checks.map(({ id, required, verdict: outcome }) => {
    const entry = PRESENTATION_CATALOGUE[id as CatalogueId]
    return { id, ...entry, required, verdict: reportVerdict(outcome) }
  })
  const document = { kind: "presentation", name, verdict: reportVerdict(verdict), checks: shown }
  const sections = provenClaims(result).map(claimSection)
  return html`<main><p class="mark"><strong>Wattest</strong> verification report</p>${verdictBanner(document.verdict, 0)}${sections}${beliefs({ policyDigest, trustedBlocks: trustedBlocks.map(reportBlock) })}${findingsSection(findings)}${documentSection(document)}</main>`
    .text
}

/** The same as one file that needs nothing else. */
export function renderPresentationHtml(name: string, result: PresentationResult): string {
  return renderPage(result.verdict.status, renderPresentationReport(name, result))
}
