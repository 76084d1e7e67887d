import { sha256 } from "@noble/hashes/sha2.js"
import { METRIC_NAMES } from "../claim/metric.ts"
import { SEGMENT_RUNS } from "../claim/segment.ts"
import { type Hex, toHex } from "../encoding/bytes.ts"
import { encodeDocument, parseDocument } from "../encoding/document.ts"
import {
  array,
  described,
  integer,
  literal,
  object,
  oneOf,
  optional,
  type Shape,
  type TypeOf,
  unsigned,
} from "../encoding/shape.ts"
import { GRADES } from "../run/capture.ts"
import { tags } from "../run/sources.ts"
import { BOUNDARIES } from "../run/statement.ts"
import { anchor, anchorProof, ledgerStateProof } from "./anchor.ts"
import { address, fieldElement, runNumber, unixSeconds, word } from "./shapes.ts"

export const PRESENTATION_TYPE = "application/vnd.wattest.presentation.v1+json"

/** Longest presentation, in bytes: some 20,000 segments. */
export const MAX_PRESENTATION_BYTES = 32 * 1024 * 1024

const pair = <T>(shape: Shape<T>) => array(shape, { min: 2, max: 2 })
const g1 = pair(word)
/** Coordinates over the quadratic extension, c0 before c1. */
const g2 = pair(pair(word))

/** A Groth16 proof over BN254: affine points, each coordinate 32 bytes. */
export const groth16Proof = object({ a: g1, b: g2, c: g1 })
export type Groth16Proof = TypeOf<typeof groth16Proof>

/** A Groth16 verification key over BN254; `ic` has one point more than the circuit has public signals. */
export const verificationKey = object({
  alpha: g1,
  beta: g2,
  gamma: g2,
  delta: g2,
  ic: array(g1, { min: 2, max: 33 }),
})
export type VerificationKey = TypeOf<typeof verificationKey>

/** What a policy believes of a key: SHA-256 over its canonical JSON. */
export function verificationKeyDigest(key: VerificationKey): Hex {
  return toHex(sha256(encodeDocument(key)))
}

/** One fold: consecutive runs of a ledger. Filters and grades are those of the claim. */
export const segment = object({
  headFrom: fieldElement,
  headTo: fieldElement,
  length: integer(1, SEGMENT_RUNS),
  unopened: integer(0, SEGMENT_RUNS),
  voids: integer(0, SEGMENT_RUNS),
  cFrom: fieldElement,
  cTo: fieldElement,
  proof: groth16Proof,
})
export type ClaimSegment = TypeOf<typeof segment>

/** A ledger's state at an end of the period: after its last checkpoint with time before it. */
export const periodEnd = object({
  /** How many checkpoints lie before that time. */
  checkpoints: unsigned(64),
  head: fieldElement,
  length: unsigned(64),
})
export type PeriodEnd = TypeOf<typeof periodEnd>

const segments = array(segment, { max: 4096 })

/** A ledger that a claim covers from end to end. */
export const claimedLedger = object({
  operator: address,
  voucher: address,
  from: periodEnd,
  to: periodEnd,
  segments,
  /** Shares only: the same runs again, with neither model, unit, zone nor party asked for. */
  denominator: optional(segments),
  /**
   * The registry's storage at a block not before the period's end: without it the ends stay undetermined, and without
   * the slots of a device it is not known whether that device was silent.
   */
  state: optional(ledgerStateProof),
})
export type ClaimedLedger = TypeOf<typeof claimedLedger>

/** What a claim asks of runs. The empty text asks for any. */
export const claimFilters = object({
  ...tags,
  boundary: oneOf(BOUNDARIES),
  energyGrade: oneOf(GRADES),
  workGrade: oneOf(GRADES),
})

const subject = {
  chainId: integer(1, 2 ** 53 - 1),
  registry: address,
  metric: oneOf(METRIC_NAMES),
  filters: claimFilters,
  /** Bounds of the metric, both inclusive, in its unit. */
  lo: unsigned(64),
  hi: unsigned(64),
  bound: groth16Proof,
}

/** Every matching run of the ledgers in the period. */
export const periodClaim = object({
  kind: literal("period"),
  ...subject,
  /** Unix seconds on the chain, half-open [from, to). */
  from: unixSeconds,
  to: unixSeconds,
  ledgers: array(claimedLedger, { min: 1, max: 64 }),
})
export type PeriodClaim = TypeOf<typeof periodClaim>

/** One chosen run: its root and its place on the chain, and nothing of its statement. */
export const chosenRun = object({
  /** Device id. */
  device: word,
  run: runNumber,
  root: fieldElement,
  cFrom: fieldElement,
  cTo: fieldElement,
  proof: groth16Proof,
  anchor,
  /** Without it the anchor stays undetermined, and without its `state` whether the vouch was withdrawn. */
  anchorProof: optional(anchorProof),
})
export type ChosenRun = TypeOf<typeof chosenRun>

/** Runs that the operator chose: it says nothing of any other run. */
export const runsClaim = object({
  kind: literal("runs"),
  ...subject,
  /** In ascending order of device id and run. */
  runs: array(chosenRun, { min: 1, max: 4096 }),
})
export type RunsClaim = TypeOf<typeof runsClaim>

export const claim: Shape<PeriodClaim | RunsClaim> = described(
  { anyOf: [periodClaim.schema ?? {}, runsClaim.schema ?? {}] },
  (value, path) => {
    const isRuns = value !== null && typeof value === "object" && "kind" in value && value.kind === "runs"
    return isRuns ? runsClaim(value, path) : periodClaim(value, path)
  },
)
export type Claim = PeriodClaim | RunsClaim

/** Claims with their proofs, the keys that check them, and the ends of their periods. It opens nothing. */
export const presentation = object({
  mediaType: literal(PRESENTATION_TYPE),
  keys: object({ fold: optional(verificationKey), open: optional(verificationKey), bound: verificationKey }),
  claims: array(claim, { min: 1, max: 16 }),
})
export type Presentation = TypeOf<typeof presentation>

export function encodePresentation(value: Presentation): Uint8Array {
  return encodeDocument(value)
}

/** Reads an untrusted presentation. Throws a Rejection; `encodePresentation(parsePresentation(x))` equals x. */
export function parsePresentation(bytes: Uint8Array): Presentation {
  return parseDocument(bytes, presentation, MAX_PRESENTATION_BYTES)
}
