import { html, nothing, type TemplateResult } from "lit-html"
import type { Operator } from "../books/books.ts"
import type { World } from "../check/check.ts"
import { hrefOf } from "../route.ts"
import { label, moment, plural, whole } from "../words.ts"
import { claimCards } from "./claims.ts"
import { moreList, orUnread } from "./list.ts"
import { type Column, hearsay, hexLink, table } from "./parts.ts"

const COLUMNS: readonly Column<Operator>[] = [
  { name: "operator", show: ({ operator }) => hexLink({ page: "operator", operator }, operator) },
  { name: "ledgers", isNumber: true, show: ({ ledgers }) => whole(ledgers) },
  { name: "devices", isNumber: true, show: ({ devices }) => whole(devices) },
  { name: "anchored runs", isNumber: true, show: ({ runs }) => whole(runs) },
  { name: "tallies", isNumber: true, show: ({ tallies }) => whole(tallies) },
]

/** Who has ledgers, and what was claimed lately. */
export async function homePage({ books, status }: World): Promise<TemplateResult> {
  const claimed = async () => {
    const { items } = await books.claims({})
    return items.length === 0 ? html`<p class="empty">No number was proved yet.</p>` : claimCards(items.slice(0, 10))
  }
  const [operators, claims] = await Promise.all([
    moreList({
      read: (after) => books.operators(after),
      show: (rows) => table(rows, COLUMNS, { empty: "No operator has a ledger in this registry yet." }),
    }),
    orUnread(claimed()),
  ])
  return html`<header class="head"><h1 tabindex="-1">Who keeps books, and how far do they reach?</h1>
    <p class="lead">AI workloads that were metered by devices that sign, and anchored in a registry that nobody owns.
    Each operator, ledger, device, run and claim has a page of its own, which checks in your browser what it shows. <a href=${hrefOf({ page: "about" })}>What the words mean</a></p></header>
    ${trouble(status)}
    ${hearsay("Operators", books.source, operators)}
    ${hearsay("What was claimed", books.source, claims)}`
}

/** What the index says is wrong with itself, before anything that it says. */
export function trouble({ block, error, faults }: World["status"]): TemplateResult | typeof nothing {
  if (error === null && faults.length === 0) return nothing
  return html`<div class="notice open" role="status">
    ${error === null ? nothing : html`<p><strong>Nothing newer is taken</strong>${block === null ? "" : html` since ${moment(block.time)}`}: ${label(error)}</p>`}
    ${faults.length === 0 ? nothing : html`<p>${plural(faults.length, "node")} of this index said what the chain does not bear out: ${faults.map(label).join("; ")}</p>`}
  </div>`
}
