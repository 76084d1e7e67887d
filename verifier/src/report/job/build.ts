import { unitText } from "@wattest/protocol"
import { JOB_CATALOGUE, type JobCheckId } from "../../job/catalogue.ts"
import type { JobClaim } from "../../job/claim.ts"
import type { JobEvidence } from "../../job/evidence.ts"
import type { PartClaim } from "../../job/tally.ts"
import type { JobFinding, JobResult } from "../../job/verify.ts"
import type { CheckResult } from "../../verdict.ts"
import {
  type Judging,
  type Named,
  reportBlock,
  reportFinding,
  reportFrame,
  reportQuantities,
  reportVerdict,
} from "../build.ts"
import type { ReportCheck, ReportFinding } from "../model.ts"
import { JOB_REPORT_TYPE, type JobModel, type ReportJob, type ReportJobEvidence, type ReportPart } from "./model.ts"

/** Stands beside every sum over devices. */
export const UNCERTAINTY_RULE =
  "added linearly, over a device's runs and over devices: meters of one make err alike, and nobody shows that these do not"

function reportCheck({ id, required, verdict }: CheckResult): ReportCheck {
  return { id, ...JOB_CATALOGUE[id as JobCheckId], required, verdict: reportVerdict(verdict) }
}

const joules = (millijoules: bigint) => Number(millijoules) / 1000

function reportPart({ span, totals, ...part }: PartClaim): ReportPart {
  const { energyMillijoules, uncertaintyMillijoules, workUnits } = totals.registers
  return {
    ...part,
    ...{ startTimeMs: span?.startMs ?? null, endTimeMs: span?.endMs ?? null },
    ...{ energyJoules: joules(energyMillijoules), uncertaintyJoules: joules(uncertaintyMillijoules) },
    workUnits: workUnits.toString(),
  }
}

function reportJob({ labels, totals, parts: _, quantities: __, expectations: ___, ...claim }: JobClaim): ReportJob {
  const { energyGrade, workGrade } = totals
  return { ...claim, ...labels, energyGrade, workGrade, uncertaintyRule: UNCERTAINTY_RULE }
}

function jobFinding({ device, ...finding }: JobFinding): ReportFinding {
  return reportFinding({ ...finding, detail: `device ${device}: ${finding.detail}` })
}

function reportEvidence({ claim, verdict, ...file }: JobEvidence): ReportJobEvidence {
  const { device = null, kind = null, captures = null } = claim ?? {}
  return { ...file, verdict: reportVerdict(verdict), device, run: claim?.run.toString() ?? null, kind, captures }
}

function shownOf(claim: JobClaim): Pick<JobModel, "subject" | "parts" | "quantities" | "expectations"> {
  const { parts, quantities, labels, expectations } = claim
  const extent = parts.every(({ missing }) => missing.length === 0) ? "whole" : "part"
  return {
    subject: reportJob(claim),
    parts: parts.map(reportPart),
    quantities: reportQuantities(quantities, { run: null, extent }, unitText(labels.unit)),
    expectations,
  }
}

/** The report of a job. Pure. */
export function jobModel({ name, sha256, bytes, result }: Named<JobResult>, judging: Judging): JobModel {
  const { verdict, checks, findings, evidence, trustedBlocks } = result
  const nothing = { subject: null, parts: [], quantities: [], expectations: [] }
  return {
    mediaType: JOB_REPORT_TYPE,
    ...{ name, sha256, bytes },
    verdict: reportVerdict(verdict),
    ...reportFrame(judging),
    trustedBlocks: trustedBlocks.map(reportBlock),
    checks: checks.map(reportCheck),
    ...(verdict.status === "valid" ? shownOf(verdict.claim) : nothing),
    evidence: evidence.map(reportEvidence),
    findings: findings.map(jobFinding),
  }
}
