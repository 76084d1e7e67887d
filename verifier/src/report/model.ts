import type { Boundary, Grade, Origin, Status, Tags } from "@wattest/protocol"
import type { CheckEntry } from "../catalogue.ts"
import type { TrustedBlock } from "../chain/trust.ts"
import type { MeasureId } from "../measure/catalogue.ts"
import type { Extent } from "../measure/job-extent.ts"
import type { FindingCode, Severity } from "../quality/findings.ts"
import type { Outcome } from "../verdict.ts"

export const REPORT_TYPE = "application/vnd.wattest.report.v1+json"

/** A verdict with its sentence, for people; `code`, `detail` and `change` are null where it is valid. */
export type ReportVerdict = {
  readonly status: Outcome
  readonly code: string | null
  readonly sentence: string
  readonly detail: string | null
  /** What to change in the policy, where that does not accept something; else null. */
  readonly change: string | null
}

export type ReportCheck = CheckEntry & {
  readonly id: string
  readonly required: boolean
  readonly verdict: ReportVerdict
}

export type ReportDocument = {
  readonly kind: "certificate" | "evidence"
  /** File or other name by which the reader knows it. */
  readonly name: string
  readonly sha256: string
  readonly bytes: number
  readonly verdict: ReportVerdict
  readonly checks: readonly ReportCheck[]
}

export type ReportFinding = {
  readonly code: FindingCode
  readonly severity: Severity
  readonly sentence: string
  /** Decimal. */
  readonly run: string
  readonly sequence: number | null
  readonly detail: string
  readonly count: number
}

export type ReportQuantity = {
  readonly id: MeasureId
  readonly title: string
  readonly formula: string
  readonly own: boolean
  /** Decimal run number, or null for all runs of the certificate. */
  readonly run: string | null
  /** How much of the job the number is of; null where it is of one run. */
  readonly extent: Extent | null
  readonly value: number
  readonly unit: string
  readonly uncertainty: number | null
  readonly grade: Grade
}

export type ReportInterval = {
  readonly startMs: number
  readonly endMs: number
  readonly powerWatts: number | null
  /** What the interval adds to the run's expanded uncertainty (k = 2), watts. */
  readonly uncertaintyWatts: number | null
  /** Share, 0 to 1; null where it was not measured. */
  readonly utilisation: number | null
}

export type ReportCurve = {
  readonly run: string
  /** Of an excerpt: the intervals lie between chosen captures, and what lies between these is one of them. */
  readonly kind: "full" | "excerpt"
  readonly intervals: readonly ReportInterval[]
  readonly phases: readonly {
    readonly phase: string
    readonly durationSeconds: number
    readonly energyJoules: number
    readonly workUnits: number
  }[]
}

/** What the books of all runs say of themselves. */
export type ReportBooks = {
  readonly origin: Origin
  /** Whether the sensors are exactly the vouched ones: claimed and compared, claimed alone, or not claimed. */
  readonly inventory: "shown" | "claimed" | "none"
  /** Whether every run names a block of the chain at both ends. */
  readonly beacons: boolean
  /** Time in which a sensor was blind, and what passed in all. */
  readonly blindMs: number
  readonly durationMs: number
  /** Runs before which the device had lost its books. */
  readonly broken: number
}

/** What was proved, and of whom. */
export type ReportSubject = {
  readonly device: string
  readonly chainId: number
  readonly registry: string
  readonly operator: string
  readonly voucher: string
  readonly labels: Tags
  readonly workload: string
  readonly job: string
  /** How much of the job the certificate holds; `start` is the decimal number of its first run, if that is known. */
  readonly jobExtent: { readonly extent: Extent; readonly start: string | null; readonly missing: string }
  readonly accelerators: readonly string[]
  readonly boundary: Boundary
  readonly books: ReportBooks
  readonly status: Status
  readonly energyGrade: Grade
  readonly workGrade: Grade
  readonly startTimeMs: number
  readonly endTimeMs: number
  readonly runs: readonly {
    readonly run: string
    readonly root: string
    readonly position: string
    readonly blockNumber: string
    readonly anchoredAt: number
  }[]
}

/** A block that was trusted, and why: on the policy's list, under a checkpoint, or on the word of these nodes. */
export type ReportBlock = {
  readonly chainId: number
  /** Decimal. */
  readonly number: string
  readonly hash: string
  readonly by: TrustedBlock["by"]
  /** By scheme and host; none where nobody was asked. */
  readonly nodes: readonly string[]
}

/** By what, when and under what anything was judged: the same in every report. */
export type ReportFrame = {
  /** Version of the verifier. */
  readonly verifier: string
  /** Unix seconds, as the caller gave them; null where he gave none. No clock is read. */
  readonly time: number | null
  /** SHA-256 of `policyText`. */
  readonly policyDigest: string
  /** The policy under which all this was judged, as canonical JSON. */
  readonly policyText: string
}

/** What the policy expects in its own words, and what was found. */
export type ReportExpectation = { readonly expected: string; readonly found: string }

/** Everything that a report shows: plain data, the same for terminal, JSON, file and page. */
export type ReportModel = ReportFrame & {
  readonly mediaType: typeof REPORT_TYPE
  readonly verdict: ReportVerdict
  readonly trustedBlocks: readonly ReportBlock[]
  readonly documents: readonly ReportDocument[]
  readonly findings: readonly ReportFinding[]
  /** Null unless the verdict is valid: nothing else is proved. So are the numbers empty then. */
  readonly subject: ReportSubject | null
  readonly quantities: readonly ReportQuantity[]
  readonly expectations: readonly ReportExpectation[]
  readonly curves: readonly ReportCurve[]
}
