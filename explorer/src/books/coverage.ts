import type { CoveredDay, Device } from "./books.ts"

const DAY = 86_400

/**
 * Days of devices by what the registry says of each: told from its enrolment up to where its books reach, owed from then on
 * until it is retired or withdrawn. Which days hold void runs is not in the registry's state.
 */
export function coverageOf(
  devices: readonly Device[],
  { days, now }: { readonly days: number; readonly now: number },
): readonly CoveredDay[] {
  if (devices.length === 0) return []
  const today = now - (now % DAY)
  const begun = Math.min(...devices.map(({ enrolledAt }) => enrolledAt))
  const first = Math.max(begun - (begun % DAY), today - (days - 1) * DAY)
  return Array.from({ length: Math.max(0, (today - first) / DAY + 1) }, (_, i) => {
    const day = first + i * DAY
    const end = Math.min(day + DAY, now)
    const spans = devices.map((device) => ({
      owed: owed(device, day, end),
      told: within(device.enrolledAt, device.through, day, end),
    }))
    const expectedSeconds = spans.reduce((sum, span) => sum + span.owed, 0)
    const meteredSeconds = spans.reduce((sum, span) => sum + Math.min(span.told, span.owed), 0)
    const behindSeconds = expectedSeconds - meteredSeconds
    return {
      day,
      devices: spans.filter((span) => span.owed > 0).length,
      expectedSeconds,
      meteredSeconds,
      voidSeconds: 0,
      behindSeconds,
    }
  })
}

const within = (from: number, to: number, start: number, end: number) =>
  Math.max(0, Math.min(to, end) - Math.max(from, start))

function owed({ enrolledAt, state, through, withdrawnSince }: Device, start: number, end: number): number {
  const last = state === "retired" ? through : (withdrawnSince ?? end)
  return within(enrolledAt, last, start, end)
}
