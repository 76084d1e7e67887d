import { html, type TemplateResult } from "lit-html"
import { isAddress } from "../route.ts"
import { isUrl, type Settings } from "../settings.ts"
import { pageHead } from "./parts.ts"

const lines = (text: string) => text.split(/[\s,]+/).filter((line) => line !== "")

const textOf = (form: FormData, name: string) => {
  const value = form.get(name)
  return typeof value === "string" ? value.trim() : ""
}

/** What a form says, or what is wrong with it. */
export function readForm(form: FormData): Settings | { readonly fault: string } {
  const [index, registry, policy] = ["index", "registry", "policy"].map((name) => textOf(form, name)) as [
    string,
    string,
    string,
  ]
  const nodes = lines(textOf(form, "nodes"))
  const wrong = [...(index === "" ? [] : [index]), ...nodes].find((url) => !isUrl(url))
  if (wrong !== undefined) return { fault: `${wrong} is no address of the form https://…` }
  const at = registry.toLowerCase()
  if (registry !== "" && !isAddress(at)) return { fault: "a registry's address is 0x and 40 hexadecimal digits" }
  if (registry !== "" && nodes.length === 0) return { fault: "a registry is read through a node: name one" }
  return { index: index.replace(/\/+$/, ""), nodes, registry: isAddress(at) ? at : null, policy }
}

/** What the reader believes. It stays in this browser. */
export function settingsPage(
  settings: Settings,
  { fault, save }: { readonly fault: string | null; readonly save: (form: FormData) => void },
): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (event.target instanceof HTMLFormElement) save(new FormData(event.target))
  }
  return html`${pageHead("Settings", "Whom you believe")}
    <p class="lead">This page believes a registry and the blocks of a chain. Name nodes that you trust, and it asks them instead of the index. All of this stays in your browser.</p>
    ${fault === null ? "" : html`<p class="notice false" role="alert">${fault}</p>`}
    <form class="settings" @submit=${submit}>
      <label>Nodes of the chain, one a line <textarea name="nodes" rows="3" spellcheck="false" placeholder="https://node.example.org" .value=${settings.nodes.join("\n")}></textarea>
        <small>Every block that a proof rests on must be final at all of them.</small></label>
      <label>Another index <input name="index" type="url" placeholder="the one that served this page" .value=${settings.index}></label>
      <label>Registry, to read without an index <input name="registry" spellcheck="false" placeholder="0x…" .value=${settings.registry ?? ""}>
        <small>Then one operator at a time is read from your nodes alone. Empty: an index is asked.</small></label>
      <label>Your policy, as for the verifier's command <textarea name="policy" rows="5" spellcheck="false" placeholder="{ }" .value=${settings.policy}></textarea>
        <small>Empty: this page's own, which says what was proved and leaves to you whether it is enough.</small></label>
      <p><button type="submit">Keep</button></p>
    </form>`
}
