import { REPORT_STYLE } from "@wattest/verifier"
import { html, type TemplateResult } from "lit-html"
import { unsafeHTML } from "lit-html/directives/unsafe-html.js"

let isStyled = false

/** The style of the verifier's reports: a sheet made here is the page's own, and needs no exception from its policy. */
function style(): void {
  if (isStyled) return
  isStyled = true
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(REPORT_STYLE)
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
}

/** A report within a page: markup of the verifier's own renderer, which escapes every text of a document. */
export function report(markup: string): TemplateResult {
  style()
  // the page around it has a main part and a heading of its own
  const within = markup.replaceAll(/<(\/?)main\b/g, "<$1div").replaceAll(/<(\/?)h1\b/g, "<$1h2")
  return html`<div class="report">${unsafeHTML(within)}</div>`
}
