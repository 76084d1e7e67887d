import type { Hex } from "@wattest/protocol"
import { byRun, type Entry } from "./entry.ts"
import { lengthOf, type Span, timeWithin } from "./period.ts"

/** Energy that a device's lifetime register may differ by between two runs: rounding to whole mJ. */
const ROUNDING_MILLIJOULES = 1n

/** A period ends for a device with its last reading before midnight: what lies behind it is no missing time. */
const EDGE_MS = 60_000

/** Runs of a device between two that are shown. */
export type Gap = {
  readonly device: Hex
  readonly first: bigint
  readonly last: bigint
  /** The energy in them, by the device's lifetime register; null where its books broke in between. */
  readonly millijoules: bigint | null
  /** No time and no energy lie in it: its runs are void. */
  readonly isVoid: boolean
}

/** What is known of the metered time of some devices. */
export type Coverage = {
  readonly meteredMs: number
  readonly blindMs: number
  readonly gaps: readonly Gap[]
  /** Devices whose last shown run ends before the period does, with that end. */
  readonly behind: readonly { readonly device: Hex; readonly untilMs: number }[]
  /** Devices whose first shown run of the period begins after the period did, with that beginning. */
  readonly late: readonly { readonly device: Hex; readonly fromMs: number }[]
  readonly broken: number
}

function gapBetween(before: Entry, after: Entry | undefined): readonly Gap[] {
  if (after === undefined || after.device !== before.device || after.run === before.run + 1n) return []
  const between = after.lifetimeMillijoules - after.registers.energyMillijoules - before.lifetimeMillijoules
  const millijoules = after.broken || between < 0n ? null : between
  const isVoid = after.startMs === before.endMs && millijoules !== null && millijoules <= ROUNDING_MILLIJOULES
  return [{ device: after.device, first: before.run + 1n, last: after.run - 1n, millijoules, isVoid }]
}

/** The coverage of entries of one period, in whatever order. */
export function coverageOf(given: readonly Entry[], span: Span): Coverage {
  const entries = given.toSorted(byRun)
  const devices = [...Map.groupBy(entries, ({ device }) => device).values()]
  const metered = entries.map((entry) => timeWithin(span, entry))
  const blind = entries.map(({ registers }, i) => Math.min(Number(registers.blindMilliseconds), metered[i] ?? 0))
  const ends = devices.flatMap((own) => own.at(-1) ?? [])
  const starts = devices.flatMap((own) => own[0] ?? [])
  return {
    meteredMs: metered.reduce((all, ms) => all + ms, 0),
    blindMs: blind.reduce((all, ms) => all + ms, 0),
    gaps: entries.flatMap((entry, i) => gapBetween(entry, entries[i + 1])),
    behind: ends
      .filter(({ endMs }) => endMs < span.toMs - EDGE_MS)
      .map(({ device, endMs }) => ({ device, untilMs: endMs })),
    late: starts
      .filter(({ startMs }) => startMs > span.fromMs + EDGE_MS)
      .map(({ device, startMs }) => ({ device, fromMs: startMs })),
    broken: entries.filter(({ broken }) => broken).length,
  }
}

/** The time for which a device stands somewhere, within a period. `from`, `to`: days, the last one included. */
export function standingMs(span: Span, { from, to }: { readonly from: string; readonly to: string | null }): number {
  const fromMs = Math.max(span.fromMs, Date.parse(from))
  const toMs = Math.min(span.toMs, to === null ? span.toMs : Date.parse(to) + 86_400_000)
  return lengthOf({ fromMs, toMs })
}
