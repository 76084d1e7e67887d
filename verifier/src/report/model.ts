import type { Boundary, Grade, Status } from "@wattest/protocol"
import { CERTIFICATE_CATALOGUE, type CheckEntry, EVIDENCE_CATALOGUE } from "../catalogue.ts"
import type { Extent } from "../certificate/job-extent.ts"
import type { CertificateResult } from "../certificate/verify.ts"
import type { TrustedBlock } from "../chain/trust.ts"
import type { EvidenceResult } from "../evidence/verify.ts"
import { MEASURES, type MeasureId } from "../measure/catalogue.ts"
import { type Interval, meanOf, powerOf } from "../measure/curve.ts"
import type { Quantity } from "../measure/totals.ts"
import { type Policy, policyDigest } from "../policy.ts"
import { FINDING_CODES, type Finding, type FindingCode, type Severity } from "../quality/findings.ts"
import { type CheckResult, type CheckVerdict, type Outcome, type Result, sentenceOf, type Verdict } from "../verdict.ts"
import type { WholeClaim } from "../whole.ts"
import { unitText } from "./numbers.ts"

export const REPORT_TYPE = "application/vnd.wattest.report.v1+json"

/** A verdict with its sentence, for people; `code` and `detail` are null where it is valid. */
export type ReportVerdict = {
  readonly status: Outcome
  readonly code: string | null
  readonly sentence: string
  readonly detail: string | null
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

/** What was proved, and of whom. */
export type ReportSubject = {
  readonly device: string
  readonly chainId: number
  readonly registry: string
  readonly operator: string
  readonly voucher: string
  readonly labels: { readonly model: string; readonly unit: string; readonly zone: string; readonly party: string }
  readonly workload: string
  readonly job: string
  /** How much of the job the certificate holds; `start` is the decimal number of its first run, if that is known. */
  readonly jobExtent: { readonly extent: Extent; readonly start: string | null; readonly missing: string }
  readonly accelerators: readonly string[]
  readonly boundary: Boundary
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

/** A block that was trusted, and why: on the policy's list, under a checkpoint, or on the word of so many nodes. */
export type ReportBlock = {
  readonly chainId: number
  /** Decimal. */
  readonly number: string
  readonly by: TrustedBlock["by"]
  readonly nodes: number
}

/** Everything that a report shows: plain data, the same for terminal, JSON, file and page. */
export type ReportModel = {
  readonly mediaType: typeof REPORT_TYPE
  readonly verdict: ReportVerdict
  /** SHA-256 over the canonical JSON of the policy under which all this was judged. */
  readonly policyDigest: string
  readonly trustedBlocks: readonly ReportBlock[]
  readonly documents: readonly ReportDocument[]
  readonly findings: readonly ReportFinding[]
  /** Null unless the verdict is valid: nothing else is proved. So are the numbers empty then. */
  readonly subject: ReportSubject | null
  readonly quantities: readonly ReportQuantity[]
  readonly curves: readonly ReportCurve[]
}

export function reportVerdict(verdict: CheckVerdict | Verdict<unknown>): ReportVerdict {
  const sentence = sentenceOf(verdict)
  if (verdict.status === "valid") return { status: "valid", code: null, sentence, detail: null }
  const { status, code, detail } = verdict
  return { status, code, sentence, detail }
}

const CATALOGUE: { readonly [id: string]: CheckEntry } = { ...CERTIFICATE_CATALOGUE, ...EVIDENCE_CATALOGUE }

function reportCheck({ id, required, verdict }: CheckResult): ReportCheck {
  const entry = CATALOGUE[id]
  if (entry === undefined) throw new TypeError(`check ${id} is not in the catalogue`)
  return { id, ...entry, required, verdict: reportVerdict(verdict) }
}

function reportDocument(
  kind: ReportDocument["kind"],
  name: string,
  { verdict, checks }: Result<unknown>,
): ReportDocument {
  return { kind, name, verdict: reportVerdict(verdict), checks: checks.map(reportCheck) }
}

function reportFinding({ code, run, ...rest }: Finding): ReportFinding {
  return { code, ...rest, sentence: FINDING_CODES[code][1], run: run.toString() }
}

/** Whose numbers they are: of one run, or of so much of a job. */
type Owner = Pick<ReportQuantity, "run" | "extent">

function reportQuantities(quantities: readonly Quantity[], owner: Owner, work: string): readonly ReportQuantity[] {
  return quantities.map(({ id, value, uncertainty, grade }) => {
    const { title, formula, own, unit } = MEASURES[id]
    const named = unit === "units" ? work : unit.replace("/unit", () => `/${work}`)
    return { id, title, formula, own, ...owner, value, unit: named, uncertainty, grade }
  })
}

function reportInterval(interval: Interval): ReportInterval {
  const { startMs, endMs } = interval
  return { startMs, endMs, powerWatts: powerOf(interval), utilisation: meanOf(interval.occupancy) }
}

function reportCurves({ evidence }: WholeClaim): readonly ReportCurve[] {
  return evidence.map(({ run, kind, curve, phases }) => ({
    ...{ run: run.toString(), kind },
    intervals: curve.map(reportInterval),
    phases: phases.map(({ phase, durationMs, energyMillijoules, workUnits }) => ({
      ...{ phase, workUnits },
      durationSeconds: durationMs / 1000,
      energyJoules: energyMillijoules / 1000,
    })),
  }))
}

function reportSubject({ certificate }: WholeClaim): ReportSubject {
  const { labels, totals, runs, job, device, chainId, registry, operator, voucher } = certificate
  const { model, unit, zone, party, context } = labels
  return {
    ...{ device, chainId, registry, operator, voucher, labels: { model, unit, zone, party } },
    ...{ workload: context.workload, job: context.job, accelerators: certificate.accelerators },
    jobExtent: { extent: job.extent, start: job.start?.toString() ?? null, missing: job.missing },
    ...{ boundary: certificate.boundary, status: certificate.status },
    ...{ energyGrade: totals.energyGrade, workGrade: totals.workGrade },
    ...{ startTimeMs: certificate.startTimeMs, endTimeMs: certificate.endTimeMs },
    runs: runs.map(({ run, root, position, blockNumber, anchoredAt }) => ({
      ...{ run: run.toString(), root, position: position.toString() },
      ...{ blockNumber: blockNumber.toString(), anchoredAt },
    })),
  }
}

export type Named<T> = { readonly name: string; readonly result: T }

/** What was judged, and the verdict on all of it. */
export type ReportInput = {
  readonly certificate: Named<CertificateResult>
  readonly evidence: readonly Named<EvidenceResult>[]
  readonly verdict: Verdict<WholeClaim>
  readonly policy: Policy
}

export const reportBlock = ({ number, ...rest }: TrustedBlock): ReportBlock => ({ ...rest, number: number.toString() })

/** The report of a certificate and its evidence. Pure. */
export function reportModel({ certificate, evidence, verdict, policy }: ReportInput): ReportModel {
  const documents = [
    reportDocument("certificate", certificate.name, certificate.result),
    ...evidence.map(({ name, result }) => reportDocument("evidence", name, result)),
  ]
  const found = [certificate.result, ...evidence.map(({ result }) => result)].flatMap(({ findings }) => findings)
  const claim = verdict.status === "valid" ? verdict.claim : null
  const work = unitText(claim?.certificate.labels.unit || "unit")
  return {
    mediaType: REPORT_TYPE,
    verdict: reportVerdict(verdict),
    policyDigest: policyDigest(policy),
    trustedBlocks: certificate.result.trustedBlocks.map(reportBlock),
    documents,
    findings: found.map(reportFinding),
    subject: claim && reportSubject(claim),
    quantities:
      claim === null
        ? []
        : [
            ...reportQuantities(
              claim.certificate.quantities,
              { run: null, extent: claim.certificate.job.extent },
              work,
            ),
            ...claim.evidence.flatMap(({ run, quantities }) =>
              reportQuantities(quantities, { run: run.toString(), extent: null }, work),
            ),
          ],
    curves: claim === null ? [] : reportCurves(claim),
  }
}
