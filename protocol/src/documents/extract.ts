import { encodeDocument, parseDocument } from "../encoding/document.ts"
import {
  described,
  integer,
  literal,
  nullable,
  object,
  oneOf,
  optional,
  type Shape,
  type TypeOf,
} from "../encoding/shape.ts"
import { BOUNDARIES } from "../run/statement.ts"
import { checkpointProof, receiptProof, stateProof } from "./anchor.ts"
import { address, unixSeconds, wholeMinute, word } from "./shapes.ts"

export const EXTRACT_TYPE = "application/vnd.wattest.extract.v1+json"

/** Longest extract, in bytes: some hundred times what one has on a chain of today. */
export const MAX_EXTRACT_BYTES = 4 * 1024 * 1024

/** The registry counts in 40 bits. */
const count = integer(0, 2 ** 40 - 1)

/** Of which books, and the storage of the registry that holds what is said: exactly the slots that are needed. */
const books = {
  mediaType: literal(EXTRACT_TYPE),
  chainId: integer(1, 2 ** 53 - 1),
  registry: address,
  /** The pair that the ledger is of. */
  operator: address,
  voucher: address,
  state: stateProof,
}

/** Where a device stands as of the block of the proof. Times are Unix seconds. */
export const deviceExtract = object({
  kind: literal("device"),
  ...books,
  device: word,
  boundary: oneOf(BOUNDARIES),
  enrolledAt: unixSeconds,
  /** Anchored runs. */
  runs: count,
  /** Up to which its books are told; 0: not at all. */
  through: wholeMinute,
  /** Block time of its last anchor; null: none. */
  anchoredAt: nullable(unixSeconds),
  /** Number of its runs in all, once it is retired. */
  retiredRuns: nullable(count),
  /** From when its voucher's word does not hold; null: it holds. */
  withdrawnSince: nullable(unixSeconds),
})
export type DeviceExtract = TypeOf<typeof deviceExtract>

/** Where a ledger stands as of the block of the proof. */
export const ledgerExtract = object({
  kind: literal("ledger"),
  ...books,
  /** Anchored runs, and the head of their chain. */
  length: count,
  head: word,
  /** Enrolled devices, and those that the voucher vouched for. */
  devices: count,
  vouched: count,
  /** Stretches of time whose anchors a withdrawal made void. */
  suspicions: count,
})
export type LedgerExtract = TypeOf<typeof ledgerExtract>

/** That a run's root was anchored, by the receipt of its transaction, and whether the voucher's word for its device holds. */
export const runExtract = object({
  kind: literal("run"),
  ...books,
  device: word,
  run: count,
  /** Zeros: a void run. */
  root: word,
  /** Its place in the ledger, and the ledger's head after it. */
  position: count,
  head: word,
  /** Up to which the books of the device are told with it, Unix seconds. */
  through: wholeMinute,
  /** Block time, Unix seconds. */
  anchoredAt: unixSeconds,
  blockNumber: count,
  /** Of the transaction in its block. */
  transactionIndex: integer(0, 65535),
  /** Of the event in its receipt. */
  logIndex: integer(0, 65535),
  anchored: receiptProof,
  /** Of the block that holds the anchor. */
  checkpoint: optional(checkpointProof),
  withdrawnSince: nullable(unixSeconds),
})
export type RunExtract = TypeOf<typeof runExtract>

const KINDS = { device: deviceExtract, ledger: ledgerExtract, run: runExtract }

/** What the registry of anchors holds of one device, ledger or run, with the proofs that it does. It opens nothing. */
export type Extract = DeviceExtract | LedgerExtract | RunExtract

export const extract: Shape<Extract> = described(
  { anyOf: Object.values(KINDS).map(({ schema }) => schema ?? {}) },
  (value, path) => {
    const kind = value !== null && typeof value === "object" && "kind" in value ? value.kind : undefined
    const shape = kind === "ledger" || kind === "run" ? KINDS[kind] : deviceExtract
    return shape(value, path)
  },
)

export function encodeExtract(value: Extract): Uint8Array {
  return encodeDocument(value)
}

/** Reads an untrusted extract. Throws a Rejection; `encodeExtract(parseExtract(x))` equals x. */
export function parseExtract(bytes: Uint8Array): Extract {
  return parseDocument(bytes, extract, MAX_EXTRACT_BYTES)
}
