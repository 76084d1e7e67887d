import { check, groupsOf, type Hex, MAX_CERTIFICATE_BYTES, MAX_JOB_HEADER, parseJobHeader } from "@wattest/protocol"
import type { CertificateClaim } from "../certificate/claim.ts"
import { type CertificateResult, verifyCertificate } from "../certificate/verify.ts"
import { weighed } from "../certificate/whole.ts"
import { createTrustedBlocks, type TrustedBlock, type TrustedBlocks } from "../chain/trust.ts"
import { type CheckLog, createCheckLog, decide, raise } from "../check-log.ts"
import { type ByteStream, linesOf } from "../evidence/lines.ts"
import type { MetExpectation } from "../gate/decide.ts"
import type { Policy } from "../policy.ts"
import type { Finding } from "../quality/findings.ts"
import type { Readers } from "../readers.ts"
import { type CheckVerdict, OUTCOMES, type Result, Undetermined, type Verdict } from "../verdict.ts"
import { JOB_CATALOGUE, type JobCheckId } from "./catalogue.ts"
import { checkComplete, checkDevices, checkLabels, checkRuns, checkTimes, type JobSubject } from "./checks.ts"
import { claimOfJob, type JobClaim, meetJob } from "./claim.ts"
import type { EvidenceShelf, JobEvidence } from "./evidence.ts"
import { createSharing, type Member, memberOf } from "./member.ts"

/** A finding about some of a job's certificates: the first of its kind, and how many there are. */
export type JobFinding = Finding & { readonly device: Hex }

export type JobResult = Omit<Result<JobClaim>, "findings"> & {
  readonly findings: readonly JobFinding[]
  /** Files of evidence that were given, in the order in which they were judged. */
  readonly evidence: readonly JobEvidence[]
  readonly trustedBlocks: readonly TrustedBlock[]
}

type NotValid = Exclude<CheckVerdict, { status: "valid" }>

/** What was met on the way through a job: at most one certificate is held at a time. */
type Walk = {
  readonly members: Member[]
  readonly findings: Map<string, JobFinding>
  readonly trusted: TrustedBlocks
  /** The gravest of the certificates that are not valid, and the first of those. */
  worst: NotValid | null
}

const IDS = Object.keys(JOB_CATALOGUE) as JobCheckId[]

/** A device's certificates are judged together with the others: alone each may be a part, and misses what all must meet. */
function memberPolicy({ expect: _, ...policy }: Policy): Policy {
  return { ...policy, require: policy.require.filter((name) => name !== "whole-job" && name !== "evidence") }
}

const PARTIAL: readonly string[] = ["JOB_PART", "JOB_EXTENT_UNKNOWN"]

function noteFindings(walk: Walk, findings: readonly Finding[], device: Hex): void {
  for (const finding of findings) {
    if (PARTIAL.includes(finding.code)) continue
    const known = walk.findings.get(finding.code)
    walk.findings.set(finding.code, { device, ...finding, ...known, count: (known?.count ?? 0) + finding.count })
  }
}

/** `place`: of the certificate in the document, from 1. */
function note(walk: Walk, { findings, trustedBlocks, verdict }: CertificateResult, place: number, device: Hex): void {
  for (const block of trustedBlocks) walk.trusted.add(block)
  noteFindings(walk, findings, device)
  if (verdict.status === "valid") return
  const isGraver = walk.worst === null || OUTCOMES.indexOf(verdict.status) < OUTCOMES.indexOf(walk.worst.status)
  const where = `certificate ${place}${device === "0x" ? "" : `, device ${device}`}`
  if (isGraver) walk.worst = { ...verdict, detail: `${where}: ${verdict.detail}` }
}

const encoder = new TextEncoder()

export type JobOptions = {
  /** Evidence of the job's runs; none if absent. */
  readonly evidence?: EvidenceShelf
  /** Called with each certificate that is valid, in order. */
  readonly onCertificate?: (claim: CertificateClaim) => void
}

/**
 * Reads a job line by line and judges each certificate when it comes; of each a few numbers stay. The first that is
 * refused ends it: the rest cannot mend that. Throws a Rejection of the form.
 */
