import { PRESENTATION_CATALOGUE } from "../../claims/catalogue.ts"
import { LEDGER_FINDING_CODES } from "../../claims/findings.ts"
import type { PresentationResult, ProvenClaim } from "../../claims/verify-presentation.ts"
import type { CheckResult } from "../../verdict.ts"
import { reportBlock, reportVerdict } from "../build.ts"
import type { ReportCheck } from "../model.ts"
import { PRESENTATION_REPORT_TYPE, type PresentationModel, type ReportClaim } from "./model.ts"

function reportCheck({ id, required, verdict }: CheckResult): ReportCheck {
  const entry = PRESENTATION_CATALOGUE[id as keyof typeof PRESENTATION_CATALOGUE]
  return { id, ...entry, required, verdict: reportVerdict(verdict) }
}

function reportClaim({ sentence, limits, runs, unopened, voids }: ProvenClaim): ReportClaim {
  return { sentence, limits, runs: runs.toString(), unopened, voids }
}

/** The report of a presentation. Pure. */
export function presentationModel(name: string, result: PresentationResult): PresentationModel {
  const { verdict, checks, findings, policyDigest, trustedBlocks } = result
  return {
    mediaType: PRESENTATION_REPORT_TYPE,
    name,
    verdict: reportVerdict(verdict),
    policyDigest,
    trustedBlocks: trustedBlocks.map(reportBlock),
    checks: checks.map(reportCheck),
    claims: verdict.status === "valid" ? verdict.claim.map(reportClaim) : [],
    findings: findings.map((finding) => ({ ...finding, sentence: LEDGER_FINDING_CODES[finding.code][1] })),
  }
}
