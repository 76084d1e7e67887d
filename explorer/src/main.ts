import { html, render, type TemplateResult } from "lit-html"
import { type Books, Unread } from "./books/books.ts"
import { createIndexBooks } from "./books/index-books.ts"
import type { World } from "./check/check.ts"
import { codeDigest } from "./check/code.ts"
import { createVerifier } from "./check/verifier.ts"
import { type Route, readRoute } from "./route.ts"
import { readSettings, type Settings, writeSettings } from "./settings.ts"
import { frame } from "./view/frame.ts"
import { pageOf } from "./view/pages.ts"
import { readForm, settingsPage } from "./view/settings.ts"

/** The explorer: an address leads to a page, a page is read from the books, and what it shows is checked here. */

const place = document.getElementById("app")
if (place === null) throw new Error("the page has no place")
const app = place
const verifier = createVerifier()

/** What reads a chain by itself is large: it is loaded where a reader asks for it. */
async function booksOf({ index, nodes, registry }: Settings): Promise<Books> {
  if (registry === null) return createIndexBooks(index)
  const { createChainBooks } = await import("./books/chain-books.ts")
  return createChainBooks(nodes, registry)
}

async function worldOf(settings: Settings): Promise<World> {
  const { nodes, policy } = settings
  const books = await booksOf(settings)
  const status = await books.status()
  const claims = async () =>
    status.claims === null || nodes.length === 0
      ? null
      : { address: status.claims, codeHash: await codeDigest(nodes, status.claims) }
  return { books, verifier, status, nodes, policy, claims }
}

let shown = 0

/** Shows a page; of two that are asked for, the later. */
async function show(): Promise<void> {
  const turn = ++shown
  const route = readRoute(location.hash)
  const settings = readSettings()
  const put = (content: TemplateResult, status: World["status"] | null = null) => {
    if (turn === shown) render(frame(content, { route, status, search }), app)
  }
  if (route.page === "settings") return showSettings(settings, null)
  const patience = setTimeout(() => put(html`<p class="loading" role="status">Reading the books …</p>`), 150)
  try {
    const world = await worldOf(settings)
    put(await pageOf(route, world), world.status)
  } catch (error) {
    put(failure(error))
  } finally {
    clearTimeout(patience)
  }
  if (turn === shown) arrive(route)
}

function showSettings(settings: Settings, fault: string | null): void {
  const save = (form: FormData) => {
    const read = readForm(form)
    if ("fault" in read) return showSettings(settings, read.fault)
    writeSettings(read)
    location.hash = "#/"
  }
  render(frame(settingsPage(settings, { fault, save }), { route: { page: "settings" }, status: null, search }), app)
}

function failure(error: unknown): TemplateResult {
  const [what, hint] =
    error instanceof Unread
      ? [error.message, error.hint]
      : [String(error), "Please report this with the address of the page."]
  return html`<header class="head"><p class="kind">Not shown</p><h1 tabindex="-1">This could not be read</h1></header>
    <div class="notice open" role="alert"><p>${what}.</p><p>${hint}</p><p><button type="button" @click=${() => show()}>Try again</button></p></div>`
}

/** Whoever cannot see hears that another page is there. */
function arrive(route: Route): void {
  const title = app.querySelector("h1")
  document.title = `${title?.textContent?.trim().slice(0, 60) ?? route.page} · Wattest`
  if (document.activeElement === document.body || document.activeElement?.closest("main") !== null)
    title?.focus({ preventScroll: true })
  scrollTo(0, 0)
}

function search(text: string): void {
  location.hash = `#/search/${encodeURIComponent(text)}`
}

addEventListener("hashchange", () => void show())
addEventListener("keydown", (event) => {
  const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey) return
  event.preventDefault()
  app.querySelector<HTMLInputElement>("#search")?.focus()
})
void show()
