import { html, nothing, render, type TemplateResult } from "lit-html"
import type { Subject } from "../books/books.ts"
import { hrefOf } from "../route.ts"
import { label, whole } from "../words.ts"
import { type Checked, check, type Difference, type Shown, type World } from "./check.ts"
import { report } from "./report.ts"

/** What a badge checks, and with what. `isEager`: at once, else when it is asked to. */
export type Badge = {
  readonly subject: Subject
  readonly shown: Shown
  readonly world: World
  readonly isEager: boolean
  /** In a list: whose block and which policy stand in the unfolded badge alone. */
  readonly isBrief?: boolean
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
        outcome(checked, badge, () => this.run()),
        this,
      )
  }
}

const key = ({ subject, shown, world }: Badge) =>
  JSON.stringify([subject, shown, world.nodes, world.policy, world.books.source, world.status.block?.number])

if (!customElements.get("check-badge")) customElements.define("check-badge", CheckBadge)

export const badge = (of: Badge): TemplateResult => html`<check-badge .badge=${of}></check-badge>`

type Told = {
  readonly kind: "true" | "false" | "open"
  readonly title: string
  readonly body: TemplateResult
  readonly report: string
}

function outcome(checked: Checked, { isBrief = false, world }: Badge, again: () => void): TemplateResult {
  if (checked.is !== "unchecked")
    return html`${told(wordsFor(checked))}${checked.is === "true" && !isBrief ? beside(checked, world) : nothing}`
  return html`<span class="badge open" role="status">Could not be checked</span>
    <button type="button" class="again" @click=${again}>Again</button> <span class="soft">${label(checked.why)}</span>`
}

/** What a tick is worth depends on who names the block: it is said beside it. */
const beside = ({ whose, judged }: Extract<Checked, { readonly is: "true" }>, { nodes, policy }: World) => html`
  <span class="soft">under ${judged.policy}; the block is one that ${label(whose)}${
    nodes.length > 0 || policy !== ""
      ? nothing
      : html`. <a href=${hrefOf({ page: "settings" })}>Believe your own node instead</a>`
  }</span>`

function wordsFor(checked: Exclude<Checked, { readonly is: "unchecked" }>): Told {
  const { status, code, detail, policy, report } = checked.judged
  if (checked.is === "true") {
    const body = html`<p>The verifier in this page followed the proof to the block that ${label(checked.whose)}, under ${policy}, and what is shown is what stands there.</p>`
    return { kind: "true", title: `Checked here, now, against block ${whole(checked.block)}`, body, report }
  }
  if (checked.is === "false")
    return { kind: "false", title: "The chain says something else", body: differences(checked.differences), report }
  const body = html`<p><code>${code}</code> ${detail === null ? nothing : label(detail)}</p><p>Judged under ${policy}.</p>`
  if (status === "invalid") return { kind: "false", title: "The proof does not hold", body, report }
  return { kind: "open", title: "Not decided", body, report }
}

const differences = (found: readonly Difference[]) => html`<table class="rows">
  <thead><tr><th scope="col">what</th><th scope="col">shown here</th><th scope="col">proved</th></tr></thead>
  <tbody>${found.map(({ name, shown, proved }) => html`<tr><td data-name="what">${name}</td><td data-name="shown here">${label(shown)}</td><td data-name="proved">${label(proved)}</td></tr>`)}</tbody></table>`

const told = ({ kind, title, body, report: markup }: Told) => html`<details class="check">
  <summary class="badge ${kind}"><span role="status">${title}</span></summary>
  <div class="checked">${body}${markup === "" ? nothing : report(markup)}</div>
</details>`
