import { html, nothing, svg, type TemplateResult } from "lit-html"
import { ticks } from "../draw/axis.ts"
import { groupOf, joulesText, type TableRow } from "./figures.ts"

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [720, 300, 56, 48, 28, 24]

/** Two marks make no front that is worth a drawing. */
const LEAST_MARKS = 3

/** The group with the most rows that have a quality, of one measure: what a front can be drawn of. */
export function ratedGroup(rows: readonly TableRow[]): readonly TableRow[] {
  const rated = rows.filter(({ goodness }) => goodness !== null)
  const groups = Map.groupBy(rated, (row) => `${groupOf(row)} · ${row.entry.quality?.name}`)
  return [...groups.values()].sort((a, b) => b.length - a.length)[0] ?? []
}

/** Margins around the values, so that no mark lies on the frame. */
function span(values: readonly number[]): readonly [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const room = (most - least) * 0.12 || Math.abs(most) * 0.1 || 1
  return [least - room, most + room]
}

/** Quality against energy, better to the upper left; whoever is on the front is filled. */
export function chart(rows: readonly TableRow[], front: ReadonlySet<string>): TemplateResult | typeof nothing {
  const [first] = rows
  if (first === undefined || rows.length < LEAST_MARKS) return nothing
  const [lo, hi] = span(rows.flatMap(({ perUnit }) => [perUnit.lo, perUnit.hi]))
  const [worst, best] = span(rows.map(({ goodness }) => goodness ?? 0))
  const x = (value: number) => LEFT + ((value - lo) / (hi - lo)) * (WIDTH - LEFT - RIGHT)
  const y = (value: number) => TOP + ((best - value) / (best - worst)) * (HEIGHT - TOP - BOTTOM)
  const marks = rows.map((row) => {
    const { id, entry, perUnit, goodness } = row
    const at = { x: x(perUnit.value), y: y(goodness ?? 0) }
    const isLate = at.x > WIDTH * 0.6
    return svg`<a href="#row-${id}" class=${front.has(id) ? "mark front" : "mark"}>
      <line x1=${x(perUnit.lo)} x2=${x(perUnit.hi)} y1=${at.y} y2=${at.y} />
      <circle cx=${at.x} cy=${at.y} r="6" />
      <text x=${at.x + (isLate ? -10 : 10)} y=${at.y - 10} text-anchor=${isLate ? "end" : "start"}>${entry.model}</text>
      <title>${entry.model}, ${entry.system}: ${joulesText(perUnit.value)}, ${entry.quality?.name} ${entry.quality?.value}</title>
    </a>`
  })
  const isLower = first.entry.quality?.better === "lower"
  return html`<figure class="front-chart">
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="group" aria-label="Quality against energy of ${rows.length} rows">
      ${ticks(lo, hi, 5).map((value) => svg`<path class="grid" d="M${x(value)} ${TOP}V${HEIGHT - BOTTOM}" /><text class="tick" x=${x(value)} y=${HEIGHT - BOTTOM + 18} text-anchor="middle">${value === 0 ? "0" : joulesText(value)}</text>`)}
      ${ticks(worst, best, 4).map((value) => svg`<path class="grid" d="M${LEFT} ${y(value)}H${WIDTH - RIGHT}" /><text class="tick" x=${LEFT - 8} y=${y(value) + 4} text-anchor="end">${Number(Math.abs(value).toPrecision(6))}</text>`)}
      <text class="tick" x=${LEFT} y=${HEIGHT - 6}>← less energy per ${first.entry.unit}</text>
      <text class="tick" x="4" y="12">${first.entry.quality?.name} ${isLower ? "(lower is better, drawn above)" : "(higher is better)"}</text>
      ${marks}
    </svg>
    <figcaption>${groupOf(first)}, ${first.entry.quality?.name}; ${[...new Set(rows.map(({ entry }) => entry.confidence))].join(", ")}. A bar is the uncertainty; filled: no other row certainly takes no more energy for no less quality.</figcaption>
  </figure>`
}
