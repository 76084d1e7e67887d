/**
 * The closed set of reasons for which a document, signature or proof is refused, each with the sentence that a
 * person reads. The order is that of the protocol: form, signatures, captures, run, chain, claim.
 */
export const REJECT_CODES = {
  // form
  DOCUMENT_TOO_LARGE: "the document is longer than its kind may be",
  DOCUMENT_NOT_UTF8: "the bytes are not UTF-8 text",
  DOCUMENT_NOT_GZIP: "the compressed bytes are not whole gzip data",
  DOCUMENT_NOT_JSON: "the text is not JSON",
  DOCUMENT_NOT_CANONICAL: "the JSON is not in its one canonical spelling (RFC 8785)",
  DOCUMENT_TYPE_UNKNOWN: "the media type is not one that this version knows",
  FIELD_MISSING: "a required field is missing",
  FIELD_UNKNOWN: "a field is not part of this document",
  FIELD_MALFORMED: "a field has the wrong form or lies outside its range",
  NUMBER_OUT_OF_RANGE: "a number does not fit the bits that the protocol gives it",
  TEXT_NOT_NORMALISED: "a text is not in Unicode normal form C",
  // keys and signatures
  KEY_INVALID: "the device key is not a valid key of its scheme",
  CAPTURE_SIGNATURE_INVALID: "the device did not sign this capture",
  SUBMISSION_SIGNATURE_INVALID: "the device did not sign this submission",
  // captures and run
  CAPTURE_SEQUENCE_BROKEN: "captures are missing, repeated or out of order",
  CAPTURE_COUNT_MISMATCH: "the number of captures is not the one that the statement names",
  CAPTURE_NOT_INCLUDED: "a capture does not lie under the run's captures root",
  CAPTURES_ROOT_MISMATCH: "the captures do not give the run's captures root",
  REGISTER_DECREASED: "a register fell from one capture to the next",
  TIME_DECREASED: "time ran backwards within a run",
  OPENING_NOT_ZERO: "the first capture does not begin at zero",
  CLOSING_MISPLACED: "a capture that is not the run's last carries its closing",
  OPENING_MISMATCH: "labels or context in the first capture are not those of the statement",
  TOTALS_MISMATCH: "the statement's totals are not those of the last capture",
  TIME_MISMATCH: "the statement's times are not those of its captures",
  REGISTERS_CONTRADICT: "registers of one run contradict each other",
  FED_MISMATCH: "the statement does not say truly which registers its plan feeds",
  VOUCH_DOCUMENT_MISMATCH:
    "the vouch document is not the one that the run and the chain name, or the run is not as it says",
  GRADE_UNDERSTATED: "the statement claims a better grade than its sources have",
  RUN_SEQUENCE_BROKEN: "the runs of the certificate do not follow each other",
  JOB_MISMATCH: "the runs of the certificate are not of one job, with the same labels and boundary",
  LIFETIME_MISMATCH: "the device's lifetime energy does not balance with the energy of its runs",
  REGISTERS_NOT_FROM_SOURCES: "the registers are not those that the raw sensor values give",
  RUN_DEVICE_MISMATCH: "the evidence is of another device or run than the certificate",
  // jobs of several devices
  JOB_GROUP_MISMATCH: "a certificate is of another job or part, or of a part of other devices, than the document says",
  JOB_DEVICE_FOREIGN: "a certificate is of a device that its part does not list",
  JOB_CERTIFICATE_MISSING: "a listed device lacks a certificate, or one that holds all that it metered for the part",
  JOB_UNORDERED: "the certificates are not by part, device and run, or a device's runs do not follow each other",
  JOB_TIMES_APART: "the devices of a part did not run at the same time, or a part began before the one it follows",
  JOB_LABELS_DIFFER: "the devices of a job do not say the same of its work",
  // chain
  ROOT_NOT_SUBMITTED: "the run's root is not among the roots of the submission",
  ROOT_NOT_ANCHORED: "the anchored root is not the run's root",
  RUN_VOID: "the run was anchored as void: its data was declared lost",
  ANCHOR_MISMATCH: "the anchor's fields are not those of the chain",
  ANCHOR_PROOF_INVALID: "the anchor proof does not lead from event to block, or a log in it is from after the anchor",
  BLOCK_NOT_TRUSTED: "the block is not one that the policy or its chain readers know",
  CHECKPOINT_PROOF_INVALID: "the block does not lie under the checkpoint on the parent chain",
  BEACON_MISMATCH: "the beacon is not a block of the anchoring chain before the run's start",
  ANCHOR_BEFORE_END: "the run is anchored before it ended",
  THROUGH_BEFORE_END: "the run ended after the minute that its submission tells",
  VOUCH_MISSING: "the voucher has not vouched for this device and operator",
  VOUCH_WITHDRAWN: "the voucher withdrew its word before the run was anchored",
  ENROLMENT_MISMATCH: "the device is not enrolled as the document says",
  BOUNDARY_MISMATCH: "the run was metered at another boundary than the device is enrolled for",
  STATE_PROOF_INVALID: "a storage proof does not lead from the value to the block's state root",
  EXTRACT_MISMATCH: "the registry does not hold what the extract says",
  // claims
  CLAIM_PROOF_INVALID: "a zero-knowledge proof does not verify",
  CLAIM_SEGMENTS_BROKEN: "the segments of a claim do not join head to head and accumulator to accumulator",
  CLAIM_LEDGERS_UNORDERED: "the ledgers of a claim are not in strictly ascending order",
  CLAIM_PERIOD_MISMATCH: "the ends of a claim are not the ledger's checkpoints around its period",
  CLAIM_METRIC_MISMATCH: "the bound is not the one that the metric demands",
  CLAIM_LEDGER_MISSING: "the claim leaves out a ledger of this operator that the policy expects",
  CLAIM_PARTS_MISMATCH: "the parts of a join overlap, do not adjoin, or ask different things",
  CLAIM_SOURCE_MISSING: "a bound flatters from what its runs need not have fed",
  CLAIM_REGISTRY_MISMATCH: "the registry of claims has other code than the policy names, or is over another registry",
  CLAIM_RECORD_MISMATCH: "the registry of claims does not hold this tally or bound as the document says",
  CLAIM_NOT_CLOSED: "the registry of claims has the tally, but not closed: it says nothing",
  CLAIM_UNOPENED: "the claim leaves more runs unopened than the policy accepts",
  CLAIM_SUSPECT: "a voucher withdrew its word for a device of these ledgers before the period ended",
} as const

export type RejectCode = keyof typeof REJECT_CODES

/** A refusal of untrusted input: a closed code for machines, the place and the values for people. */
export class Rejection extends Error {
  readonly code: RejectCode
  readonly detail: string

  constructor(code: RejectCode, detail: string) {
    super(`${REJECT_CODES[code]}: ${detail}`)
    this.name = "Rejection"
    this.code = code
    this.detail = detail
  }
}

/** Throws the {@link Rejection} unless the rule holds. */
export function check(holds: boolean, code: RejectCode, detail: string | (() => string)): asserts holds {
  if (!holds) throw new Rejection(code, typeof detail === "string" ? detail : detail())
}
