import {
  boundsText,
  type Coverage,
  countsWork,
  ledgerIdOf,
  METRICS,
  missingDevices,
  missingMs,
  NO_UPPER_BOUND,
  type ProvenBound,
  type Scope,
} from "@wattest/protocol"
import { PRESENTATION_CATALOGUE } from "../../claims/catalogue.ts"
import { LEDGER_FINDING_CODES } from "../../claims/findings.ts"
import type { PresentationResult, ProvenClaim } from "../../claims/verify-presentation.ts"
import type { CheckResult } from "../../verdict.ts"
import { type Judging, type Named, reportBlock, reportFrame, reportVerdict } from "../build.ts"
import type { ReportCheck } from "../model.ts"
import {
  PRESENTATION_REPORT_TYPE,
  type PresentationModel,
  type ReportClaim,
  type ReportCoverage,
  type ReportScope,
} from "./model.ts"

function reportCheck({ id, required, verdict }: CheckResult): ReportCheck {
  const entry = PRESENTATION_CATALOGUE[id as keyof typeof PRESENTATION_CATALOGUE]
  return { id, ...entry, required, verdict: reportVerdict(verdict) }
}

function reportScope({ owners, runs, ...scope }: Scope): ReportScope {
  const { chainId, registry, filters, conditions, from, to, asOf, unopened, voids } = scope
  const pairs = owners.map(({ operator, voucher }) => ({
    ...{ ledger: ledgerIdOf(operator, voucher), operator, voucher },
  }))
  const counts = { runs: runs.toString(), unopened, voids }
  return { chainId, registry, owners: pairs, filters, conditions, from, to, asOf, ...counts }
}

function reportCoverage(coverage: Coverage, scope: Scope, sentence: string): ReportCoverage {
  const { expectedMs, meteredMs, blindPpm, broken, neverEnrolled, unproven, ...devices } = coverage
  return {
    sentence,
    expectedMs: expectedMs?.toString() ?? null,
    meteredMs: meteredMs.toString(),
    missingMs: missingMs(coverage)?.toString() ?? null,
    missingDevices: missingDevices(coverage, scope),
    vouchers: [...new Set(scope.owners.map(({ voucher }) => voucher))],
    ...{ blindPpm: blindPpm.toString(), broken: broken.toString(), ...devices },
    ...{ neverEnrolled: neverEnrolled.toString(), unproven: unproven.toString() },
  }
}

const highest = (hi: bigint) => (hi === NO_UPPER_BOUND ? null : hi.toString())

/** The unit of work that is counted, and the bounds as a sentence says them. */
function spokenOf(bound: ProvenBound, { filters: { unit } }: Scope): Pick<ReportClaim, "work" | "said"> {
  return { work: countsWork(bound.measure) ? unit : null, said: boundsText(bound, unit ?? "") }
}

function reportClaim({
  sentence,
  completeness,
  limits,
  bound,
  scope,
  over,
  coverage,
  ...rest
}: ProvenClaim): ReportClaim {
  const { ledgerShare, share } = rest
  const { metric, measure, lo, hi } = bound
  return {
    ...{ sentence, limits, metric, numerator: measure.numerator, denominator: measure.denominator },
    ...{ lo: lo.toString(), hi: highest(hi), unit: METRICS[metric].unit, ...spokenOf(bound, scope) },
    tally: reportScope(scope),
    over: over === scope ? null : reportScope(over),
    coverage: coverage && reportCoverage(coverage, scope, completeness ?? ""),
    ledgerShare: ledgerShare && { lo: ledgerShare.lo.toString(), hi: highest(ledgerShare.hi) },
    share,
  }
}

/** The report of a presentation. Pure. */
export function presentationModel(
  { name, sha256, bytes, result }: Named<PresentationResult>,
  judging: Judging,
): PresentationModel {
  const { verdict, checks, findings, trustedBlocks } = result
  return {
    mediaType: PRESENTATION_REPORT_TYPE,
    ...{ name, sha256, bytes, verdict: reportVerdict(verdict), ...reportFrame(judging) },
    trustedBlocks: trustedBlocks.map(reportBlock),
    checks: checks.map(reportCheck),
    claims: verdict.status === "valid" ? verdict.claim.map(reportClaim) : [],
    expectations: verdict.status === "valid" ? result.expectations : [],
    findings: findings.map((finding) => ({ ...finding, sentence: LEDGER_FINDING_CODES[finding.code][1] })),
  }
}
