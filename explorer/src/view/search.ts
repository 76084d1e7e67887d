import { html, type TemplateResult } from "lit-html"
import type { Claim } from "../books/books.ts"
import type { World } from "../check/check.ts"
import { isAddress, isHash, type Route } from "../route.ts"
import { label } from "../words.ts"
import { claimCards } from "./claims.ts"
import { link, pageHead, section } from "./parts.ts"

type Found = { readonly route: Route; readonly what: string }

/** Where an address or an identifier leads: each kind of thing that can have it is asked for. */
async function named(text: string, { books }: World): Promise<readonly Found[]> {
  const found: Found[] = []
  if (isAddress(text)) {
    const [owned, vouched] = await Promise.all([books.ledgers({ operator: text }), books.ledgers({ voucher: text })])
    if (owned.items.length > 0) found.push({ route: { page: "operator", operator: text }, what: "an operator" })
    for (const { ledger } of vouched.items)
      found.push({ route: { page: "ledger", ledger }, what: "a ledger that it vouches for" })
  }
  if (isHash(text)) {
    const [devices, ledgers] = await Promise.all([books.devices({ device: text }), books.ledgers({ ledger: text })])
    if (devices.items.length > 0) found.push({ route: { page: "device", device: text }, what: "a device" })
    if (ledgers.items.length > 0) found.push({ route: { page: "ledger", ledger: text }, what: "a ledger" })
  }
  return found
}

const LABELS = ["model", "party", "site", "zone"] as const

/** Claims about a model, a party, a site or a zone of this name. */
async function labelled(text: string, { books }: World): Promise<readonly Claim[]> {
  const pages = await Promise.all(LABELS.map((name) => books.claims({ [name]: text })))
  const claims = pages.flatMap(({ items }) => items)
  return [...new Map(claims.map((claim) => [`${claim.operator} ${claim.number} ${claim.place}`, claim])).values()]
}

export async function searchPage(text: string, world: World): Promise<TemplateResult> {
  const asked = text.trim()
  const id = asked.toLowerCase()
  const [found, claims] = await Promise.all([named(id, world), asked === "" ? [] : labelled(asked, world)])
  const nothingFound = found.length === 0 && claims.length === 0
  return html`${pageHead("Search", html`“${label(asked)}”`)}
    ${nothingFound ? html`<p class="empty">Nothing in these books has this name. Search takes an operator, a voucher, a device, a ledger, or a claim's model, party, site or zone as it is written there.</p>` : ""}
    ${found.length === 0 ? "" : section("By its address", html`<ul class="plain">${found.map(({ route, what }) => html`<li>${link(route, what)}</li>`)}</ul>`)}
    ${claims.length === 0 ? "" : section("Claims about it", claimCards(claims))}`
}
