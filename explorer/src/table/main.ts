import { render } from "lit-html"
import { csvOf, jsonOf } from "./export.ts"
import type { TableRow } from "./figures.ts"
import { ASSUMPTIONS, ROWS } from "./files.ts"
import { fragmentOf, type Wanted, wantedFrom } from "./order.ts"
import { page } from "./view.ts"

/** The open table: models and systems, and what a unit of their work took. */

const place = document.getElementById("app")
if (place === null) throw new Error("the page has no place")
let wanted = wantedFrom(location.hash)

const FILES = { csv: ["text/csv", csvOf], json: ["application/json", jsonOf] } as const

function save(kind: keyof typeof FILES, rows: readonly TableRow[]): void {
  const [type, textOf] = FILES[kind]
  const link = document.createElement("a")
  link.href = URL.createObjectURL(new Blob([textOf(rows)], { type }))
  link.download = `open-table.${kind}`
  link.click()
  URL.revokeObjectURL(link.href)
}

function want(change: Partial<Wanted>): void {
  wanted = { ...wanted, ...change }
  history.replaceState(null, "", `#${fragmentOf(wanted)}`)
  draw()
}

function draw(): void {
  if (place !== null) render(page({ rows: ROWS, wanted, assumptions: ASSUMPTIONS, told: { want, save } }), place)
}

addEventListener("hashchange", () => {
  // A row's or an assumption's own address asks for nothing else to be shown.
  if (/^#(?:row|assumption|rows|method)/.test(location.hash)) return
  wanted = wantedFrom(location.hash)
  draw()
})
draw()
