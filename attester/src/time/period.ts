/** How long a run may span: it is cut at the end of such a period of UTC, so that days and months need no splitting. */
export const PERIODS = ["day", "hour", "quarter-hour"] as const
export type Period = (typeof PERIODS)[number]

const PERIOD_MS: { readonly [P in Period]: number } = { day: 86_400_000, hour: 3_600_000, "quarter-hour": 900_000 }

/** The end of the period that a run which begins at a time is in, ms: later than its start. */
export const periodEnd = (period: Period, startMs: number): number =>
  (Math.floor(startMs / PERIOD_MS[period]) + 1) * PERIOD_MS[period]
