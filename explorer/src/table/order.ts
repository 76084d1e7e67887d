import { BOUNDARIES } from "@wattest/protocol"
import { CONFIDENCES, TASKS, UNITS } from "./entry.ts"
import type { TableRow } from "./figures.ts"
import { STAR_RULES, type StarRule } from "./stars.ts"

/** What each column is sorted by; rows without a value come last, whichever way. */
export const SORTS = {
  model: ({ entry }) => entry.model.toLowerCase(),
  system: ({ entry }) => entry.system.toLowerCase(),
  unit: ({ perUnit }) => perUnit.value,
  accepted: ({ perAccepted }) => perAccepted?.value ?? null,
  quality: ({ goodness }) => goodness,
  confidence: ({ entry }) => CONFIDENCES.indexOf(entry.confidence),
  date: ({ entry }) => entry.date,
} as const satisfies { readonly [name: string]: (row: TableRow) => string | number | null }

export type SortName = keyof typeof SORTS

/** What a reader asked to see; it stands in the address, so that it can be handed on. */
export type Wanted = {
  readonly sort: SortName
  readonly isDown: boolean
  readonly text: string
  readonly task: string
  readonly boundary: string
  readonly confidence: string
  readonly stars: StarRule
  readonly isFront: boolean
}

const one = <T extends string>(text: string | null, choices: readonly T[]): T | undefined =>
  choices.find((choice) => choice === text)

/** From an address's fragment; what makes no sense there is as if it were not. */
export function wantedFrom(fragment: string): Wanted {
  const asked = new URLSearchParams(fragment.replace(/^#/, ""))
  return {
    sort: one(asked.get("sort"), Object.keys(SORTS) as SortName[]) ?? "unit",
    isDown: asked.get("down") === "1",
    text: (asked.get("text") ?? "").slice(0, 100),
    task: one(asked.get("task"), TASKS) ?? "",
    boundary: one(asked.get("boundary"), BOUNDARIES) ?? "",
    confidence: one(asked.get("confidence"), CONFIDENCES) ?? "",
    stars: one(asked.get("stars"), Object.keys(STAR_RULES) as StarRule[]) ?? "sections",
    isFront: asked.get("front") === "1",
  }
}

/** The inverse of {@link wantedFrom}: only what differs from what is shown unasked. */
export function fragmentOf({ isDown, isFront, ...wanted }: Wanted): string {
  const usual = wantedFrom("")
  const asked = new URLSearchParams()
  for (const name of ["sort", "text", "task", "boundary", "confidence", "stars"] as const)
    if (wanted[name] !== usual[name]) asked.set(name, wanted[name])
  if (isDown) asked.set("down", "1")
  if (isFront) asked.set("front", "1")
  return asked.toString()
}

const isAbout = ({ entry }: TableRow, text: string) =>
  [entry.model, entry.system, entry.accelerator, entry.workload].join(" ").toLowerCase().includes(text.toLowerCase())

/** The rows that are wanted, in their order; by energy, comparable rows stand together. */
export function ordered(rows: readonly TableRow[], wanted: Wanted, front: ReadonlySet<string>): readonly TableRow[] {
  const { text, task, boundary, confidence, isFront } = wanted
  const shown = rows.filter(
    (row) =>
      (task === "" || row.entry.task === task) &&
      (boundary === "" || row.entry.boundary === boundary) &&
      (confidence === "" || row.entry.confidence === confidence) &&
      (!isFront || front.has(row.id)) &&
      isAbout(row, text),
  )
  return shown.toSorted((a, b) => byGroup(a, b, wanted.sort) || byValue(a, b, wanted) || (a.id < b.id ? -1 : 1))
}

/** Joules of different units or boundaries have no order among each other: groups stand in the order of their tasks. */
function byGroup(a: TableRow, b: TableRow, sort: SortName): number {
  if (sort !== "unit" && sort !== "accepted" && sort !== "quality") return 0
  const [left, right] = [placeOf(a), placeOf(b)]
  return left.map((place, i) => place - (right[i] ?? 0)).find((difference) => difference !== 0) ?? 0
}

const placeOf = ({ entry: { task, unit, boundary } }: TableRow) => [
  ...[TASKS.indexOf(task), UNITS.indexOf(unit), BOUNDARIES.indexOf(boundary)],
]

function byValue(a: TableRow, b: TableRow, { sort, isDown }: Wanted): number {
  const [left, right] = [SORTS[sort](a), SORTS[sort](b)]
  if (left === right) return 0
  if (left === null || right === null) return left === null ? 1 : -1
  return left < right === isDown ? 1 : -1
}
