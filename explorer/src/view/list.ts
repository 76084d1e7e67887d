import { html, nothing, render, type TemplateResult } from "lit-html"
import { ref } from "lit-html/directives/ref.js"
import { type Page, Unread } from "../books/books.ts"

/** How the pages of a list are read, and how the rows of all that were read are shown. */
export type List<Item> = {
  readonly read: (after?: string) => Promise<Page<Item>>
  readonly show: (items: readonly Item[]) => TemplateResult
}

/** A list of which more can be asked for. It keeps its rows while the page around it stands. */
class MoreList extends HTMLElement {
  #list: List<unknown> | null = null
  #rows: readonly unknown[] = []
  #next: string | null = null
  #state: "reading" | "still" | Unread = "still"

  start(list: List<unknown>, first: Page<unknown>): void {
    if (this.#list === list) return
    this.#list = list
    this.#take(first)
  }

  #take({ items, next }: Page<unknown>): void {
    this.#rows = [...this.#rows, ...items]
    this.#next = next
    this.#state = "still"
    this.#show()
  }

  async more(): Promise<void> {
    if (this.#list === null || this.#next === null || this.#state === "reading") return
    this.#state = "reading"
    this.#show()
    try {
      this.#take(await this.#list.read(this.#next))
    } catch (error) {
      this.#state = error instanceof Unread ? error : new Unread(String(error), "Try again.")
      this.#show()
    }
  }

  #show(): void {
    if (this.#list === null) return
    render(html`${this.#list.show(this.#rows)}${this.#foot()}`, this)
  }

  #foot(): TemplateResult | typeof nothing {
    if (this.#next === null) return nothing
    if (this.#state === "reading") return html`<p class="more" role="status">Reading …</p>`
    const fault =
      this.#state === "still" ? nothing : html`<span class="fault">${this.#state.message}. ${this.#state.hint}</span>`
    return html`<p class="more"><button type="button" @click=${() => this.more()}>More</button> ${fault}</p>`
  }
}

if (!customElements.get("more-list")) customElements.define("more-list", MoreList)

/** Reads the first page of a list, and shows it with a way to the next ones; or says why it cannot be read. */
export async function moreList<Item>(list: List<Item>): Promise<TemplateResult> {
  try {
    const first = await list.read()
    const begin = (element: Element | undefined) => {
      if (element instanceof MoreList) element.start(list as List<unknown>, first)
    }
    return html`<more-list ${ref(begin)}></more-list>`
  } catch (error) {
    if (error instanceof Unread) return unread(error)
    throw error
  }
}

export const unread = ({ message, hint }: Unread): TemplateResult => html`<p class="empty">${message}. ${hint}</p>`

/** A part of a page, or why it cannot be read: the rest of the page stands without it. */
export async function orUnread(part: Promise<TemplateResult>): Promise<TemplateResult> {
  try {
    return await part
  } catch (error) {
    if (error instanceof Unread) return unread(error)
    throw error
  }
}
