import { unitText } from "@wattest/protocol"
import { CERTIFICATE_CATALOGUE, type CheckEntry, EVIDENCE_CATALOGUE } from "../catalogue.ts"
import type { CertificateClaim } from "../certificate/claim.ts"
import type { CertificateResult } from "../certificate/verify.ts"
import type { WholeClaim } from "../certificate/whole.ts"
import type { TrustedBlock } from "../chain/trust.ts"
import type { EvidenceResult } from "../evidence/verify.ts"
import { MEASURES } from "../measure/catalogue.ts"
import { addedWattsOf, type Interval, meanOf, powerOf } from "../measure/curve.ts"
import type { Quantity } from "../measure/totals.ts"
import { type Policy, policyDigest, policyText } from "../policy.ts"
import { FINDING_CODES, type Finding } from "../quality/findings.ts"
import { type CheckResult, type CheckVerdict, changeOf, type Result, sentenceOf, type Verdict } from "../verdict.ts"
import { VERSION } from "../version.ts"
import {
  REPORT_TYPE,
  type ReportBlock,
  type ReportBooks,
  type ReportCheck,
  type ReportCurve,
  type ReportDocument,
  type ReportFinding,
  type ReportFrame,
  type ReportInterval,
  type ReportModel,
  type ReportQuantity,
  type ReportSubject,
  type ReportVerdict,
} from "./model.ts"
import type { FileFacts } from "./sum.ts"

/** A verdict in words. */
export function reportVerdict(verdict: CheckVerdict | Verdict<unknown>): ReportVerdict {
  const [sentence, change] = [sentenceOf(verdict), changeOf(verdict)]
  if (verdict.status === "valid") return { status: "valid", code: null, sentence, detail: null, change }
  const { status, code, detail } = verdict
  return { status, code, sentence, detail, change }
}

const CATALOGUE: { readonly [id: string]: CheckEntry } = { ...CERTIFICATE_CATALOGUE, ...EVIDENCE_CATALOGUE }

function reportCheck({ id, required, verdict }: CheckResult): ReportCheck {
  const entry = CATALOGUE[id]
  if (entry === undefined) throw new TypeError(`check ${id} is not in the catalogue`)
  return { id, ...entry, required, verdict: reportVerdict(verdict) }
}

function reportDocument(
  kind: ReportDocument["kind"],
  { name, sha256, bytes, result: { verdict, checks } }: Named<Result<unknown>>,
): ReportDocument {
  return { kind, name, sha256, bytes, verdict: reportVerdict(verdict), checks: checks.map(reportCheck) }
}

export function reportFinding({ code, run, ...rest }: Finding): ReportFinding {
  return { code, ...rest, sentence: FINDING_CODES[code][1], run: run.toString() }
}

/** Whose numbers they are: of one run, or of so much of a job. */
type Owner = Pick<ReportQuantity, "run" | "extent">

export function reportQuantities(
  quantities: readonly Quantity[],
  owner: Owner,
  work: string,
): readonly ReportQuantity[] {
  return quantities.map(({ id, value, uncertainty, grade }) => {
    const { title, formula, own, unit } = MEASURES[id]
    const named = unit === "units" ? work : unit.replace("/unit", () => `/${work}`)
    return { id, title, formula, own, ...owner, value, unit: named, uncertainty, grade }
  })
}

function reportInterval(interval: Interval): ReportInterval {
  const { startMs, endMs } = interval
  return {
    ...{ startMs, endMs, powerWatts: powerOf(interval), uncertaintyWatts: addedWattsOf(interval) },
    utilisation: meanOf(interval.occupancy),
  }
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

function reportBooks({ certificate, origin, totals }: CertificateClaim): ReportBooks {
  const isShown = totals.fed.has("inventory") && (certificate.vouchDocuments ?? []).length > 0
  return {
    origin,
    inventory: isShown ? "shown" : totals.fed.has("inventory") ? "claimed" : "none",
    beacons: totals.fed.has("beacons"),
    blindMs: Number(totals.registers.blindMilliseconds),
    durationMs: totals.durationMs,
    broken: certificate.runs.filter(({ statement }) => statement.broken).length,
  }
}

function reportSubject({ certificate }: WholeClaim): ReportSubject {
  const { labels, totals, runs, job, device, chainId, registry, operator, voucher } = certificate
  const { context, ...tags } = labels
  return {
    ...{ device, chainId, registry, operator, voucher, labels: tags },
    ...{ workload: context.workload, job: context.job, accelerators: certificate.accelerators },
    jobExtent: { extent: job.extent, start: job.start?.toString() ?? null, missing: job.missing },
    ...{ boundary: certificate.boundary, books: reportBooks(certificate), status: certificate.status },
    ...{ energyGrade: totals.energyGrade, workGrade: totals.workGrade },
    ...{ startTimeMs: certificate.startTimeMs, endTimeMs: certificate.endTimeMs },
    runs: runs.map(({ run, root, position, blockNumber, anchoredAt }) => ({
      ...{ run: run.toString(), root, position: position.toString() },
      ...{ blockNumber: blockNumber.toString(), anchoredAt },
    })),
  }
}

/** A judged file: how its reader knows it, what it is, and what came of it. */
export type Named<T> = FileFacts & { readonly name: string; readonly result: T }

/** What was judged, and the verdict on all of it. */
export type ReportInput = {
  readonly certificate: Named<CertificateResult>
  readonly evidence: readonly Named<EvidenceResult>[]
  readonly verdict: Verdict<WholeClaim>
} & Judging

/** Under what, and when as the caller says it: Unix seconds. */
export type Judging = { readonly policy: Policy; readonly time?: number | null }

/** What every report says of its own making. */
export function reportFrame({ policy, time = null }: Judging): ReportFrame {
  return { verifier: VERSION, time, policyDigest: policyDigest(policy), policyText: policyText(policy) }
}

export const reportBlock = ({ number, ...rest }: TrustedBlock): ReportBlock => ({ ...rest, number: number.toString() })

/** The report of a certificate and its evidence. Pure. */
export function reportModel({ certificate, evidence, verdict, ...judging }: ReportInput): ReportModel {
  const documents = [
    reportDocument("certificate", certificate),
    ...evidence.map((file) => reportDocument("evidence", file)),
  ]
  const found = [certificate.result, ...evidence.map(({ result }) => result)].flatMap(({ findings }) => findings)
  const claim = verdict.status === "valid" ? verdict.claim : null
  const work = unitText(claim?.certificate.labels.unit || "unit")
  return {
    mediaType: REPORT_TYPE,
    verdict: reportVerdict(verdict),
    ...reportFrame(judging),
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
    expectations: claim?.certificate.expectations ?? [],
    curves: claim === null ? [] : reportCurves(claim),
  }
}
