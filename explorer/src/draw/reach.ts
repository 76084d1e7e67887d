import { html, svg, type TemplateResult } from "lit-html"
import type { Device } from "../books/books.ts"
import { scale } from "./axis.ts"

const [WIDTH, HEIGHT] = [168, 12]

/** A stretch of a device's time, Unix seconds. */
export type Stretch = { readonly from: number; readonly to: number; readonly kind: "told" | "behind" | "void" }

/** What is to be said of a device's time up to `now`: told, owed and not told, and taken back by its voucher. */
export function stretchesOf(
  { enrolledAt, through, silentSince, withdrawnSince }: Device,
  now: number,
): readonly Stretch[] {
  const stretches: Stretch[] = [{ from: enrolledAt, to: through, kind: "told" }]
  if (silentSince !== null) stretches.push({ from: silentSince, to: now, kind: "behind" })
  if (withdrawnSince !== null) stretches.push({ from: withdrawnSince, to: now, kind: "void" })
  return stretches.filter(({ from, to }) => to > from)
}

/** How far a device's books reach, on the same time as its neighbours'. What it shows stands beside it in words. */
export function reach(device: Device, { from, now }: { readonly from: number; readonly now: number }): TemplateResult {
  const x = scale(from, now, WIDTH)
  const bars = stretchesOf(device, now).flatMap((stretch) => {
    const [start, end] = [x(stretch.from), x(stretch.to)]
    return end - start < 0.5
      ? []
      : [svg`<rect class="reach ${stretch.kind}" x=${start} y="2" width=${end - start} height="8" />`]
  })
  return html`<svg class="reach" width=${WIDTH} height=${HEIGHT} viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
    <rect class="reach ground" x="0" y="2" width=${WIDTH} height="8" />${bars}</svg>`
}
