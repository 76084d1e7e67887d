import { plural } from "../encoding/plural.ts"
import { NO_UPPER_BOUND } from "./measure.ts"
import { formatQuantity } from "./quantity.ts"
import type { Scope } from "./scope.ts"

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

const days = (ms: bigint) => plural(Number((Number(ms) / DAY_MS).toPrecision(4)), "device-day")

/** Expected time of which nothing was proved: 0 where more was metered than expected. */
export function missingMs({ expectedMs, meteredMs }: Coverage): bigint | null {
  if (expectedMs === null) return null
  return expectedMs > meteredMs ? expectedMs - meteredMs : 0n
}

/** What is missing, as the number of devices that would have been off all of the period; null where it is not known. */
export function missingDevices(coverage: Coverage, { from, to }: Pick<Scope, "from" | "to">): number | null {
  const missing = missingMs(coverage)
  return missing === null ? null : Number((Number(missing) / ((to - from) * 1000)).toPrecision(2))
}

function timeText(coverage: Coverage, period: Pick<Scope, "from" | "to">): string {
  const missing = missingMs(coverage)
  const metered = `Metered for at least ${days(coverage.meteredMs)}`
  const devicesOff = missingDevices(coverage, period)
  if (missing === null || devicesOff === null || coverage.expectedMs === null)
    return `${metered}; how many were expected is not known, for the document proves nothing of ${plural(coverage.unproven, "device")}`
  const gap =
    missing === 0n ? "none missing" : `${days(missing)} missing, as if ${plural(devicesOff, "device")} were off`
  return `${metered} of ${days(coverage.expectedMs)} expected (${gap})`
}

type Spoken = Pick<Scope, "from" | "to" | "runs" | "unopened" | "voids" | "owners">

/** How complete a tally is, in one sentence. */
export function coverageSentence(coverage: Coverage, scope: Spoken): string {
  const { blindPpm, broken, devices, joined, retired, withdrawn, neverEnrolled } = coverage
  const fleet = `${plural(devices, "device")} at this boundary, of which ${joined} joined, ${retired} retired and ${withdrawn} were withdrawn in the period`
  const parts = [
    timeText(coverage, scope),
    `blind for at most ${formatQuantity(blindPpm, "blind-share", "")} of the metered time`,
    `${scope.voids} void and ${scope.unopened} unopened of ${plural(scope.runs, "run")}`,
    `at most ${plural(broken, "run")} before which the books were broken`,
    fleet,
    `${plural(neverEnrolled, "device")} vouched for and never enrolled`,
    `all of it on the word of ${[...new Set(scope.owners.map(({ voucher }) => voucher))].join(", ")}`,
  ]
  return `${parts.join("; ")}.`
}

/** The share of all energy at the boundary that a tally's counted runs took, millionths: both bounds are proved. */
export type LedgerShare = { readonly lo: bigint; readonly hi: bigint }

/**
 * What beside a number of runs with certain labels says how large a part they are, in a sentence; null for runs of any.
 * Without a share a number may be of a handful.
 */
export function shareSentence(
  { filters, asOf }: Pick<Scope, "filters" | "asOf">,
  share: LedgerShare | null,
): string | null {
  const { model, zone, site, party } = filters
  if (asOf === null || [model, zone, site, party].every((label) => label === null)) return null
  if (share === null) return "What share of all energy at this boundary these runs took is not shown."
  const say = (value: bigint) => formatQuantity(value, "ledger-share", "")
  const most = share.hi === NO_UPPER_BOUND ? "" : ` and at most ${say(share.hi)}`
  return `These runs took at least ${say(share.lo)}${most} of all energy at this boundary.`
}
