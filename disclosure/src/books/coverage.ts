import type { Hex } from "@wattest/protocol"
import { byRun, type Entry } from "./entry.ts"
import { type Span, timeWithin } from "./period.ts"
import { runKey, type Standing } from "./standing.ts"

/** Energy that a device's lifetime register may differ by between two runs: rounding to whole mJ. */
const ROUNDING_MILLIJOULES = 1n

/** A period ends for a device with its last reading before midnight: what lies behind it is no missing time. */
const EDGE_MS = 60_000

/** Runs of a device that no document shows and that may lie in the period. */
export type Gap = {
  readonly device: Hex
  readonly first: bigint
  readonly last: bigint
  /** The energy in them at most, by the device's lifetime register; null where it does not say: its books broke, or nothing is shown behind them. */
  readonly millijoules: bigint | null
  /** No time and no energy lie in it, or the chain has each of them as void. */
  readonly isVoid: boolean
}

/** What is known of devices beyond the runs of a period. */
export type Beyond = {
  /** All shown runs of each device, of whatever period, in order. */
  readonly shown: ReadonlyMap<Hex, readonly Entry[]>
  readonly standing: Pick<Standing, "devices" | "voids">
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

const isVoidRun = ({ voids }: Beyond["standing"], device: Hex, first: bigint, last: bigint): boolean => {
  for (let run = first; run <= last; run++) if (!voids.has(runKey(device, run))) return false
  return true
}

/** Energy before a run since another one, or since the device began; null where its books broke in between. */
function energyBetween(before: Entry | undefined, after: Entry): bigint | null {
  const until = after.lifetimeMillijoules - after.registers.energyMillijoules
  const between = until - (before?.lifetimeMillijoules ?? 0n)
  return after.broken || between < 0n ? null : between
}

/** Runs between two that are shown, or before the first one. */
function gapBefore(before: Entry | undefined, after: Entry, { standing }: Beyond): readonly Gap[] {
  const [first, last] = [before === undefined ? 0n : before.run + 1n, after.run - 1n]
  if (last < first) return []
  const { device } = after
  const millijoules = energyBetween(before, after)
  const isEmpty = millijoules !== null && millijoules <= ROUNDING_MILLIJOULES
  const isTouching = before === undefined || after.startMs === before.endMs
  return [
    { device, first, last, millijoules, isVoid: (isEmpty && isTouching) || isVoidRun(standing, device, first, last) },
  ]
}

/** Runs behind the last one of the period: up to the next that is shown, or to the last that the chain has. */
function gapBehind(before: Entry, after: Entry | undefined, span: Span, beyond: Beyond): readonly Gap[] {
  if (before.endMs >= span.toMs - EDGE_MS) return []
  if (after !== undefined) return gapBefore(before, after, beyond)
  const { device } = before
  const anchored = BigInt(beyond.standing.devices.get(device)?.held.runs ?? 0)
  const [first, last] = [before.run + 1n, anchored - 1n]
  if (last < first) return []
  return [{ device, first, last, millijoules: null, isVoid: isVoidRun(beyond.standing, device, first, last) }]
}

/** Gaps of one device: its runs of the period, in order, among all that are shown of it. */
function gapsOf(own: readonly Entry[], span: Span, beyond: Beyond): readonly Gap[] {
  const [first, last] = [own[0], own.at(-1)]
  if (first === undefined || last === undefined) return []
  const all = beyond.shown.get(first.device) ?? own
  const earlier = all.findLast(({ run }) => run < first.run)
  const later = all.find(({ run }) => run > last.run)
  // What lies before a run that the period begins in, lies before the period.
  const isLate = first.startMs > span.fromMs + EDGE_MS
  return [
    ...(isLate ? gapBefore(earlier, first, beyond) : []),
    ...own.slice(1).flatMap((entry, i) => gapBefore(own[i], entry, beyond)),
    ...gapBehind(last, later, span, beyond),
  ]
}

/** The coverage of entries of one period, in whatever order. */
export function coverageOf(given: readonly Entry[], span: Span, beyond: Beyond): Coverage {
  const entries = given.toSorted(byRun)
  const devices = [...Map.groupBy(entries, ({ device }) => device).values()]
  const metered = entries.map((entry) => timeWithin(span, entry))
  const blind = entries.map(({ registers }, i) => Math.min(Number(registers.blindMilliseconds), metered[i] ?? 0))
  const ends = devices.flatMap((own) => own.at(-1) ?? [])
  const starts = devices.flatMap((own) => own[0] ?? [])
  return {
    meteredMs: metered.reduce((all, ms) => all + ms, 0),
    blindMs: blind.reduce((all, ms) => all + ms, 0),
    gaps: devices.flatMap((own) => gapsOf(own, span, beyond)),
    behind: ends
      .filter(({ endMs }) => endMs < span.toMs - EDGE_MS)
      .map(({ device, endMs }) => ({ device, untilMs: endMs })),
    late: starts
      .filter(({ startMs }) => startMs > span.fromMs + EDGE_MS)
      .map(({ device, startMs }) => ({ device, fromMs: startMs })),
    broken: entries.filter(({ broken }) => broken).length,
  }
}

/** The part of a period in which a device stands somewhere. `from`, `to`: days, the last one included. */
export const standingIn = (span: Span, { from, to }: { readonly from: string; readonly to: string | null }): Span => ({
  fromMs: Math.max(span.fromMs, Date.parse(from)),
  toMs: Math.min(span.toMs, to === null ? span.toMs : Date.parse(to) + 86_400_000),
})
