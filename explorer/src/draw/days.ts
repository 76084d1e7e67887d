import type { Device, DeviceDay } from "../books/books.ts"
import type { Day } from "./calendar.ts"

const DAY = 86_400
/** Half a year: what fits beside itself on a page. */
export const DAYS_SHOWN = 182

type Sum = { told: number; runs: number; voids: number }

/**
 * Days of a ledger up to `now`: of the time of each device that was enrolled by then, what its books tell and what they do
 * not tell yet. A device that is retired or withdrawn owes nothing after its books' end.
 */
export function daysOf(devices: readonly Device[], told: readonly DeviceDay[], now: number): readonly Day[] {
  if (devices.length === 0) return []
  const sums = new Map<number, Sum>()
  for (const { day, toldSeconds, voidSeconds, runs, voids } of told) {
    const sum = sums.get(day) ?? { told: 0, runs: 0, voids: 0 }
    sums.set(day, { told: sum.told + toldSeconds + voidSeconds, runs: sum.runs + runs, voids: sum.voids + voids })
  }
  const today = Math.floor(now / DAY) * DAY
  const begun = Math.floor(Math.min(...devices.map(({ enrolledAt }) => enrolledAt)) / DAY) * DAY
  const first = Math.max(begun, today - (DAYS_SHOWN - 1) * DAY)
  return Array.from({ length: Math.max(0, (today - first) / DAY + 1) }, (_, i) => {
    const start = first + i * DAY
    const owed = devices.reduce((sum, device) => sum + owedBy(device, start, Math.min(start + DAY, now)), 0)
    const { told: seconds = 0, runs = 0, voids = 0 } = sums.get(start) ?? {}
    const known = Math.min(seconds, owed)
    return { start, told: known, behind: owed - known, runs, voids, blind: null }
  })
}

/** Seconds of a day for which a device's books are owed. */
function owedBy({ enrolledAt, state, through, withdrawnSince }: Device, from: number, to: number): number {
  const ended = state === "retired" ? Math.max(through, enrolledAt) : (withdrawnSince ?? to)
  return Math.max(0, Math.min(to, ended) - Math.max(from, enrolledAt))
}
