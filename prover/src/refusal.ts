/** Why the prover does not make a document, each with the sentence that the operator reads. Closed. */
export const REFUSALS = {
  ARCHIVE_MISSING: "the archive does not hold this",
  ARCHIVE_BROKEN: "the archive contradicts itself",
  KEYS_MISSING: "the circuits' keys are not there",
  KEYS_DIFFER: "the circuits' keys do not belong together",
  RECEIPT_MISSING: "there is no receipt yet",
  RECEIPT_MISMATCH: "the receipt is not for this run",
  RECEIPT_INCOMPLETE: "the receipt lacks a proof",
  SOURCE_UNREACHABLE: "somebody who had to be asked gave no answer",
  TERMS_INVALID: "the claim is not well formed",
  PERIOD_NOT_ENDED: "the period has not ended on the chain",
  OPENINGS_MISSING: "runs cannot be opened",
  CONDITION_FAILED: "runs that the claim selects break its conditions",
  BOUND_FALSE: "the bound does not hold",
  PUBLICATION_FAILED: "the claim is not on the chain",
  PROOF_IMPOSSIBLE: "there is no proof",
  JOB_STOPPED: "the job on the disk does not go on",
  JOB_INCOMPLETE: "the job is not whole",
  INPUT_INVALID: "the request makes no sense",
} as const

export type RefusalCode = keyof typeof REFUSALS

/** A document that is not made: a closed code for machines, the place for people, and what to do about it. */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly hint: string

  constructor(code: RefusalCode, detail: string, hint: string) {
    super(`${REFUSALS[code]}: ${detail}`)
    this.name = "Refusal"
    this.code = code
    this.hint = hint
  }
}
