import { parseCertificate } from "@wattest/protocol"
import { CERTIFICATE_CATALOGUE, type CertificateCheckId } from "../catalogue.ts"
import { createTrustedBlocks, type TrustedBlock } from "../chain/trust.ts"
import { type CheckLog, createCheckLog, decide } from "../check-log.ts"
import { meetCertificate } from "../gate/certificate.ts"
import type { MetExpectation } from "../gate/decide.ts"
import { OPTIONAL_CHECKS, type Policy } from "../policy.ts"
import { statementFindings } from "../quality/statement-findings.ts"
import type { Readers } from "../readers.ts"
import type { Result } from "../verdict.ts"
import { checkBooks, checkFed, checkGradesShown, checkRegisters } from "./books-checks.ts"
import {
  checkAnchorProofs,
  checkBeacon,
  checkBlocks,
  checkEnrolment,
  checkNotWithdrawn,
  checkVouch,
} from "./chain-checks.ts"
import { type CertificateClaim, claimOf } from "./claim.ts"
import { checkConsecutive, checkWholeJob } from "./job-checks.ts"
import { checkAnchorOrder, checkChain, checkGrades, checkLedger } from "./policy-checks.ts"
import {
  checkCaptureSignatures,
  checkInclusions,
  checkOpening,
  checkRoots,
  checkSubmissionSignatures,
  checkTotals,
} from "./run-checks.ts"
import { createSubject, type Subject } from "./subject.ts"
import { checkVouchDocuments } from "./vouch-checks.ts"

export type CertificateResult = Result<CertificateClaim> & {
  /** Each block that a check found trusted, once, in the order in which they were met. */
  readonly trustedBlocks: readonly TrustedBlock[]
}

const IDS = Object.keys(CERTIFICATE_CATALOGUE) as CertificateCheckId[]

const isRequiredBy = (policy: Policy) => (id: string) => {
  const optional: readonly string[] = OPTIONAL_CHECKS
  const required: readonly string[] = policy.require
  return !optional.includes(id) || required.includes(id)
}

/**
 * Judges a certificate. Never throws on its bytes: they end in a verdict with a closed code. The world is asked
 * through `readers` alone, so the same bytes, policy and answers give the same result.
 */
export async function verifyCertificate(
  bytes: Uint8Array,
  policy: Policy,
  readers: Readers,
): Promise<CertificateResult> {
  const log = createCheckLog(IDS, isRequiredBy(policy))
  const trusted = createTrustedBlocks()
  const certificate = await log.check("form", () => parseCertificate(bytes))
  const subject =
    certificate &&
    (await log.check("device-key", () => createSubject(certificate, { policy, readers, onTrusted: trusted.add })))
  if (!subject) return { ...conclude(log.results(), []), trustedBlocks: [] }
  await log.check("runs-consecutive", () => checkConsecutive(subject))
  await log.check("whole-job", () => checkWholeJob(subject), ["runs-consecutive"])
  await log.check("opening", () => checkOpening(subject))
  await log.check("totals", () => checkTotals(subject))
  await log.check("registers", () => checkRegisters(subject))
  await log.check("fed", () => checkFed(subject))
  await log.check("grades-shown", () => checkGradesShown(subject))
  await log.check("vouch-document", () => checkVouchDocuments(subject))
  await log.check("chain", () => checkChain(subject))
  await log.check("ledger", () => checkLedger(subject))
  await log.check("grades", () => checkGrades(subject))
  await log.check("books", () => checkBooks(subject))
  await log.check("anchor-order", () => checkAnchorOrder(subject))
  await log.check("inclusion", () => checkInclusions(subject))
  await log.check("capture-signatures", () => checkCaptureSignatures(subject))
  await log.check("root", () => checkRoots(subject))
  await log.check("submission-signature", () => checkSubmissionSignatures(subject))
  const headers = await log.check("anchor-proof", () => checkAnchorProofs(subject))
  await log.check("block-trusted", () => checkBlocks(subject, headers ?? []), ["chain", "anchor-proof"])
  await log.check("enrolment", () => checkEnrolment(subject), ["chain", "anchor-proof"])
  const vouchedAt = await log.check("vouch", () => checkVouch(subject), ["chain", "anchor-proof"])
  await log.check("not-withdrawn", () => checkNotWithdrawn(subject), ["chain", "anchor-proof"])
  const beacons = await log.check("beacon", () => checkBeacon(subject), ["chain"])
  const expectations = (await checkExpectations(log, subject)) ?? []
  const findings = statementFindings(subject.certificate, policy, { beacons, vouchedAt })
  const checks = log.results().filter(({ id }) => id !== "expectation" || policy.expect !== undefined)
  return {
    ...conclude(checks, findings, () => ({ ...claimOf(subject), expectations })),
    trustedBlocks: trusted.all(),
  }
}

/** The buyer's gate: numbers are looked at where everything else holds, and nowhere else. */
async function checkExpectations(
  log: CheckLog<CertificateCheckId>,
  subject: Subject,
): Promise<readonly MetExpectation[] | null> {
  const { expect } = subject.policy
  const others = log.results().filter(({ id }) => id !== "expectation")
  if (expect === undefined || decide(others).status !== "valid") return null
  return log.check("expectation", () => meetCertificate(claimOf(subject), expect))
}

function conclude(
  checks: CertificateResult["checks"],
  findings: CertificateResult["findings"],
  claim?: () => CertificateClaim,
): Result<CertificateClaim> {
  const outcome = decide(checks)
  if (outcome.status !== "valid") return { verdict: outcome, checks, findings }
  if (claim === undefined) throw new TypeError("a document without a subject cannot be valid")
  return { verdict: { status: "valid", claim: claim() }, checks, findings }
}
