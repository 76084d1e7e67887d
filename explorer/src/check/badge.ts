import { html, nothing, render, type TemplateResult } from "lit-html"
import { unsafeHTML } from "lit-html/directives/unsafe-html.js"
import type { Subject } from "../books/books.ts"
import { label, whole } from "../words.ts"
import { type Checked, check, type Shown, type World } from "./check.ts"

/** What a badge checks, and with what. `isEager`: at once, else when it is asked to. */
export type Badge = {
  readonly subject: Subject
  readonly shown: Shown
  readonly world: World
  readonly isEager: boolean
}

/** A word beside what is shown: whether it was checked here, and what came of it. It stands for itself in any list. */
class CheckBadge extends HTMLElement {
  #badge: Badge | null = null
  #asked = 0

  set badge(badge: Badge) {
    if (this.#badge !== null && key(this.#badge) === key(badge)) return
    this.#badge = badge
    this.#asked++
    if (badge.isEager) void this.run()
    else
      render(
        html`<button type="button" class="badge quiet" @click=${() => this.run()}>Not checked. Check</button>`,
        this,
      )
  }

  async run(): Promise<void> {
    const badge = this.#badge
    if (badge === null) return
    const asked = ++this.#asked
    render(html`<span class="badge quiet" role="status">Checking …</span>`, this)
    const checked = await check(badge.subject, badge.shown, badge.world)
    if (asked === this.#asked)
      render(
        outcome(checked, () => this.run()),
        this,
      )
  }
}

const key = ({ subject, shown, world }: Badge) =>
  JSON.stringify([subject, shown, world.nodes, world.policy, world.books.source, world.status.block?.number])

if (!customElements.get("check-badge")) customElements.define("check-badge", CheckBadge)

export const badge = (of: Badge): TemplateResult => html`<check-badge .badge=${of}></check-badge>`

function outcome(checked: Checked, again: () => void): TemplateResult {
  if (checked.is === "true") {
    const { block, whose, judged } = checked
    return details(
      "true",
      `Checked here, now, against block ${whole(block)}`,
      html`
      <p>The verifier in this page followed the proof to the block that ${label(whose)}, under ${judged.policy}, and what is shown is what stands there.</p>`,
      judged.report,
    )
  }
  if (checked.is === "false")
    return details(
      "false",
      "The chain says something else",
      html`<table class="rows">
      <thead><tr><th>what</th><th>shown here</th><th>proved</th></tr></thead>
      <tbody>${checked.differences.map(({ name, shown, proved }) => html`<tr><td>${name}</td><td>${label(shown)}</td><td>${label(proved)}</td></tr>`)}</tbody></table>`,
      checked.judged.report,
    )
  if (checked.is === "refused") {
    const { status, code, detail, policy, report } = checked.judged
    const word = status === "invalid" ? "false" : "open"
    return details(
      word,
      status === "invalid" ? "The proof does not hold" : "Not decided",
      html`<p><code>${code}</code> ${detail === null ? nothing : label(detail)}</p><p>Judged under ${policy}.</p>`,
      report,
    )
  }
  return html`<span class="badge open" title=${checked.why}>Could not be checked</span> <button type="button" class="again" @click=${again}>Again</button>
    <span class="soft">${label(checked.why)}</span>`
}

/** The report is markup of the verifier's own renderer, which escapes every text of a document. */
const details = (kind: string, title: string, body: TemplateResult, report: string) => html`<details class="check">
  <summary class="badge ${kind}" role="status">${title}</summary>
  <div class="checked">${body}${report === "" ? nothing : html`<div class="report">${unsafeHTML(report)}</div>`}</div>
</details>`
