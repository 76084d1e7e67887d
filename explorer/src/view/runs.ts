import { html, type TemplateResult } from "lit-html"
import type { ListedRun } from "../books/books.ts"
import { hrefOf } from "../route.ts"
import { whole } from "../words.ts"
import { hexLink, time } from "./parts.ts"

/** Runs that a device told at once: they share its signature, its anchor and the time up to which it told. */
export type Batch = Pick<ListedRun, "device" | "through" | "time"> & { readonly runs: readonly ListedRun[] }

const VOID = /^0x0+$/

/** Of a run that the device closed without its readings, the root is zero. */
export const isVoid = ({ root }: Pick<ListedRun, "root">): boolean => VOID.test(root)

/** Runs in the order of a list, those beside each other that were told at once together. */
export function batchesOf(runs: readonly ListedRun[]): readonly Batch[] {
  const batches: Batch[] = []
  for (const run of runs) {
    const { device, through, time: at } = run
    const last = batches.at(-1)
    if (last !== undefined && last.device === device && last.through === through && last.time === at)
      batches[batches.length - 1] = { ...last, runs: [...last.runs, run] }
    else batches.push({ device, through, time: at, runs: [run] })
  }
  return batches
}

/** Runs as they were told, the newest first: each a link, the void ones marked. */
export function runsTable(
  runs: readonly ListedRun[],
  { isOfDevice }: { readonly isOfDevice: boolean },
): TemplateResult {
  if (runs.length === 0) return html`<p class="empty">No run is anchored yet.</p>`
  const device = (batch: Batch) =>
    isOfDevice
      ? ""
      : html`<td class="who" data-name="device">${hexLink({ page: "device", device: batch.device }, batch.device)}</td>`
  return html`<table class="rows batches">
    <thead><tr><th scope="col">anchored</th><th scope="col">told up to</th>${isOfDevice ? "" : html`<th scope="col">device</th>`}<th scope="col">runs</th></tr></thead>
    <tbody>${batchesOf(runs).map(
      (batch) => html`<tr>
        <td class="when" data-name="anchored">${time(batch.time)}</td>
        <td class="told" data-name="told up to">${time(batch.through)}</td>
        ${device(batch)}<td class="chips" data-name="runs">${batch.runs.toReversed().map(chip)}</td>
      </tr>`,
    )}</tbody></table>`
}

const chip = (run: ListedRun) =>
  html`<a class="chip ${isVoid(run) ? "void" : ""}" href=${hrefOf({ page: "run", device: run.device, run: run.run })}>${whole(run.run)}${isVoid(run) ? html` <small>void</small>` : ""}</a> `
