import { REJECT_CODES, type RejectCode } from "@wattest/protocol"
import type { Finding } from "./quality/findings.ts"

/** The closed set of reasons for which a check could not be decided, each with the sentence that a person reads. */
export const UNDETERMINED_CODES = {
  CHAIN_UNAVAILABLE: "no chain reader answered",
  CHAINS_DISAGREE: "the chain readers do not agree with each other",
  NOT_FINALIZED: "the block may still be replaced: it is not final",
  TRUST_ROOT_MISSING: "the policy gives neither a trusted block nor a reader for this chain",
  BLOCK_TIME_UNKNOWN: "the policy lists this block without its time, and there is no reader to ask",
  STATE_TOO_OLD: "the proof that the vouch holds is older than the policy demands",
  PROOF_ABSENT: "the document does not hold the proof that this check needs",
  JOB_NOT_WHOLE: "the certificate is not known to hold all runs of its job",
  EXPECTATION_UNDECIDED: "what the policy expects can be neither affirmed nor denied",
  SAMPLE_NOT_SHOWN: "runs that the sample drew are not shown",
  CERTIFICATE_ABSENT: "the certificate of this evidence was not given",
  EVIDENCE_ABSENT: "the captures themselves were not given",
  NOT_REACHED: "a check on which this one rests did not hold",
} as const

/** The closed set of reasons for which a policy does not accept what may well be genuine, each with the sentence that a person reads. */
export const UNACCEPTED_CODES = {
  CHAIN_NOT_ACCEPTED: "the policy does not accept this chain",
  REGISTRY_NOT_ACCEPTED: "the policy does not accept this registry",
  LEDGER_NOT_ACCEPTED: "the policy does not expect this ledger",
  VOUCHER_NOT_ACCEPTED: "the policy does not believe this voucher",
  GRADE_NOT_ACCEPTED: "the policy does not accept numbers of this grade",
  ORIGIN_NOT_ACCEPTED: "the policy does not accept numbers of this origin",
  INVENTORY_NOT_SHOWN: "the policy asks for sensors that are exactly the vouched ones",
  BEACONS_NOT_SHOWN: "the policy asks for a beacon at both ends of a run",
  BLIND_NOT_ACCEPTED: "sensors were blind for a larger part of the time than the policy accepts",
  BROKEN_NOT_ACCEPTED: "the policy does not accept a run before which the books are broken",
  TIME_MISSING: "less time was metered than the policy expects of these devices",
  JOB_PART_INCOMPLETE: "devices of a part of the job are not shown, and the policy does not accept that part as failed",
  TALLY_NOT_PUBLISHED: "the policy accepts tallies alone that a registry of claims holds",
  CLAIM_KEY_NOT_ACCEPTED: "the policy does not accept this verification key",
  SUBJECT_NOT_EXPECTED: "this is about another model, party or time than the policy expects",
  EXPECTATION_NOT_MET: "a number is not what the policy expects",
  FINDING_NOT_ACCEPTED: "the policy does not accept findings of this severity",
} as const

export type UnacceptedCode = keyof typeof UNACCEPTED_CODES

/** What to change where one accepts it after all, in the words of the policy. */
export const CHANGES: { readonly [C in UnacceptedCode]: string } = {
  CHAIN_NOT_ACCEPTED: 'add the chain to "chains", or ask for documents that are anchored on one of yours',
  REGISTRY_NOT_ACCEPTED:
    'add it to "registries" or "claims" of its chain once "wattest registry check" has found its code',
  LEDGER_NOT_ACCEPTED: 'add the pair of operator and voucher to "ledgers", or let "ledgers" be null',
  VOUCHER_NOT_ACCEPTED: 'add the account to "vouchers" if you believe its word about devices',
  GRADE_NOT_ACCEPTED: 'lower "grades" or "expect.minGrade", or ask for numbers from better meters',
  ORIGIN_NOT_ACCEPTED: 'add the origin to "books.origins", or ask for runs that a device metered itself',
  INVENTORY_NOT_SHOWN: 'let "books.inventory" be false, or ask for runs whose sensors are the vouched ones',
  BEACONS_NOT_SHOWN: 'let "books.beacons" be false, or ask for runs with a beacon at both ends',
  BLIND_NOT_ACCEPTED: 'raise "books.blindPercent", or ask why nobody looked for so long',
  BROKEN_NOT_ACCEPTED: 'let "books.broken" be true, or ask for runs whose books go on from those before',
  TIME_MISSING: 'raise "claims.missingPercent", or ask where the missing time is',
  JOB_PART_INCOMPLETE: 'add the part to "jobs.failedParts", or ask for the certificates of all of its devices',
  TALLY_NOT_PUBLISHED: 'let "claims.folded" be true, or ask for a tally that a registry of claims holds',
  CLAIM_KEY_NOT_ACCEPTED: 'add the key\'s digest to "claims.verificationKeys", or allow "claims.developmentKeys"',
  SUBJECT_NOT_EXPECTED: 'change "model", "party", "from" or "to" of "expect", or ask for the right document',
  EXPECTATION_NOT_MET: 'change "bounds" of "expect", or hold the supplier to them',
  FINDING_NOT_ACCEPTED: 'change "failOn" of "expect", or have the cause of the finding mended',
}

