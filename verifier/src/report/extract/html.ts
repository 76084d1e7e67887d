import { documentSection } from "../page/checks.ts"
import { beliefs, FOOTER, facts, pageHead, renderPage } from "../page/frame.ts"
import { html } from "../page/markup.ts"
import { verdictBanner } from "../page/verdict.ts"
import type { ExtractModel } from "./model.ts"

/** The report on an extract, to stand within an element of class `report`. */
export function renderExtractReport(model: ExtractModel): string {
  const { verdict, said } = model
  const rows = said && facts(said.rows.map(({ name, value }) => [name, value]))
  const shown =
    said && html`<section><h2>What the registry holds</h2><p class="lead">${said.sentence}</p>${rows}</section>`
  const judged = html`${documentSection({ ...model, kind: "extract" })}${beliefs(model, model.trustedBlocks)}`
  return html`<main>${pageHead("Verification report", model)}${verdictBanner(verdict, 0)}${shown}${judged}${FOOTER}</main>`
    .text
}

/** The same as one file that needs nothing else. */
export function renderExtractHtml(model: ExtractModel): string {
  return renderPage(model.verdict.status, renderExtractReport(model))
}
