import type { Outcome } from "../../verdict.ts"
import type { ReportVerdict } from "../model.ts"
import { html, type Markup } from "./markup.ts"

/** How anything can end; `foreign`: it is no document of ours, and nothing was judged. */
export type Ending = Outcome | "foreign"

const CIRCLE = "M12 2.6a9.4 9.4 0 1 1 0 18.8a9.4 9.4 0 1 1 0-18.8z"
const SQUARE = "M6 3.2h12a2.8 2.8 0 0 1 2.8 2.8v12a2.8 2.8 0 0 1-2.8 2.8H6A2.8 2.8 0 0 1 3.2 18V6A2.8 2.8 0 0 1 6 3.2z"
const OCTAGON = "M8.2 2.8h7.6l5.4 5.4v7.6l-5.4 5.4H8.2l-5.4-5.4V8.2z"

/** An outline and a sign for each: they differ without colour, and in a copy of a copy. */
const SHAPES: { readonly [E in Ending]: readonly [outline: string, sign: string, dashes: string] } = {
  valid: [CIRCLE, "M7.4 12.4l3.1 3.1 6.1-7", "none"],
  invalid: [OCTAGON, "M8.6 8.6l6.8 6.8m0-6.8l-6.8 6.8", "none"],
  unaccepted: [SQUARE, "M7.8 12h8.4", "none"],
  undetermined: [CIRCLE, "M9.4 9.7a2.7 2.7 0 1 1 4.9 1.6c-.8 1-2.2 1.3-2.2 2.6M12.1 16.8v.1", "3.4 2.5"],
  foreign: [SQUARE, "M8 16l8-8", "3 2.6"],
}

export function icon(ending: Ending): Markup {
  const [outline, sign, dashes] = SHAPES[ending]
  return html`<svg class="icon is-${ending}" viewBox="0 0 24 24" role="img" aria-label="${ending}"><path d="${outline}" stroke-dasharray="${dashes}"/><path d="${sign}"/></svg>`
}

export const HEADLINES: { readonly [E in Ending]: string } = {
  valid: "Valid",
  invalid: "Invalid",
  unaccepted: "Genuine, but not accepted",
  undetermined: "Undetermined",
  foreign: "Not one of ours",
}

const MEANINGS: { readonly [E in Ending]: string } = {
  valid: "Every check that the policy demands holds.",
  invalid: "A check refuses this. Rely on nothing in it; no number of it is shown.",
  unaccepted:
    "Nothing is refused: as far as it was looked at, this is genuine. But the policy does not believe or expect it.",
  undetermined: "Nothing is refused, but not everything could be checked. Until it can, this proves nothing.",
  foreign: "This is no document that Wattest knows. Nothing was judged.",
}

const changeText = (change: string | null) =>
  change === null ? null : html`<p class="change"><strong>To accept it:</strong> ${change}.</p>`

function reasonText({ code, sentence, detail, change }: ReportVerdict): Markup | null {
  if (code === null) return null
  return html`<p class="why">${sentence}</p><p class="detail"><span class="code">${code}</span> ${detail ?? ""}</p>${changeText(change)}`
}

function seriousText(serious: number): Markup | null {
  if (serious === 0) return null
  const what = serious === 1 ? "One serious finding" : `${serious} serious findings`
  return html`<p class="why"><a href="#findings">${what}</a> about the quality of these numbers</p>`
}

function banner(ending: Ending, more: Markup | null): Markup {
  return html`<section class="verdict ${ending}-wash">${icon(ending)}<div><h1>${HEADLINES[ending]}</h1><p class="means">${MEANINGS[ending]}</p>${more}</div></section>`
}

/** The headline of a report: word, shape and colour, and what to change where the policy does not accept it. */
export function verdictBanner(verdict: ReportVerdict, serious = 0): Markup {
  return banner(verdict.status, verdict.status === "valid" ? seriousText(serious) : reasonText(verdict))
}

/** What stands in place of a report on files that are none of ours. */
export function renderForeign(names: readonly string[]): string {
  const listed = html`<p class="detail">${names.join(", ")}</p><p class="change"><strong>What helps:</strong> choose a certificate, the evidence of its runs, or a presentation, as its issuer sent it.</p>`
  return html`<main>${banner("foreign", listed)}</main>`.text
}

/** An outcome as a word with its shape, for a row. */
export const word = (ending: Ending): Markup => html`<span class="word is-${ending}">${icon(ending)}${ending}</span>`
