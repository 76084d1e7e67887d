import type { Hex, MetricName, Owner, Scope, TotalName } from "@wattest/protocol"
import type { LedgerFinding } from "../../claims/findings.ts"
import type { ReportBlock, ReportCheck, ReportExpectation, ReportFrame, ReportVerdict } from "../model.ts"

export const PRESENTATION_REPORT_TYPE = "application/vnd.wattest.presentation-report.v1+json"

/** What a tally is about. Times are Unix seconds, counts decimal. */
export type ReportScope = Pick<Scope, "chainId" | "registry" | "filters" | "conditions" | "from" | "to" | "asOf"> & {
  /** Whose runs they are: each ledger by its id, and the pair that it is of. */
  readonly owners: readonly (Owner & { readonly ledger: Hex })[]
  readonly runs: string
  readonly unopened: number
  readonly voids: number
}

/** How complete a tally is. Times in ms and counts that may be large are decimal. */
export type ReportCoverage = {
  readonly sentence: string
  /** Null: not known of all devices. */
  readonly expectedMs: string | null
  readonly meteredMs: string
  readonly missingMs: string | null
  /** The same as devices that would have been off all of the period. */
  readonly missingDevices: number | null
  /** Millionths of the metered time. */
  readonly blindPpm: string
  readonly broken: string
  readonly devices: number
  readonly joined: number
  readonly retired: number
  readonly withdrawn: number
  readonly neverEnrolled: string
  readonly unproven: string
  /** Voucher accounts on whose word all of it rests. */
  readonly vouchers: readonly string[]
}

/** A number that was proved. */
export type ReportClaim = {
  readonly sentence: string
  /** What the sentence does not say. */
  readonly limits: string
  readonly metric: MetricName
  /** Totals that the number adds up, and divides by. */
  readonly numerator: readonly TotalName[]
  readonly denominator: readonly TotalName[]
  /** Decimal, in `unit`. */
  readonly lo: string
  /** Null: no upper bound. */
  readonly hi: string | null
  readonly unit: string
  /** What one unit of work is; null where the number counts none. */
  readonly work: string | null
  /** The bounds in the usual unit, in words. */
  readonly said: string
  readonly tally: ReportScope
  /** The tally of the denominator, where it is another one. */
  readonly over: ReportScope | null
  /** Of all energy at the boundary, millionths; null: not shown. */
  readonly ledgerShare: { readonly lo: string; readonly hi: string | null } | null
  /** That share in words; null for chosen runs, and for runs of any label. */
  readonly share: string | null
  /** Null for chosen runs: nothing is said of the others. */
  readonly coverage: ReportCoverage | null
}

export type ReportLedgerFinding = LedgerFinding & { readonly sentence: string }

/** Everything that a report on a presentation shows: plain data, the same for terminal, JSON, file and page. */
export type PresentationModel = ReportFrame & {
  readonly mediaType: typeof PRESENTATION_REPORT_TYPE
  /** File or other name by which the reader knows it. */
  readonly name: string
  readonly sha256: string
  readonly bytes: number
  readonly verdict: ReportVerdict
  readonly trustedBlocks: readonly ReportBlock[]
  readonly checks: readonly ReportCheck[]
  /** Empty unless the verdict is valid: nothing else is proved. */
  readonly claims: readonly ReportClaim[]
  readonly expectations: readonly ReportExpectation[]
  readonly findings: readonly ReportLedgerFinding[]
}
