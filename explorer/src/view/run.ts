import type { Hex } from "@wattest/protocol"
import { html, type TemplateResult } from "lit-html"
import { type Run, Unread } from "../books/books.ts"
import { badge } from "../check/badge.ts"
import type { World } from "../check/check.ts"
import { moment, whole } from "../words.ts"
import { certificateDesk } from "./certificate.ts"
import { hexLink, identity, pageHead, section } from "./parts.ts"
import { isVoid } from "./runs.ts"

const runValues = ({ run, root, head, position, through, time, block }: Run) => ({
  ...{ run, root, head, position, through, anchoredAt: time, blockNumber: block },
})

/** A run: its anchor, and the certificate that opens it where its reader has one. */
export async function runPage(device: Hex, run: number, world: World): Promise<TemplateResult> {
  const found = await world.books.run(device, run)
  if (found === null) throw new Unread("the device has anchored no such run", "Its runs are numbered from 0.")
  const isLost = isVoid(found)
  return html`${pageHead("Run", `Run ${whole(run)}`, [hexLink({ page: "ledger", ledger: found.ledger }, found.ledger), hexLink({ page: "device", device }, device)])}
    <p>${badge({ subject: { kind: "run", device, run }, shown: { values: runValues(found) }, world, isEager: true })}</p>
    ${section(
      "Its anchor",
      html`<dl class="facts">
      <dt>root</dt><dd>${isLost ? html`<span class="tag open">void</span> the device closed this run without its readings` : identity(found.root)}</dd>
      <dt>place in the ledger</dt><dd>${whole(found.position)}</dd>
      <dt>head after it</dt><dd>${identity(found.head)}</dd>
      <dt>anchored</dt><dd>${moment(found.time)}, in block ${whole(found.block)}</dd>
      <dt>transaction</dt><dd>${identity(found.transaction)}</dd>
      <dt>books told up to</dt><dd>${moment(found.through)}</dd>
    </dl>`,
    )}
    ${isLost ? "" : section("What it says", certificateDesk(found, world))}`
}
