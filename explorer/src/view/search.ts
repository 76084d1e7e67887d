import { html, type TemplateResult } from "lit-html"
import type { Found } from "../books/books.ts"
import type { World } from "../check/check.ts"
import { hrefOf, isAddress, isHash, type Route } from "../route.ts"
import { label, whole } from "../words.ts"
import { pageHead, section } from "./parts.ts"

const SHORTEST = 2
/** Of an id's beginning. */
const FEWEST_DIGITS = 4

function routeOf({ kind, text, claim }: Found): Route | null {
  if (claim !== null) return { page: "claim", ...claim }
  if (kind === "operator" && isAddress(text)) return { page: "operator", operator: text }
  if (kind === "ledger" && isHash(text)) return { page: "ledger", ledger: text }
  return kind === "device" && isHash(text) ? { page: "device", device: text } : null
}

const KINDS = [
  ["operator", "Operators"],
  ["ledger", "Ledgers"],
  ["device", "Devices"],
  ["voucher", "Vouchers"],
  ["claim", "Claims"],
  ["document", "Documents handed in"],
] as const

const row = (found: Found): TemplateResult => {
  const route = routeOf(found)
  const shown = found.kind === "claim" ? label(found.text) : html`<span class="hex">${label(found.text)}</span>`
  return html`<li>${route === null ? shown : html`<a href=${hrefOf(route)}>${shown}</a>`}</li>`
}

/** Everything whose id begins so, and claims whose labels have it. */
export async function searchPage(text: string, { books }: World): Promise<TemplateResult> {
  const asked = text.trim()
  const found = asked.length < SHORTEST ? [] : await books.search(asked)
  const groups = KINDS.flatMap(([kind, name]) => {
    const rows = found.filter((each) => each.kind === kind)
    return rows.length === 0
      ? []
      : [section(`${name} (${whole(rows.length)})`, html`<ul class="plain">${rows.map(row)}</ul>`)]
  })
  return html`${pageHead("Search", html`“${label(asked)}”`)}
    ${groups.length > 0 ? groups : html`<p class="empty">Nothing in these books has this name. Search takes the first ${FEWEST_DIGITS} digits or more of an operator, a voucher, a device or a ledger, or part of a claim's model, party, site or zone.</p>`}`
}
