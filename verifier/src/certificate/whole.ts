import { verdictOf } from "../check-log.ts"
import type { EvidenceClaim, EvidenceResult } from "../evidence/verify.ts"
import { acceptFindings } from "../gate/subject.ts"
import type { Policy } from "../policy.ts"
import { OUTCOMES, type Verdict } from "../verdict.ts"
import type { CertificateClaim } from "./claim.ts"
import type { CertificateResult } from "./verify.ts"

/** What a certificate proves together with the evidence that was given for its runs. */
export type WholeClaim = { readonly certificate: CertificateClaim; readonly evidence: readonly EvidenceClaim[] }

function claimsOf(evidence: readonly EvidenceResult[]): readonly EvidenceClaim[] {
  return evidence.flatMap(({ verdict }) => (verdict.status === "valid" ? [verdict.claim] : []))
}

/**
 * The verdict on a certificate and its evidence: a refusal anywhere refuses the whole, then what the policy does not
 * accept anywhere, then not knowing anywhere leaves it open. Where the policy demands evidence, every run needs all of its captures.
 */
export function verdictOfWhole(
  certificate: CertificateResult,
  evidence: readonly EvidenceResult[],
  { require, expect }: Policy,
): Verdict<WholeClaim> {
  const { verdict } = certificate
  const verdicts = [verdict, ...evidence.map((result) => result.verdict)]
  for (const status of OUTCOMES)
    for (const candidate of verdicts) if (candidate.status === status && candidate.status !== "valid") return candidate
  if (verdict.status !== "valid") return verdict
  const claims = claimsOf(evidence)
  const shown = new Set(claims.filter(({ kind }) => kind === "full").map(({ run }) => run))
  const absent = verdict.claim.runs.find(({ run }) => !shown.has(run))
  if (require.includes("evidence") && absent !== undefined)
    return { status: "undetermined", code: "EVIDENCE_ABSENT", detail: `run ${absent.run} has no full evidence` }
  const findings = [certificate, ...evidence].flatMap((result) => result.findings)
  return weighed({ status: "valid", claim: { certificate: verdict.claim, evidence: claims } }, findings, expect)
}

/** A valid verdict, unless the policy does not accept findings as grave as these. */
export function weighed<Claim>(
  valid: Verdict<Claim>,
  findings: Parameters<typeof acceptFindings>[0],
  expect: Policy["expect"],
): Verdict<Claim> {
  try {
    acceptFindings(findings, expect)
    return valid
  } catch (error) {
    return verdictOf(error)
  }
}
