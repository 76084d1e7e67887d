import { EMPTY_ACCUMULATION, type Totals } from "./accumulator.ts"
import type { Asked } from "./asked.ts"
import type { Opening } from "./opening.ts"

/** Why a run that a tally counts leaves no proof. */
export type Fault =
  | "UNIT_DIFFERS"
  | "ENERGY_GRADE_WORSE"
  | "WORK_GRADE_WORSE"
  | "ORIGIN_DIFFERS"
  | "SOURCE_MISSING"
  | "TIME_BACKWARDS"

const at = (values: readonly bigint[], i: number): bigint => values[i] ?? 0n

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

/** Whether an opened run is at the boundary and ends in the period: from < end <= to. */
export function isPlaced({ times, marks }: Opening, { boundary, period }: Asked): boolean {
  const end = at(times, 1)
  return at(marks, 1) === boundary && at(period, 0) * 1000n < end && end <= at(period, 1) * 1000n
}

/** Whether a tally counts this run: of the placed ones, model, zone, site and party select. */
export function isCounted(opening: Opening, asked: Asked): boolean {
  const passes = (i: number) => at(asked.tags, i) === 0n || at(opening.tags, i) === at(asked.tags, i)
  return isPlaced(opening, asked) && [0, 2, 3, 4].every(passes)
}

/** How much of a placed run's time lies in the period, and how much of that was blind; ms. */
function timesOf({ registers, times }: Opening, { period }: Asked): { readonly time: bigint; readonly blind: bigint } {
  const from = at(period, 0) * 1000n
  const start = at(times, 0)
  const time = at(times, 1) - (start < from ? from : start)
  return { time, blind: least(at(registers, 11), time) }
}

/** What an opened run adds to a tally, in the order of TOTALS. */
export function amountsOf(opening: Opening, asked: Asked): Totals {
  if (!isPlaced(opening, asked)) return EMPTY_ACCUMULATION.totals
  const { registers, flags } = opening
  const { time, blind } = timesOf(opening, asked)
  const isIn = isCounted(opening, asked)
  const counted = [...registers.slice(0, 11), blind, time, 1n].map((value) => (isIn ? value : 0n))
  return [...counted, at(registers, 0), time, blind, at(flags, 16)]
}

/** What an opened run lacks; empty when it may be proved. A run without any work has no unit. */
export function faultsOf(opening: Opening, asked: Asked): Fault[] {
  const faults: Fault[] = []
  if (at(opening.times, 0) > at(opening.times, 1)) faults.push("TIME_BACKWARDS")
  return isCounted(opening, asked) ? [...faults, ...conditionFaults(opening, asked)] : faults
}

function conditionFaults({ registers, tags, marks, flags }: Opening, asked: Asked): Fault[] {
  const isIdle = [5, 6, 7].every((i) => at(registers, i) === 0n)
  const isWorse = (i: number) => at(marks, 3 + i) > at(asked.limits, i)
  const isMissing = (flag: bigint, i: number) => flag === 0n && ((asked.required >> BigInt(i)) & 1n) === 1n
  const faults: Fault[] = []
  if (at(asked.tags, 1) !== 0n && at(tags, 1) !== at(asked.tags, 1) && !isIdle) faults.push("UNIT_DIFFERS")
  if (isWorse(0)) faults.push("ENERGY_GRADE_WORSE")
  if (isWorse(1)) faults.push("WORK_GRADE_WORSE")
  if (isWorse(2)) faults.push("ORIGIN_DIFFERS")
  if (flags.slice(0, 16).some(isMissing)) faults.push("SOURCE_MISSING")
  return faults
}
