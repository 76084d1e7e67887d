import { formatQuantity } from "./quantity.ts"

/** How complete a tally over a period is: what was proved of its time, held against what the registry expects. */
export type Coverage = {
  /** Expected of the devices at the boundary, ms; null where the document does not prove it of all of them. */
  readonly expectedMs: bigint | null
  /** Proved: metered at least, ms. */
  readonly meteredMs: bigint
  /** Proved: blind at most, millionths of the metered time. */
  readonly blindPpm: bigint
  /** Proved: runs before which the books were broken, at most. */
  readonly broken: bigint
  /** Devices at the boundary; of these the ones that enrolled, retired or were withdrawn within the period. */
  readonly devices: number
  readonly joined: number
  readonly retired: number
  readonly withdrawn: number
  /** Vouched for in these ledgers, and never enrolled. */
  readonly neverEnrolled: bigint
  /** Devices of the ledgers of which the document proves nothing. */
  readonly unproven: bigint
}

const DAY_MS = 86_400_000

const days = (ms: bigint) => `${Number((Number(ms) / DAY_MS).toPrecision(4))} device-days`

/** Expected time of which nothing was proved: 0 where more was metered than expected. */
export function missingMs({ expectedMs, meteredMs }: Coverage): bigint | null {
  if (expectedMs === null) return null
  return expectedMs > meteredMs ? expectedMs - meteredMs : 0n
}

function timeText(coverage: Coverage, periodMs: number): string {
  const missing = missingMs(coverage)
  const metered = `Metered for at least ${days(coverage.meteredMs)}`
  if (missing === null || coverage.expectedMs === null)
    return `${metered}; how many were expected is not known, for the document proves nothing of ${coverage.unproven} devices`
  const devices = Number((Number(missing) / periodMs).toPrecision(2))
  const gap = missing === 0n ? "none missing" : `${days(missing)} missing, as if ${devices} devices were off`
  return `${metered} of ${days(coverage.expectedMs)} expected (${gap})`
}

/** How complete a tally is, in one sentence. */
export function coverageSentence(coverage: Coverage, period: { readonly from: number; readonly to: number }): string {
  const { blindPpm, broken, devices, joined, retired, withdrawn, neverEnrolled } = coverage
  const fleet = `${devices} devices at this boundary, of which ${joined} joined, ${retired} retired and ${withdrawn} were withdrawn in the period`
  const parts = [
    timeText(coverage, (period.to - period.from) * 1000),
    `blind for at most ${formatQuantity(blindPpm, "blind-share", "")} of the metered time`,
    `at most ${broken} runs before which the books were broken`,
    fleet,
    `${neverEnrolled} devices vouched for and never enrolled`,
  ]
  return `${parts.join("; ")}.`
}
