import { sha256 } from "@noble/hashes/sha2.js"
import { TOTALS } from "../claim/accumulator.ts"
import { ASKED_TAGS } from "../claim/asked.ts"
import { JOIN_PARTS } from "../claim/join.ts"
import { METRIC_NAMES } from "../claim/metric.ts"
import { SEGMENT_RUNS } from "../claim/segment.ts"
import { type Hex, toHex } from "../encoding/bytes.ts"
import { encodeDocument, parseDocument } from "../encoding/document.ts"
import {
  array,
  described,
  integer,
  label,
  literal,
  nullable,
  object,
  oneOf,
  optional,
  type Shape,
  type TypeOf,
  unsigned,
} from "../encoding/shape.ts"
import { GRADES } from "../run/capture.ts"
import { BOUNDARIES, ORIGINS } from "../run/statement.ts"
import { anchor, anchorProof, claimStateProof, ledgerStateProof } from "./anchor.ts"
import { address, fed, fieldElement, runNumber, unixSeconds, word } from "./shapes.ts"

export const PRESENTATION_TYPE = "application/vnd.wattest.presentation.v1+json"

/** Longest presentation, in bytes: some 16,000 segments. */
export const MAX_PRESENTATION_BYTES = 32 * 1024 * 1024

/** What one presentation has room for. A prover refuses more before its first proof, and a parser as it reads. */
export const PRESENTATION_LIMITS = {
  tallies: 64,
  ledgers: 64,
  chosenRuns: 4096,
  bounds: 64,
  /** Of a ledger, and of all tallies: a segment takes some 930 bytes, and the storage of ledgers needs the rest. */
  segments: 16_000,
} as const

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

/** One fold: consecutive runs of a ledger. What it asks is the tally's. */
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

/** A ledger's state at one end of what was folded: after its last checkpoint with time before it. */
export const periodEnd = object({
  /** How many checkpoints lie before that time. */
  checkpoints: unsigned(64),
  head: fieldElement,
  length: unsigned(64),
})
export type PeriodEnd = TypeOf<typeof periodEnd>

/** A ledger of which a tally folds every run that was anchored from its period's start until it was taken. */
export const claimedLedger = object({
  operator: address,
  voucher: address,
  from: periodEnd,
  asOf: periodEnd,
  segments: array(segment, { max: PRESENTATION_LIMITS.segments }),
  /**
   * The registry's storage at a block not before `asOf`: without it the ends stay undetermined, and without the slots of
   * a device it is not known for how long it was expected to meter.
   */
  state: optional(ledgerStateProof),
})
export type ClaimedLedger = TypeOf<typeof claimedLedger>

const tag = nullable(label())

/** Which runs count. Null asks for any, the empty text for runs without that label. */
export const claimFilters = object({
  ...(Object.fromEntries(ASKED_TAGS.map((name) => [name, tag])) as { [K in (typeof ASKED_TAGS)[number]]: typeof tag }),
  boundary: oneOf(BOUNDARIES),
})

/** What every counted run is, or there is no proof. */
export const claimConditions = object({
  energyGrade: oneOf(GRADES),
  workGrade: oneOf(GRADES),
  /** `recorded` allows live runs too. */
  origin: oneOf(ORIGINS),
  required: fed,
})

const bound80 = unsigned(80)
/** Most bounds on one tally of a registry of claims. */
export const MAX_TALLY_BOUNDS = 32

const closingNumbers = {
  /** ms */
  meteredAtLeast: bound80,
  /** Millionths of the metered time. */
  blindAtMost: bound80,
  /** Runs before which the device did not know where its books stood. */
  brokenAtMost: bound80,
}

/** The bounds that every tally over a period has, none of them strict: an empty period has them too. */
export const closing = object({
  ...closingNumbers,
  /** In this order. */
  proofs: array(groth16Proof, { min: 3, max: 3 }),
})
export type ClosingBounds = TypeOf<typeof closing>
export type ClosingNumbers = Omit<ClosingBounds, "proofs">

const terms = {
  chainId: integer(1, 2 ** 53 - 1),
  registry: address,
  filters: claimFilters,
  conditions: claimConditions,
  /** Unix seconds: runs that end after `from` and not after `to`. */
  from: unixSeconds,
  to: unixSeconds,
}

/** Every run of the ledgers that ends in the period and was anchored before `asOf`. */
export const periodTally = object({
  kind: literal("period"),
  ...terms,
  asOf: unixSeconds,
  ledgers: array(claimedLedger, { min: 1, max: PRESENTATION_LIMITS.ledgers }),
  closing,
})
export type PeriodTally = TypeOf<typeof periodTally>

