import { BOUNDARIES } from "@wattest/protocol"
import { html, nothing, type TemplateResult } from "lit-html"
import { MARK } from "../view/mark.ts"
import { chart, ratedGroup } from "./chart.ts"
import { type Assumption, CONFIDENCES, TASKS } from "./entry.ts"
import { figureText, groupOf, type TableRow } from "./figures.ts"
import { frontOf } from "./front.ts"
import { method, sourceOf } from "./method.ts"
import { ordered, type SortName, type Wanted } from "./order.ts"
import { LEAST_ROWS, STAR_RULES, starsOf } from "./stars.ts"

/** What the page can be told. */
export type Told = {
  readonly want: (change: Partial<Wanted>) => void
  readonly save: (kind: "csv" | "json", rows: readonly TableRow[]) => void
}

type Shown = {
  readonly rows: readonly TableRow[]
  readonly wanted: Wanted
  readonly assumptions: readonly Assumption[]
  readonly told: Told
}

/** The whole page, of rows and of what is wanted of them. */
export function page({ rows, wanted, assumptions, told }: Shown): TemplateResult {
  const front = frontOf(rows)
  const shown = ordered(rows, wanted, front)
  return html`<a class="skip" href="#rows">To the rows</a>
    <header class="bar"><div class="width open-table">
      <a class="brand" href="./index.html">${MARK}Public books</a>
      <nav aria-label="More"><a href="./index.html#/about">About</a><a href="./table.html" aria-current="page">Open table</a><a href="./index.html#/settings">Settings</a></nav>
    </div></header>
    <main class="width open-table">
      <h1>The open table</h1>
      <p class="lead">What a token, an answer or an image takes, where it was metered, and how far that can be believed. ${counts(rows)}.</p>
      ${controls(wanted, told)} ${chart(ratedGroup(shown), front)} ${table({ shown, rows, front, wanted, told })}
      <p class="save">
        <button type="button" @click=${() => told.save("csv", shown)}>Save ${shown.length} rows as CSV</button>
        <button type="button" @click=${() => told.save("json", shown)}>As JSON</button>
      </p>
      ${method(assumptions, rows)}
    </main>`
}

const counts = (rows: readonly TableRow[]) =>
  CONFIDENCES.map((name) => `${rows.filter(({ entry }) => entry.confidence === name).length} ${name}`).join(", ")

function choice(
  name: string,
  value: string,
  options: readonly (readonly [string, string])[],
  pick: (value: string) => void,
) {
  const picked = ({ target }: Event) => target instanceof HTMLSelectElement && pick(target.value)
  return html`<label>${name}<select @change=${picked}>
    ${options.map(([key, text]) => html`<option value=${key} ?selected=${key === value}>${text}</option>`)}
  </select></label>`
}

const named = (all: readonly string[]) => [["", "all"], ...all.map((name) => [name, name] as const)] as const

const controls = ({ text, task, boundary, confidence, stars, isFront }: Wanted, { want }: Told) => html`
  <form class="controls" role="search" @submit=${(event: Event) => event.preventDefault()}>
    <label>Find<input type="search" maxlength="100" .value=${text} placeholder="model, system, board"
      @input=${({ target }: Event) => target instanceof HTMLInputElement && want({ text: target.value })}></label>
    ${choice("Task", task, named(TASKS), (value) => want({ task: value }))}
    ${choice("Boundary", boundary, named(BOUNDARIES), (value) => want({ boundary: value }))}
    ${choice("Confidence", confidence, named(CONFIDENCES), (value) => want({ confidence: value }))}
    ${choice("Stars by", stars, Object.entries(STAR_RULES), (value) => want({ stars: value === "fifths" ? "fifths" : "sections" }))}
    <label class="check"><input type="checkbox" ?checked=${isFront}
      @change=${({ target }: Event) => target instanceof HTMLInputElement && want({ isFront: target.checked })}>only those on the front</label>
  </form>`

const HEADS: readonly (readonly [SortName | null, string])[] = [
  ["model", "Model"],
  ["system", "System"],
  ["unit", "Energy per unit"],
  ["accepted", "Per accepted unit"],
  ["quality", "Quality"],
  [null, "Stars"],
  ["confidence", "Confidence"],
  ["date", "Date"],
]

type TableParts = Pick<Shown, "rows" | "wanted" | "told"> & {
  readonly shown: readonly TableRow[]
  readonly front: ReadonlySet<string>
}

