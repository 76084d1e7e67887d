import { html, type TemplateResult } from "lit-html"
import { pageHead } from "./parts.ts"

export const lostPage = (): TemplateResult => html`${pageHead("Nothing here", "This address leads nowhere")}
  <p class="lead">An operator's address has 40 hexadecimal digits, a device or a ledger 64. Search for it above.</p>`
