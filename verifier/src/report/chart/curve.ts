import type { ReportCurve } from "../model.ts"
import { formatDuration, formatNumber } from "../numbers.ts"
import { html, type Markup } from "../page/markup.ts"
import { powerChart, stackedBar, utilisationChart } from "./chart.ts"

function phaseRow({ phase, durationSeconds, energyJoules, workUnits }: ReportCurve["phases"][number]): Markup {
  const watts = durationSeconds === 0 ? "" : `${formatNumber(energyJoules / durationSeconds)} W`
  return html`<tr><td><svg class="dot phase-${phase}" viewBox="0 0 10 10" aria-hidden="true"><circle cx="5" cy="5" r="5"/></svg>${phase}</td><td class="number">${formatDuration(durationSeconds)}</td><td class="number">${formatNumber(energyJoules)} J</td><td class="number">${watts}</td><td class="number hide-small">${formatNumber(workUnits)}</td></tr>`
}

function phases({ phases: rows, run }: ReportCurve): Markup | null {
  // A device that names no phase has one of them, and nothing to compare it with.
  if (rows.every(({ phase }) => phase === "unspecified")) return null
  const parts = rows.map(({ phase, energyJoules }) => ({ name: phase, value: energyJoules }))
  return html`<h3>Phases, by energy</h3>${stackedBar(parts, `Energy of run ${run} by phase`)}<table><thead><tr><th>Phase</th><th class="number">Time</th><th class="number">Energy</th><th class="number">Mean power</th><th class="number hide-small">Work</th></tr></thead><tbody>${rows.map(phaseRow)}</tbody></table>`
}

/** Power over a run with its uncertainty, utilisation, phases. */
export function curveSection(given: ReportCurve): Markup {
  const utilisation = utilisationChart(given)
  const [title, between] =
    given.kind === "full"
      ? ["over time", "one capture and the next"]
      : ["at chosen captures: an excerpt", "the captures that were chosen, others between them left out"]
  const legend = html`<figcaption><span class="key key-line"></span>mean power between ${between}, from the signed registers <span class="key key-band"></span>uncertainty that each interval adds (k = 2)</figcaption>`
  return html`<section><h2>Run ${given.run} ${title}</h2><figure>${powerChart(given)}${legend}</figure>${utilisation && html`<h3>Utilisation</h3>${utilisation}`}${phases(given)}</section>`
}
