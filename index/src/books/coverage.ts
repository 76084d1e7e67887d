/** A day in seconds; days are those of UTC, named by their first second. */
export const DAY_SECONDS = 86_400

/** The first second of the day that holds a time. */
export const dayOf = (time: number) => time - (time % DAY_SECONDS)

/** When a device was to meter, Unix seconds; null: it has not ended. */
export type Service = { readonly enrolled: number; readonly ended: number | null; readonly withdrawn: number | null }

/** What devices' books tell of a day, seconds. */
export type Told = { readonly day: number; readonly told: number; readonly voided: number }

/** How much of a day's device time is in the books, seconds. */
export type CoveredDay = {
  readonly day: number
  /** Devices that were to meter at some time of the day. */
  readonly devices: number
  readonly expectedSeconds: number
  /** Told by submissions without a void run: metered, or blind with a sign of it. */
  readonly meteredSeconds: number
  /** Told by submissions with a void run: some of it is lost. */
  readonly voidSeconds: number
  /** Expected, and not told by now. */
  readonly behindSeconds: number
}

/**
 * The coverage of each day from `from` to `to` (first seconds of days, both within) as of `now`: a time after it is not
 * expected yet. What was told of the time before a device's enrolment counts for nothing.
 */
export function coverageOf(
  services: readonly Service[],
  told: readonly Told[],
  { from, to, now }: { readonly from: number; readonly to: number; readonly now: number },
): readonly CoveredDay[] {
  const byDay = new Map(told.map((row) => [row.day, row]))
  const days: CoveredDay[] = []
  for (let day = from; day <= Math.min(to, now); day += DAY_SECONDS) {
    const spans = services.map((service) => spanWithin(service, day, Math.min(day + DAY_SECONDS, now)))
    const expectedSeconds = spans.reduce((sum, span) => sum + span, 0)
    const { told: meteredSeconds, voided: voidSeconds } = byDay.get(day) ?? { told: 0, voided: 0 }
    const behindSeconds = Math.max(0, expectedSeconds - meteredSeconds - voidSeconds)
    const devices = spans.filter((span) => span > 0).length
    days.push({ day, devices, expectedSeconds, meteredSeconds, voidSeconds, behindSeconds })
  }
  return days
}

const spanWithin = ({ enrolled, ended, withdrawn }: Service, from: number, to: number) =>
  Math.max(0, Math.min(to, ended ?? to, withdrawn ?? to) - Math.max(from, enrolled))
