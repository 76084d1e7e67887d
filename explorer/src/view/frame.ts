import { html, type TemplateResult } from "lit-html"
import type { Status } from "../books/books.ts"
import { hrefOf, type Route } from "../route.ts"
import { ago, short, whole } from "../words.ts"
import { MARK } from "./mark.ts"
import { time } from "./parts.ts"

type Around = { readonly route: Route; readonly status: Status | null; readonly search: (text: string) => void }

/** What stands around every page: the way home, search, the block that all of it stands on. */
export function frame(content: TemplateResult, { route, status, search }: Around): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const field = event.target instanceof HTMLFormElement ? new FormData(event.target).get("search") : null
    if (typeof field === "string" && field.trim() !== "") search(field.trim())
  }
  return html`<a class="skip" href="#main" @click=${skip}>To the content</a>
    <header class="bar"><div class="width">
      <a class="brand" href=${hrefOf({ page: "home" })}>${MARK}Public books</a>
      <form role="search" @submit=${submit}><label class="heard" for="search">Search</label>
        <input id="search" name="search" type="search" autocomplete="off" spellcheck="false" placeholder="Operator, device, ledger, model, site …" .value=${route.page === "search" ? route.text : ""}></form>
      <nav aria-label="More"><a href=${hrefOf({ page: "about" })} aria-current=${route.page === "about" ? "page" : "false"}>About</a><a href="./table.html">Open table</a><a href=${hrefOf({ page: "settings" })} aria-current=${route.page === "settings" ? "page" : "false"}>Settings</a></nav>
    </div></header>
    <main id="main" class="width">${content}</main>
    <footer class="width">${standing(status)}
      <p>An index says what the chain says, and the chain only what devices and operators signed. Whether a number is enough is the reader's own policy.</p></footer>`
}

const skip = (event: Event) => {
  event.preventDefault()
  document.querySelector<HTMLElement>("h1")?.focus()
}

function standing(status: Status | null): TemplateResult | string {
  if (status === null) return ""
  const { block, chainId, registry } = status
  return html`<p>Chain ${chainId}, registry <span class="hex" title=${registry}>${short(registry)}</span>,
    ${block === null ? "no final block yet" : html`final block ${whole(block.number)} of ${time(block.time)}, ${ago(block.time)}`}.</p>`
}
