import type { Period } from "@wattest/protocol"
import type { Budget, Calendar } from "./shape.ts"

/** A period of a budget, with its name: `2026-Q4`. A run belongs to the period in which it ends, from < end <= to. */
export type NamedPeriod = Period & { readonly name: string }

const seconds = (year: number, month: number, day = 1) => Date.UTC(year, month, day) / 1000

const MONTHS: { readonly [C in Exclude<Calendar, "day">]: number } = { month: 1, quarter: 3, year: 12 }

const NAMES: { readonly [C in Calendar]: (day: string, month: number) => string } = {
  day: (day) => day,
  month: (day) => day.slice(0, 7),
  quarter: (day, month) => `${day.slice(0, 4)}-Q${month / 3 + 1}`,
  year: (day) => day.slice(0, 4),
}

const dayOf = (time: number) => new Date(time * 1000).toISOString().slice(0, 10)

/** The calendar period, in UTC, that something belongs to which ends at `endMs`: at midnight to the one that ends there. */
function calendarPeriod(calendar: Calendar, endMs: number): NamedPeriod {
  const date = new Date(endMs - 1)
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
  const length = calendar === "day" ? 0 : MONTHS[calendar]
  const first = length === 0 ? month : month - (month % length)
  const from = length === 0 ? seconds(year, month, day) : seconds(year, first)
  const to = length === 0 ? seconds(year, month, day + 1) : seconds(year, first + length)
  return { name: NAMES[calendar](dayOf(from), first), from, to }
}

/** A budget's period around an end; null where it has no fixed one and nothing has ended yet. */
export function periodOf({ period }: Pick<Budget, "period">, endMs: number | null): NamedPeriod | null {
  if (typeof period !== "string") return { name: `${dayOf(period.from)} to ${dayOf(period.to)}`, ...period }
  return endMs === null ? null : calendarPeriod(period, endMs)
}

export const endsIn = ({ from, to }: Period, endMs: number) => endMs > from * 1000 && endMs <= to * 1000