const place = integer(0, PRESENTATION_LIMITS.tallies - 1)

/** What earlier tallies of the document add up to: adjoining periods under equal terms, or disjoint ledgers in one period. */
export const joinTally = object({
  kind: literal("join"),
  /** Places of tallies before this one. */
  parts: array(place, { min: 2, max: JOIN_PARTS }),
  accumulator: fieldElement,
  proof: groth16Proof,
  closing,
})
export type JoinTally = TypeOf<typeof joinTally>

/** A tally that a registry of claims on the chain holds, folded or joined: its proofs were verified there. */
export const publishedTally = object({
  kind: literal("published"),
  ...terms,
  asOf: unixSeconds,
  /** The registry of claims, and the operator's number of the tally in it. */
  claims: address,
  operator: address,
  number: unsigned(32),
  /** Of the operator, by ascending id, each with the storage of the registry of anchors at a block not before `asOf`. */
  ledgers: array(object({ voucher: address, state: optional(ledgerStateProof) }), {
    ...{ min: 1, max: PRESENTATION_LIMITS.ledgers },
  }),
  /** Runs folded in, of these the ones that were not opened, and the void ones. */
  runs: unsigned(64),
  unopened: integer(0, 2 ** 53 - 1),
  voids: integer(0, 2 ** 53 - 1),
  accumulator: fieldElement,
  closing: object(closingNumbers),
  /** Storage of the registry of claims: without it all of this stays undetermined. */
  state: optional(claimStateProof),
})
export type PublishedTally = TypeOf<typeof publishedTally>

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
export const runsTally = object({
  kind: literal("runs"),
  ...terms,
  /** In ascending order of device id and run. */
  runs: array(chosenRun, { min: 1, max: PRESENTATION_LIMITS.chosenRuns }),
})
export type RunsTally = TypeOf<typeof runsTally>

const KINDS = { period: periodTally, join: joinTally, published: publishedTally, runs: runsTally }
export type Tally = PeriodTally | JoinTally | PublishedTally | RunsTally

export const tally: Shape<Tally> = described(
  { anyOf: Object.values(KINDS).map(({ schema }) => schema ?? {}) },
  (value, path) => {
    const kind = value !== null && typeof value === "object" && "kind" in value ? value.kind : undefined
    const shape = kind === "join" || kind === "published" || kind === "runs" ? KINDS[kind] : periodTally
    return shape(value, path)
  },
)

const totals = array(oneOf(TOTALS), { min: 1, max: TOTALS.length })

/** A number of a tally lies between bounds, both inclusive; each side counts a run and the denominator is not 0. */
export const claimBound = object({
  metric: oneOf(METRIC_NAMES),
  tally: place,
  /** The tally of the denominator; another one only for a ratio. */
  over: place,
  /** What a ratio divides by what; ratios only. */
  ratio: optional(object({ numerator: totals, denominator: totals })),
  /** In the metric's unit. */
  lo: bound80,
  /** 2^80 - 1: no upper bound. */
  hi: bound80,
  /** Either its proof, or its place among the bounds of its published tally, where the chain verified it. */
  proof: optional(groth16Proof),
  published: optional(integer(0, MAX_TALLY_BOUNDS - 1)),
})
export type ClaimBound = TypeOf<typeof claimBound>

/** Tallies, what was proved of them, and the keys that check it. It opens nothing. */
export const presentation = object({
  mediaType: literal(PRESENTATION_TYPE),
  /** Those of the proofs in the document; none where all were verified on the chain. */
  keys: object({
    ...{ fold: optional(verificationKey), open: optional(verificationKey) },
    ...{ join: optional(verificationKey), bound: optional(verificationKey) },
  }),
  tallies: array(tally, { min: 1, max: PRESENTATION_LIMITS.tallies }),
  bounds: array(claimBound, { max: PRESENTATION_LIMITS.bounds }),
})
export type Presentation = TypeOf<typeof presentation>

export function encodePresentation(value: Presentation): Uint8Array {
  return encodeDocument(value)
}

/** Reads an untrusted presentation. Throws a Rejection; `encodePresentation(parsePresentation(x))` equals x. */
export function parsePresentation(bytes: Uint8Array): Presentation {
  return parseDocument(bytes, presentation, MAX_PRESENTATION_BYTES)
}
