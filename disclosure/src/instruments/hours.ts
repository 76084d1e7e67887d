import type { Entry } from "../books/entry.ts"

export const HOUR_MS = 3_600_000

/** Energy by zone and hour: mJ by the hour's number since 1970. */
export type Hourly = ReadonlyMap<string, ReadonlyMap<number, bigint>>

/** What a run took until a time, if it took it evenly. Whole mJ: the hours of a run add up to exactly the run. */
function takenUntil({ startMs, endMs, registers: { energyMillijoules } }: Entry, ms: number): bigint {
  if (ms >= endMs) return energyMillijoules
  if (ms <= startMs) return 0n
  return (energyMillijoules * BigInt(ms - startMs)) / BigInt(endMs - startMs)
}

/** Most hours over which one run is spread: more than a year of them is no metering by hours. */
const MAX_HOURS = 9000

/** The hours of a run, each with what it took. */
export function hoursOf(entry: Entry): readonly (readonly [hour: number, millijoules: bigint])[] {
  const first = Math.floor(entry.startMs / HOUR_MS)
  const last = Math.max(first, Math.ceil(entry.endMs / HOUR_MS) - 1)
  if (last - first >= MAX_HOURS) return [[last, entry.registers.energyMillijoules]]
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const hour = first + i
    const until = i === last - first ? entry.endMs : (hour + 1) * HOUR_MS
    return [hour, takenUntil(entry, until) - takenUntil(entry, hour * HOUR_MS)] as const
  })
}

/** Energy of entries by zone and hour. */
export function hourly(entries: readonly Entry[]): Hourly {
  const zones = new Map<string, Map<number, bigint>>()
  for (const entry of entries) {
    const hours = zones.get(entry.zone) ?? new Map<number, bigint>()
    zones.set(entry.zone, hours)
    for (const [hour, millijoules] of hoursOf(entry)) hours.set(hour, (hours.get(hour) ?? 0n) + millijoules)
  }
  return zones
}

/** Energy of entries whose runs are longer than an hour: how it lies in the hours is assumed. */
export const spread = (entries: readonly Entry[]): bigint =>
  entries
    .filter(({ startMs, endMs }) => Math.floor(startMs / HOUR_MS) !== Math.ceil(endMs / HOUR_MS) - 1)
    .reduce((all, { registers }) => all + registers.energyMillijoules, 0n)
