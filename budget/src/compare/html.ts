import { html, type Markup, renderPage } from "@wattest/verifier"
import type { Comparison, Placed } from "./compare.ts"
import { energyText, frontText, letterOf, qualityText, tiesText } from "./text.ts"

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [960, 420, 80, 24, 20, 56]

type Shown = Placed & { readonly value: number; readonly letter: string }

type Axis = { readonly at: (value: number) => number; readonly least: number; readonly most: number }

/** A linear axis with a margin of a twentieth at both ends. */
function axis(values: readonly number[], from: number, to: number): Axis {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const margin = (most - least || Math.abs(most) || 1) / 20
  const span = most - least + 2 * margin
  return { at: (value) => from + ((value - least + margin) / span) * (to - from), least, most }
}

const fixed = (value: number) => value.toFixed(1)
const short = (value: number) => String(Number(value.toPrecision(4)))

function mark({ lower, upper, value, letter, name, onFront }: Shown, x: Axis, y: Axis): Markup {
  const middle = x.at((lower + upper) / 2)
  const row = fixed(y.at(value))
  const colour = onFront === true ? "var(--accent)" : "var(--soft)"
  return html`<g stroke="${colour}" fill="${colour}"><title>${name}</title><line x1="${fixed(x.at(lower))}" x2="${fixed(x.at(upper))}" y1="${row}" y2="${row}" stroke-width="3"/><circle cx="${fixed(middle)}" cy="${row}" r="6"/><text class="tick" x="${fixed(middle)}" y="${fixed(y.at(value) - 12)}" text-anchor="middle" stroke="none">${letter}</text></g>`
}

function front(shown: readonly Shown[], x: Axis, y: Axis): Markup {
  const points = shown
    .filter(({ onFront }) => onFront === true)
    .sort((a, b) => a.value - b.value)
    .map(({ lower, upper, value }) => `${fixed(x.at((lower + upper) / 2))},${fixed(y.at(value))}`)
  return html`<polyline points="${points.join(" ")}" fill="none" stroke="var(--accent)" stroke-width="1.5" stroke-dasharray="6 5"/>`
}

/** Quality against energy: an interval for each, the front as a dashed line. Null for fewer than two with a quality. */
export function paretoPicture({ contestants, unit }: Comparison): Markup | null {
  const shown = contestants.flatMap((place, i) =>
    place.quality === null ? [] : [{ ...place, value: place.quality.value, letter: letterOf(i) }],
  )
  if (shown.length < 2) return null
  const x = axis(
    shown.flatMap(({ lower, upper }) => [lower, upper]),
    LEFT,
    WIDTH - RIGHT,
  )
  const y = axis(
    shown.map(({ value }) => value),
    HEIGHT - BOTTOM,
    TOP,
  )
  const title = `Quality against joules for each ${unit}, with both ends of the interval`
  const bottom = HEIGHT - BOTTOM
  const ticks = [x.least, x.most].map(
    (value) =>
      html`<text class="tick" x="${fixed(x.at(value))}" y="${bottom + 22}" text-anchor="middle">${short(value)}</text>`,
  )
  const levels = [...new Set([y.least, y.most])].map(
    (value) =>
      html`<text class="tick" x="${LEFT - 10}" y="${fixed(y.at(value) + 4)}" text-anchor="end">${short(value * 100)} %</text>`,
  )
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}"><title>${title}</title><line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${bottom}" y2="${bottom}"/><line class="axis" x1="${LEFT}" x2="${LEFT}" y1="${TOP}" y2="${bottom}"/>${ticks}${levels}<text class="tick" x="${WIDTH - RIGHT}" y="${HEIGHT - 8}" text-anchor="end">J/${unit}</text>${front(shown, x, y)}${shown.map((one) => mark(one, x, y))}</svg>`
}

function row(place: Placed, i: number): Markup {
  return html`<tr><td>${letterOf(i)}</td><td>${place.name}<div class="formula">${place.model}</div></td><td class="number">${energyText(place)}</td><td class="number">${qualityText(place)}</td><td class="number">${place.rank}</td><td>${[frontText(place), tiesText(place)].filter((text) => text !== "").join(", ")}</td></tr>`
}

/** The comparison as one page that needs nothing else. */
export function renderComparisonPage(comparison: Comparison): string {
  const { contestants, by, unit, boundary } = comparison
  const page = html`<main><p class="mark"><strong>Wattest</strong> comparison of ${contestants.length}</p><section><h2>${by} at ${boundary}</h2><p class="lead">Each document is valid under the policy it was judged by. Overlapping intervals are a tie. A declared quality is somebody's word.</p>${paretoPicture(comparison)}<div class="scroll"><table><thead><tr><th></th><th>Document</th><th class="number">J/${unit}</th><th class="number">Quality</th><th class="number">Rank</th><th></th></tr></thead><tbody>${contestants.map(row)}</tbody></table></div></section></main>`
  return renderPage("valid", page.text, "Wattest comparison")
}