async function walkThrough(
  stream: ByteStream,
  walk: Walk,
  { policy, readers, onCertificate, evidence }: { policy: Policy; readers: Readers } & JobOptions,
): Promise<JobSubject> {
  const lines = linesOf(stream, MAX_JOB_HEADER)
  const first = await lines.next()
  check(!first.done, "DOCUMENT_NOT_JSON", "the file is empty")
  const header = parseJobHeader(first.value)
  const groups = groupsOf(header)
  const own = memberPolicy(policy)
  const share = createSharing()
  let count = 0
  for await (const line of lines) {
    count++
    check(
      count <= header.certificates,
      "FIELD_MALFORMED",
      `more than the ${header.certificates} certificates announced`,
    )
    check(line.length <= MAX_CERTIFICATE_BYTES, "DOCUMENT_TOO_LARGE", `line ${count + 1}: ${line.length} characters`)
    const result = await verifyCertificate(encoder.encode(line), own, readers)
    const { verdict } = result
    note(walk, result, count, verdict.status === "valid" ? verdict.claim.device : "0x")
    if (verdict.status === "invalid") return { header, groups, members: walk.members }
    if (verdict.status !== "valid") continue
    const { certificate, device } = verdict.claim
    noteFindings(walk, (await evidence?.judgeBeside(device, certificate)) ?? [], device)
    walk.members.push(share(memberOf(verdict.claim)))
    onCertificate?.(verdict.claim)
  }
  check(count === header.certificates, "FIELD_MALFORMED", `${count} of ${header.certificates} certificates`)
  return { header, groups, members: walk.members }
}

/**
 * Judges a job of several devices, as {@link verifyCertificate} does a certificate. Memory does not grow with the
 * certificates' size, but with their number.
 */
export async function verifyJob(
  stream: ByteStream,
  policy: Policy,
  readers: Readers,
  options: JobOptions = {},
): Promise<JobResult> {
  const walk: Walk = { members: [], findings: new Map(), trusted: createTrustedBlocks(), worst: null }
  const demanded: readonly string[] = policy.require
  const log = createCheckLog(IDS, (id) => id !== "job-evidence" || demanded.includes("evidence"))
  const subject = await log.check("job-form", () => walkThrough(stream, walk, { policy, readers, ...options }))
  const { worst } = walk
  await log.check("job-certificates", () => (worst === null ? null : raise(worst)), ["job-form"])
  if (subject !== null) await checkTogether(log, subject, policy)
  if (subject !== null) await log.check("job-evidence", () => checkEvidence(subject, options.evidence), ["job-form"])
  const { expect } = policy
  const before = log.results().filter(({ id }) => id !== "expectation")
  const claim = subject !== null && decide(before).status === "valid" ? claimOfJob(subject) : null
  let expectations: readonly MetExpectation[] = []
  if (claim !== null && expect !== undefined)
    expectations = (await log.check("expectation", () => meetJob(claim, expect))) ?? []
  const checks = expect === undefined ? before : log.results()
  const findings = [...walk.findings.values()]
  const verdict = concluded(decide(checks), claim && { ...claim, expectations }, findings, policy)
  const evidence = options.evidence?.judged ?? []
  return { verdict, checks, findings, evidence, trustedBlocks: walk.trusted.all() }
}

/** Captures are judged with their certificate; here it is seen that none is missing, and none of another job. */
function checkEvidence({ members }: JobSubject, evidence: EvidenceShelf | undefined): void {
  evidence?.end()
  const runs = members.flatMap(({ device, firstRun, runs: count }) =>
    Array.from({ length: count }, (_, i) => ({ device, run: firstRun + BigInt(i) })),
  )
  if (evidence === undefined) throw new Undetermined("EVIDENCE_ABSENT", "none was given")
  evidence.check(runs)
}

/** What only all certificates together show. */
async function checkTogether(log: CheckLog<JobCheckId>, subject: JobSubject, policy: Policy): Promise<void> {
  await log.check("job-devices", () => checkDevices(subject), ["job-certificates"])
  await log.check("job-runs", () => checkRuns(subject), ["job-devices"])
  await log.check("job-labels", () => checkLabels(subject), ["job-devices"])
  await log.check("job-times", () => checkTimes(subject), ["job-devices"])
  await log.check("job-complete", () => checkComplete(subject, policy), ["job-devices"])
}

function concluded(
  outcome: CheckVerdict,
  claim: JobClaim | null,
  findings: readonly JobFinding[],
  { expect }: Policy,
): Verdict<JobClaim> {
  if (outcome.status !== "valid") return outcome
  if (claim === null) throw new TypeError("a job without a subject cannot be valid")
  return weighed({ status: "valid", claim }, findings, expect)
}