/** Thrown by a check that finds nothing forged, but something that the policy does not believe or expect. */
export class Unaccepted extends Error {
  readonly code: UnacceptedCode
  readonly detail: string

  constructor(code: UnacceptedCode, detail: string) {
    super(`${UNACCEPTED_CODES[code]}: ${detail}`)
    this.name = "Unaccepted"
    this.code = code
    this.detail = detail
  }
}

/** Throws an {@link Unaccepted} unless the policy holds what the check asks of it; {@link CHANGES} says what to change. */
export function accept(condition: boolean, code: UnacceptedCode, detail: string): asserts condition {
  if (!condition) throw new Unaccepted(code, detail)
}

export type UndeterminedCode = keyof typeof UNDETERMINED_CODES

/** Thrown inside a check that cannot know. It never stands for a refusal, and never for an acceptance. */
export class Undetermined extends Error {
  readonly code: UndeterminedCode
  readonly detail: string

  constructor(code: UndeterminedCode, detail: string) {
    super(`${UNDETERMINED_CODES[code]}: ${detail}`)
    this.name = "Undetermined"
    this.code = code
    this.detail = detail
  }
}

export type Invalid = { readonly status: "invalid"; readonly code: RejectCode; readonly detail: string }
export type NotAccepted = { readonly status: "unaccepted"; readonly code: UnacceptedCode; readonly detail: string }
export type Unknown = { readonly status: "undetermined"; readonly code: UndeterminedCode; readonly detail: string }

/** Outcome of one check. */
export type CheckVerdict = { readonly status: "valid" } | Invalid | NotAccepted | Unknown

export type Outcome = CheckVerdict["status"]

/** Every outcome, the heaviest first: of several outcomes the first of these decides. */
export const OUTCOMES = ["invalid", "unaccepted", "undetermined", "valid"] as const satisfies readonly Outcome[]

/** Outcome of a document. The claim is reachable through `valid` alone. */
export type Verdict<Claim> = { readonly status: "valid"; readonly claim: Claim } | Invalid | NotAccepted | Unknown

/** The sentence of a verdict's code; "it holds" where it is valid. */
export function sentenceOf(verdict: CheckVerdict | Verdict<unknown>): string {
  if (verdict.status === "valid") return "it holds"
  if (verdict.status === "invalid") return REJECT_CODES[verdict.code]
  return verdict.status === "unaccepted" ? UNACCEPTED_CODES[verdict.code] : UNDETERMINED_CODES[verdict.code]
}

/** What its reader can change where the policy does not accept something; null for every other verdict. */
export function changeOf(verdict: CheckVerdict | Verdict<unknown>): string | null {
  return verdict.status === "unaccepted" ? CHANGES[verdict.code] : null
}

/** One line of a result: `id` is a key of the catalogue, which holds its sentence and its adversary. */
export type CheckResult<Id extends string = string> = {
  readonly id: Id
  /** False: the policy does not ask for this check, so its being undetermined does not decide the whole. */
  readonly required: boolean
  readonly verdict: CheckVerdict
}

/** What a verifier says about one document. */
export type Result<Claim, Found = Finding> = {
  readonly verdict: Verdict<Claim>
  readonly checks: readonly CheckResult[]
  /** What deserves a question; never a reason for the verdict. */
  readonly findings: readonly Found[]
}

/** Exit codes of the command line, by verdict. `fault`: the verifier itself failed, and nothing was judged. */
export const EXIT_CODES = { valid: 0, invalid: 1, usage: 2, undetermined: 3, fault: 4, unaccepted: 5 } as const
