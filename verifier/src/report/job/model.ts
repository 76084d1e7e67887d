import type { Boundary, Grade, Origin } from "@wattest/protocol"
import type { PartOutcome } from "../../job/tally.ts"
import type {
  ReportBlock,
  ReportCheck,
  ReportExpectation,
  ReportFinding,
  ReportFrame,
  ReportQuantity,
  ReportVerdict,
} from "../model.ts"

export const JOB_REPORT_TYPE = "application/vnd.wattest.job-report.v1+json"

/** A part of a job, with what it drew and did. Energies are joules, times ms. */
export type ReportPart = {
  readonly part: number
  readonly outcome: PartOutcome
  readonly devices: number
  /** Ids of devices that are not shown, and of those that came and went since the part before. */
  readonly missing: readonly string[]
  readonly joined: readonly string[]
  readonly left: readonly string[]
  /** Void runs between those that are shown. */
  readonly voids: number
  /** Whether every device counts the same units. */
  readonly sharedWork: boolean
  readonly startTimeMs: number | null
  readonly endTimeMs: number | null
  /** Since the end of the part before; below 0 where they overlap. */
  readonly gapMs: number | null
  readonly energyJoules: number
  readonly uncertaintyJoules: number
  /** Decimal. */
  readonly workUnits: string
}

/** What was proved, and of whom. */
export type ReportJob = {
  readonly job: string
  readonly workload: string
  readonly model: string
  readonly unit: string
  readonly party: string
  readonly zones: readonly string[]
  readonly sites: readonly string[]
  readonly boundary: Boundary
  readonly origin: Origin
  readonly energyGrade: Grade
  readonly workGrade: Grade
  readonly chains: readonly { readonly chainId: number; readonly registry: string }[]
  readonly owners: readonly { readonly operator: string; readonly voucher: string }[]
  readonly devices: number
  readonly runs: number
  /** Runs before which a device had lost its books. */
  readonly broken: number
  readonly startTimeMs: number
  readonly endTimeMs: number
  /** How uncertainties were added up. */
  readonly uncertaintyRule: string
}

/** A file of evidence that was given beside the job; nothing is known of one that was not read. */
export type ReportJobEvidence = {
  readonly name: string
  readonly sha256: string | null
  readonly bytes: number
  readonly verdict: ReportVerdict
  readonly device: string | null
  /** Decimal. */
  readonly run: string | null
  readonly kind: "full" | "excerpt" | null
  readonly captures: number | null
}

/** Everything that a report on a job shows: plain data, the same for terminal, JSON, file and page. */
export type JobModel = ReportFrame & {
  readonly mediaType: typeof JOB_REPORT_TYPE
  /** File or other name by which the reader knows it. */
  readonly name: string
  readonly sha256: string
  readonly bytes: number
  readonly verdict: ReportVerdict
  readonly trustedBlocks: readonly ReportBlock[]
  readonly checks: readonly ReportCheck[]
  /** Null unless the verdict is valid: nothing else is proved. So are parts and numbers empty then. */
  readonly subject: ReportJob | null
  readonly parts: readonly ReportPart[]
  readonly quantities: readonly ReportQuantity[]
  readonly expectations: readonly ReportExpectation[]
  readonly evidence: readonly ReportJobEvidence[]
  readonly findings: readonly ReportFinding[]
}
