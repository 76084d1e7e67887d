import { OUTCOMES } from "../../verdict.ts"
import type { ReportCheck, ReportDocument } from "../model.ts"
import { html, type Markup } from "./markup.ts"
import { icon, word } from "./verdict.ts"

/** What a section on checks needs of a document, whatever its kind. */
export type CheckedDocument = Pick<ReportDocument, "name" | "sha256" | "verdict" | "checks"> & {
  readonly kind: string
}

const isHeld = ({ verdict }: ReportCheck) => verdict.status === "valid"
/** What decided nothing: open, and not asked for. */
const isWaived = ({ verdict, required }: ReportCheck) => verdict.status === "undetermined" && !required

function checkItem(check: ReportCheck): Markup {
  const { title, proves, stops, verdict } = check
  const waived = isWaived(check) ? ". The policy does not demand this check." : ""
  const reason =
    verdict.code === null
      ? null
      : html`<p class="reason"><span class="code">${verdict.code}</span> ${verdict.sentence}: ${verdict.detail ?? ""}${waived}</p>`
  return html`<li>${icon(verdict.status)}<div><div class="check-title">${title}</div><p class="proves">${proves}</p><p class="stops">Stops ${stops}.</p>${reason}</div></li>`
}

const list = (checks: readonly ReportCheck[], kind: string) =>
  checks.length === 0 ? null : html`<ul class="checks ${kind}">${checks.map(checkItem)}</ul>`

/** What did not hold comes first and lies open; what held is folded. */
export function documentSection({ kind, name, sha256, verdict, checks }: CheckedDocument): Markup {
  const held = checks.filter(isHeld)
  const waived = checks.filter(isWaived)
  const open = checks.filter((check) => !isHeld(check) && !isWaived(check))
  const spare =
    waived.length === 0
      ? ""
      : `, ${waived.length} that the policy does not demand ${waived.length === 1 ? "is" : "are"} open`
  const folded = html`<details><summary>${held.length} of ${checks.length} checks hold${spare}</summary>${list([...waived, ...held], "held")}</details>`
  return html`<section><h2>Checks of the ${kind} ${word(verdict.status)}</h2><p class="lead">${name}<br><span class="hash">SHA-256 ${sha256}</span></p>${list(open, "open")}${folded}</section>`
}

/** What was refused comes first: it is what the reader looks for. */
export function byTrouble<T extends CheckedDocument>(documents: readonly T[]): readonly T[] {
  const rank = ({ verdict }: T) => OUTCOMES.indexOf(verdict.status)
  return [...documents].sort((a, b) => rank(a) - rank(b))
}
