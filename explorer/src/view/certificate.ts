import { html, nothing, render, type TemplateResult } from "lit-html"
import { ref } from "lit-html/directives/ref.js"
import type { Run } from "../books/books.ts"
import { certifies } from "../check/certified.ts"
import type { World } from "../check/check.ts"
import type { Judged } from "../check/messages.ts"
import { report } from "../check/report.ts"
import { label, whole } from "../words.ts"

const LONGEST = 64 * 1024 * 1024

type Outcome = { readonly fault: string } | { readonly judged: Judged; readonly isThis: boolean }

async function judgeFile(
  file: File,
  { device, run, root }: Run,
  { verifier, status, nodes, policy }: World,
): Promise<Outcome> {
  if (file.size > LONGEST) return { fault: `${file.name} is longer than a certificate can be` }
  const bytes = new Uint8Array(await file.arrayBuffer())
  const believed = { chainId: status.chainId, registry: status.registry, claims: null, nodes }
  const judged = await verifier.judge({ kind: "certificate", bytes, believed, policy })
  return { judged, isThis: certifies(bytes, { device, run, root }) }
}

/** Where a reader who was given a certificate has it judged: it never leaves the browser. */
export function certificateDesk(run: Run, world: World): TemplateResult {
  let place: Element | undefined
  const show = (outcome: Outcome | "judging") => {
    if (place instanceof HTMLElement) render(shown(outcome, run, world.nodes.length > 0), place)
  }
  const choose = async (event: Event) => {
    const [file] = event.target instanceof HTMLInputElement ? (event.target.files ?? []) : []
    if (file === undefined) return
    show("judging")
    show(await judgeFile(file, run, world).catch((error: Error) => ({ fault: error.message })))
  }
  return html`<p>The chain holds a root and nothing else. Whoever was given the run's certificate can open it here; it stays in this browser.</p>
    <label class="file">Open a certificate <input type="file" accept=".json,application/json" @change=${choose}></label>
    <div ${ref((element) => {
      place = element
    })}></div>`
}

function shown(outcome: Outcome | "judging", run: Run, hasNode: boolean): TemplateResult {
  if (outcome === "judging") return html`<p role="status">Judging …</p>`
  if ("fault" in outcome) return html`<p class="notice false" role="alert">${label(outcome.fault)}</p>`
  const { judged, isThis } = outcome
  return html`<p class="notice ${judged.status === "valid" && isThis ? "true" : "open"}" role="status">
    <strong>${judged.status}</strong> under ${judged.policy}${isThis ? nothing : `, but not of run ${whole(run.run)} of this device`}.
    ${judged.code === null ? nothing : html`<code>${judged.code}</code>`}
    ${judged.status === "undetermined" && !hasNode ? html`Name a node of the chain in <a href="#/settings">Settings</a>: without one no block is believed.` : nothing}</p>
    ${judged.report === "" ? nothing : report(judged.report)}`
}
