import { html, nothing, type TemplateResult } from "lit-html"
import { hrefOf, type Route } from "../route.ts"
import { ago, label, moment, short } from "../words.ts"

/** Parts that every page is made of. Texts of others stand in them as text, never as markup. */

export const link = (route: Route, shown: string, title = shown): TemplateResult =>
  html`<a href=${hrefOf(route)} title=${title}>${shown}</a>`

/** The two ends of a 0x… value; the whole is in the title. */
export const hexLink = (route: Route, hex: string): TemplateResult =>
  html`<a class="hex" href=${hrefOf(route)} title=${hex}>${short(hex)}</a>`

export const hex = (value: string): TemplateResult => html`<span class="hex" title=${value}>${short(value)}</span>`

/** A time that can be quoted; how long ago it was is in the title. */
export const time = (seconds: number): TemplateResult =>
  html`<time datetime=${new Date(Math.min(seconds, 8_640_000_000_000) * 1000).toISOString()} title=${ago(seconds)}>${moment(seconds)}</time>`

export const labelled = (name: string, text: string | null): TemplateResult | typeof nothing =>
  text === null
    ? nothing
    : html`<span class="tag">${name} <strong>${text === "" ? "none" : label(text)}</strong></span>`

export type Tile = { readonly name: string; readonly value: TemplateResult | string; readonly note?: string }

export const tiles = (items: readonly Tile[]): TemplateResult => html`<dl class="tiles">
  ${items.map(({ name, value, note }) => html`<div><dt>${name}</dt><dd>${value}</dd>${note === undefined ? nothing : html`<dd class="note">${note}</dd>`}</div>`)}
</dl>`

export type Column<Item> = {
  readonly name: string
  readonly isNumber?: boolean
  readonly show: (item: Item) => unknown
}

/** A table that becomes cards where there is no room for it. */
export function table<Item>(
  items: readonly Item[],
  columns: readonly Column<Item>[],
  { empty, name = "" }: { readonly empty: string; readonly name?: string },
): TemplateResult {
  if (items.length === 0) return html`<p class="empty">${empty}</p>`
  const kind = (column: Column<Item>) => (column.isNumber === true ? "number" : "")
  return html`<table class="rows ${name}">
    <thead><tr>${columns.map((column) => html`<th scope="col" class=${kind(column)}>${column.name}</th>`)}</tr></thead>
    <tbody>${items.map((item) => html`<tr>${columns.map((column) => html`<td class=${kind(column)} data-name=${column.name}>${column.show(item)}</td>`)}</tr>`)}</tbody>
  </table>`
}

export const section = (title: string, ...content: readonly unknown[]): TemplateResult =>
  html`<section><h2>${title}</h2>${content}</section>`

/** A part that stands on somebody's word: it is marked so, since the page's badge says nothing of it. */
export const hearsay = (title: string, source: string, ...content: readonly unknown[]): TemplateResult =>
  html`<section><div class="top"><h2>${title}</h2>
    <p class="source" title="The badge of this page does not speak of it. What can be proved has a page of its own, with a badge.">Not checked: as ${source} says</p></div>${content}</section>`

export const pageHead = (
  kind: string,
  title: TemplateResult | string,
  trail: readonly TemplateResult[] = [],
): TemplateResult => html`
  <nav class="trail" aria-label="Where this is">${link({ page: "home" }, "All operators")}${trail.map((step) => html`<span aria-hidden="true">/</span>${step}`)}</nav>
  <header class="head"><p class="kind">${kind}</p><h1 tabindex="-1">${title}</h1></header>`

export const identity = (hexValue: string): TemplateResult => html`<span class="hex whole">${hexValue}</span>`
