import type { Days } from "../filing.ts"
import type { Entry } from "./entry.ts"

const DAY_MS = 86_400_000

/** A period in ms: what ends in it, from < end <= to, belongs to it, whenever it was anchored. */
export type Span = { readonly fromMs: number; readonly toMs: number }

/** The ms of whole days, UTC. */
export const spanOf = ({ from, to }: Days): Span => ({ fromMs: Date.parse(from), toMs: Date.parse(to) + DAY_MS })

export const endsIn = ({ fromMs, toMs }: Span, endMs: number): boolean => endMs > fromMs && endMs <= toMs

export const lengthOf = ({ fromMs, toMs }: Span): number => Math.max(0, toMs - fromMs)

/** The time of a run within a period: it counts from the period's beginning at the earliest. */
export const timeWithin = ({ fromMs }: Span, { startMs, endMs }: Pick<Entry, "startMs" | "endMs">): number =>
  Math.max(0, endMs - Math.max(fromMs, startMs))

/** Entries of a period that were anchored before `asOf`, Unix seconds; null: whenever. */
export const entriesIn = (entries: readonly Entry[], span: Span, asOf: number | null): readonly Entry[] =>
  entries.filter(({ endMs, block }) => endsIn(span, endMs) && (asOf === null || block.time < asOf))

/** The part of a run's time that lies within a span: time fills what is expected of the same time alone. */
export const timeIn = ({ fromMs, toMs }: Span, { startMs, endMs }: Pick<Entry, "startMs" | "endMs">): number =>
  lengthOf({ fromMs: Math.max(fromMs, startMs), toMs: Math.min(toMs, endMs) })

/** The days of the financial year that holds a day. `begins`: `MM-DD`. */
export function financialYear(holding: string, begins: string): Days {
  const year = Number(holding.slice(0, 4))
  const first = holding.slice(5) >= begins ? year : year - 1
  const from = `${String(first).padStart(4, "0")}-${begins}`
  const after = Date.parse(`${String(first + 1).padStart(4, "0")}-${begins}`)
  return { from, to: new Date(after - DAY_MS).toISOString().slice(0, 10) }
}
