import { sha256 } from "@noble/hashes/sha2.js"
import type { Outcome } from "../../verdict.ts"
import type { ReportBlock, ReportExpectation, ReportFrame } from "../model.ts"
import { formatTime, trustLines } from "../numbers.ts"
import { html, type Markup } from "./markup.ts"
import { REPORT_STYLE } from "./style.ts"
import { HEADLINES } from "./verdict.ts"

export const code = (text: string): Markup => html`<span class="hash">${text}</span>`

/** Rows of a name and what it is; empty ones are left out. */
export function facts(rows: readonly (readonly [name: string, value: Markup | string])[], kind = ""): Markup {
  const shown = rows.filter(([, value]) => value !== "")
  return html`<dl class="${kind}">${shown.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

/** Whose page it is, and of what moment as the caller says it. */
export function pageHead(what: string, { time, verifier }: Pick<ReportFrame, "time" | "verifier">): Markup {
  const when = time === null ? "no time was given" : formatTime(time * 1000)
  return html`<header class="mark"><strong>Wattest</strong><span>${what}</span><span class="stamp">${when}, verifier ${verifier}</span></header>`
}

/** What the policy expects, with what was found. */
export function expectationSection(met: readonly ReportExpectation[]): Markup | null {
  if (met.length === 0) return null
  return html`<section><h2>What was expected, and holds</h2>${facts(met.map(({ expected, found }) => [expected, found]))}</section>`
}

/** Under what it was judged: the policy whole, and why each block is trusted. */
export function beliefs(
  { policyDigest, policyText, verifier, time }: ReportFrame,
  blocks: readonly ReportBlock[],
): Markup {
  const when = time === null ? "none was given, and no clock is read" : `${formatTime(time * 1000)}, as the caller says`
  const trusted = blocks.map(
    ({ chainId, number, hash }) =>
      html`<li><span class="soft">chain ${chainId}, block ${number}</span> ${code(hash)}</li>`,
  )
  const lines = trustLines(blocks).map((line) => html`<div>${line}</div>`)
  const rows: Parameters<typeof facts>[0] = [
    ["Policy", html`${code(policyDigest)} <span class="soft">Is it yours?</span>`],
    ["Time", when],
    ["Verifier", verifier],
    ["Blocks", blocks.length === 0 ? "none was needed, or none is trusted" : html`${lines}`],
  ]
  const hashes = trusted.length === 0 ? null : html`<h3>Trusted blocks</h3><ul class="plain">${trusted}</ul>`
  return html`<section><h2>What was believed</h2>${facts(rows)}<details><summary>Policy and blocks in full</summary>${hashes}<h3>Policy</h3><pre class="policy">${policyText}</pre></details></section>`
}

export const FOOTER: Markup = html`<footer><p><strong>Valid</strong>: all demanded checks hold. <strong>Invalid</strong>: one refuses, with a code of a closed list. <strong>Not accepted</strong>: genuine, but not what the policy believes or expects. <strong>Undetermined</strong>: the verifier could not know, which is never the same as valid.</p><p>A certificate says what a device signed, in which order and when. Whether the device was honest is the voucher's word, and which vouchers to believe is the reader's policy.</p></footer>`

/** The one style that a page may have, as its security policy names it. */
function styleDigest(): string {
  const digest = sha256(new TextEncoder().encode(REPORT_STYLE))
  return `sha256-${btoa(String.fromCharCode(...digest))}`
}

/** A report's markup as a file of its own: no script, no network. */
export function renderPage(status: Outcome, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${styleDigest()}'; base-uri 'none'; form-action 'none'">
<title>${HEADLINES[status]}: Wattest verification report</title>
<style>${REPORT_STYLE}</style>
</head>
<body class="report">
${body}
</body>
</html>
`
}
