import type { Hex } from "@wattest/protocol"
import { html, type TemplateResult } from "lit-html"
import { type Ledger, Unread, type Withdrawal } from "../books/books.ts"
import { badge } from "../check/badge.ts"
import type { World } from "../check/check.ts"
import { series } from "../draw/series.ts"
import { type Mark, timeline } from "../draw/timeline.ts"
import { hrefOf } from "../route.ts"
import { plural, short, whole } from "../words.ts"
import { claimCards, contradictions, drawKinds } from "./claims.ts"
import { ledgerValues } from "./ledger.ts"
import { moreList, orUnread } from "./list.ts"
import { type Column, hearsay, hexLink, identity, pageHead, section, table, tiles } from "./parts.ts"

/** Of what was anchored lately. */
const DAYS = 90

const columns = (world: World): readonly Column<Ledger>[] => [
  { name: "ledger", show: ({ ledger }) => hexLink({ page: "ledger", ledger }, ledger) },
  { name: "voucher", show: ({ voucher }) => html`<span class="hex" title=${voucher}>${short(voucher)}</span>` },
  { name: "devices", isNumber: true, show: ({ devices }) => whole(devices) },
  { name: "runs", isNumber: true, show: ({ length }) => whole(length) },
  {
    name: "checked",
    show: (ledger) =>
      badge({
        subject: { kind: "ledger", ledger: ledger.ledger },
        shown: { values: ledgerValues(ledger) },
        world,
        isEager: true,
        isBrief: true,
      }),
  },
]

async function claimsPart(operator: Hex, { books }: World): Promise<TemplateResult> {
  const [claims, overlaps] = await Promise.all([books.claims({ operator }), books.overlaps({ operator })])
  if (claims.items.length === 0) return html`<p class="empty">It has proved no number yet.</p>`
  return html`${contradictions(overlaps.items, claims.items, operator)}${claimCards(claims.items)}${await drawKinds(claims.items)}`
}

/** An operator: what it claims first, then the ledgers that bear it, and what was taken back. */
export async function operatorPage(operator: Hex, world: World): Promise<TemplateResult> {
  const { books, status } = world
  const ledgers = await books.ledgers({ operator })
  if (ledgers.items.length === 0)
    throw new Unread("this account has no ledger here", "It may vouch for others' devices: search for it.")
  const read = (after?: string) => (after === undefined ? Promise.resolve(ledgers) : books.ledgers({ operator }, after))
  const withdrawn = async () => drawWithdrawals((await books.withdrawals({ operator })).items, status.block?.time ?? 0)
  const anchored = async () => {
    const totals = await books.totals({ operator }, { days: DAYS, until: status.block?.time ?? 0 })
    return totals.length === 0 ? html`<p class="empty">Nothing was anchored lately.</p>` : series(totals)
  }
  const [claims, activity, listed, withdrawals] = await Promise.all([
    orUnread(claimsPart(operator, world)),
    orUnread(anchored()),
    moreList({ read, show: (rows) => table(rows, columns(world), { empty: "It has no ledger." }) }),
    orUnread(withdrawn()),
  ])
  const sum = (of: (ledger: Ledger) => number) => whole(ledgers.items.reduce((all, ledger) => all + of(ledger), 0))
  const more = ledgers.next === null ? "" : " and more"
  return html`${pageHead("Operator", identity(operator))}
    ${tiles([
      { name: "ledgers", value: `${whole(ledgers.items.length)}${more}`, note: "one for each voucher" },
      { name: "devices", value: `${sum(({ devices }) => devices)}${more}`, note: "in these ledgers" },
      { name: "anchored runs", value: `${sum(({ length }) => length)}${more}`, note: "in these ledgers" },
    ])}
    ${hearsay("What it claims", books.source, claims)}
    ${section("Ledgers", listed)}
    ${hearsay("What it anchored lately", books.source, activity)}
    ${hearsay("What vouchers took back", books.source, withdrawals)}`
}

/** From when on vouchers' words do not hold, each a stretch up to now. */
export function drawWithdrawals(withdrawals: readonly Withdrawal[], now: number): TemplateResult {
  if (withdrawals.length === 0) return html`<p class="empty">No voucher has taken back its word.</p>`
  const marks = withdrawals
    .toSorted((a, b) => a.since - b.since)
    .map(
      ({ device, since }): Mark => ({
        name: `device ${short(device)}`,
        from: since,
        to: Math.max(now, since),
        isOpen: true,
        kind: "void",
        href: hrefOf({ page: "device", device }),
      }),
    )
  return html`<p class="lead">${plural(withdrawals.length, "withdrawal")}. What such a device anchored in the marked time is void.</p>${timeline(marks, now)}`
}
