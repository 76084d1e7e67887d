import type { LedgerFinding } from "../../claims/findings.ts"
import type { ReportBlock, ReportCheck, ReportVerdict } from "../model.ts"

export const PRESENTATION_REPORT_TYPE = "application/vnd.wattest.presentation-report.v1+json"

/** A claim that was proved. */
export type ReportClaim = {
  readonly sentence: string
  /** What the sentence does not say. */
  readonly limits: string
  /** Decimal: all runs of the period, or the chosen ones. */
  readonly runs: string
  readonly unopened: number
  readonly voids: number
}

export type ReportLedgerFinding = LedgerFinding & { readonly sentence: string }

/** Everything that a report on a presentation shows: plain data, the same for terminal, JSON, file and page. */
export type PresentationModel = {
  readonly mediaType: typeof PRESENTATION_REPORT_TYPE
  /** File or other name by which the reader knows it. */
  readonly name: string
  readonly verdict: ReportVerdict
  /** SHA-256 over the canonical JSON of the policy under which all this was judged. */
  readonly policyDigest: string
  readonly trustedBlocks: readonly ReportBlock[]
  readonly checks: readonly ReportCheck[]
  /** Empty unless the verdict is valid: nothing else is proved. */
  readonly claims: readonly ReportClaim[]
  readonly findings: readonly ReportLedgerFinding[]
}