function table({ shown, rows, front, wanted, told }: TableParts): TemplateResult {
  const stars = starsOf(rows, wanted.stars)
  return html`<div class="scroll" id="rows" tabindex="0" role="region" aria-label="Rows of the open table">
    <table>
      <caption class="heard">Energy of models and systems, stars by ${STAR_RULES[wanted.stars]}</caption>
      <thead><tr>${HEADS.map(([name, text]) => head(name, text, wanted, told))}</tr></thead>
      <tbody>
        ${shown.length === 0 ? html`<tr><td colspan=${HEADS.length}>No row is so. Ask for less.</td></tr>` : nothing}
        ${shown.map((row, i) => html`${isGrouped(wanted) && first(shown, i) ? groupLine(row) : nothing}${line(row, stars.get(row.id), front.has(row.id))}`)}
      </tbody>
    </table>
  </div>
  <p class="soft">Stars by ${STAR_RULES[wanted.stars]}, among rows of one task, unit and boundary; fewer than ${LEAST_ROWS[wanted.stars]} such rows have none. ◆ is on the front of quality against energy.</p>`
}

/** By numbers, comparable rows stand together: under what they have in common. */
const isGrouped = ({ sort }: Wanted) => sort === "unit" || sort === "accepted" || sort === "quality"

function first(rows: readonly TableRow[], i: number): boolean {
  const [row, before] = [rows[i], rows[i - 1]]
  return row !== undefined && (before === undefined || groupOf(before) !== groupOf(row))
}

const groupLine = ({ entry: { task, unit, boundary } }: TableRow) =>
  html`<tr class="group"><th scope="rowgroup" colspan=${HEADS.length}>${task.slice(0, 1).toUpperCase()}${task.slice(1)}: joules per ${unit}, metered at the ${boundary}</th></tr>`

function head(name: SortName | null, text: string, { sort, isDown }: Wanted, { want }: Told) {
  if (name === null) return html`<th scope="col">${text}</th>`
  const order = sort === name ? (isDown ? "descending" : "ascending") : "none"
  const turn = () => want({ sort: name, isDown: sort === name && !isDown })
  return html`<th scope="col" aria-sort=${order}><button type="button" @click=${turn}>${text}${order === "none" ? "" : isDown ? " ↓" : " ↑"}</button></th>`
}

function line({ id, entry, perUnit, perAccepted }: TableRow, stars: number | undefined, isFront: boolean) {
  const { model, system, accelerator, accelerators, workload, unit, accepted, quality, confidence, boundary } = entry
  const boards = accelerators === undefined ? accelerator : `${accelerators} × ${accelerator}`
  return html`<tr id="row-${id}" class=${confidence.replaceAll(" ", "-")}>
    <th scope="row"><b>${model}</b><small>${workload}</small></th>
    <td>${system}<small>${boards}</small></td>
    <td class="number">${confidence === "estimated" ? "≈ " : ""}${figureText(perUnit)}<small>per ${unit}, at the ${boundary}</small></td>
    <td class="number">${perAccepted === null ? "–" : html`${figureText(perAccepted)}<small>per ${accepted?.unit}</small>`}</td>
    <td class="number">${quality === undefined ? "–" : html`${isFront ? "◆ " : ""}${quality.value}<small>${quality.name}, ${quality.better} is better</small>`}</td>
    <td>${stars === undefined ? "–" : html`<span role="img" aria-label="${stars} of 5 stars">${"★".repeat(stars)}${"☆".repeat(5 - stars)}</span>`}</td>
    <td><span class="confidence">${confidence}</span>${details(entry)}</td>
    <td><time datetime=${entry.date}>${entry.date}</time></td>
  </tr>`
}

const details = ({ source, boundaryNote, accepted, assumptions, certificate, logs }: TableRow["entry"]) => html`
  <details>
    <summary>why</summary>
    <p>${boundaryNote}</p>
    ${accepted === undefined ? nothing : html`<p>Accepted: ${accepted.rule}.</p>`}
    <p>Source: ${sourceOf(source)}</p>
    ${certificate === undefined ? nothing : html`<p>Certificate: <code>table/${certificate}</code></p>`}
    ${logs === undefined ? nothing : html`<p>The submitter's log (${logs.licence}), read by <code>wattest device replay</code> with <code>${logs.options.join(" ")}</code></p>`}
    <ul>${assumptions.map((id) => html`<li><a href="#assumption-${id}">${id.replaceAll("-", " ")}</a></li>`)}</ul>
  </details>`
