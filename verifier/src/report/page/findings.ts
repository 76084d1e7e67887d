import type { Severity } from "../../quality/findings.ts"
import { html, type Markup } from "./markup.ts"

/** A finding of any kind, as a page shows it. */
export type ShownFinding = {
  readonly severity: Severity
  readonly sentence: string
  readonly code: string
  /** Where, and what. */
  readonly detail: string
}

function findingItem({ severity, sentence, code, detail }: ShownFinding): Markup {
  return html`<li><span class="severity severity-${severity}">${severity}</span><div><div class="check-title">${sentence}</div><p class="stops"><span class="code">${code}</span> ${detail}</p></div></li>`
}

const list = (found: readonly ShownFinding[]) =>
  found.length === 0 ? null : html`<ul class="checks findings">${found.map(findingItem)}</ul>`

/** What deserves a question: serious ones lie open, the others are folded. */
export function findingsSection(title: string, found: readonly ShownFinding[]): Markup | null {
  if (found.length === 0) return null
  const serious = found.filter(({ severity }) => severity === "serious")
  const others = found.filter(({ severity }) => severity !== "serious")
  const count = (severity: Severity, noun: string) => {
    const many = others.filter((finding) => finding.severity === severity).length
    return many === 0 ? [] : [`${many} ${noun}${many === 1 ? "" : "s"}`]
  }
  const counted = [...count("warning", "warning"), ...count("info", "note")].join(", ")
  const folded = others.length === 0 ? null : html`<details><summary>${counted}</summary>${list(others)}</details>`
  return html`<section id="findings"><h2>${title}</h2><p class="lead">They deserve a question. They are no part of the verdict.</p>${list(serious)}${folded}</section>`
}
