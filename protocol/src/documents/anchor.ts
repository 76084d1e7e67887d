import { array, hex, integer, object, optional, type TypeOf, unsigned } from "../encoding/shape.ts"
import { address, deviceKey, runNumber, signature, unixSeconds, wholeMinute, word } from "./shapes.ts"

/** Most roots of one submission. */
export const MAX_SUBMISSION_ROOTS = 128

/** Consecutive roots of one device under one signature: all that a relayer ever sees. */
export const submission = object({
  chainId: integer(1, 2 ** 53 - 1),
  registry: address,
  device: deviceKey,
  firstRun: runNumber,
  /** A void run's root is 0. */
  roots: array(word, { min: 1, max: MAX_SUBMISSION_ROOTS }),
  /** End of the minute in which the last of these runs ended: no later one ended by then. Unix seconds. */
  through: wholeMinute,
  signature,
})
export type Submission = TypeOf<typeof submission>

/** Where the chain keeps a run's root. */
export const anchor = object({
  chainId: integer(1, 2 ** 53 - 1),
  registry: address,
  operator: address,
  voucher: address,
  blockNumber: unsigned(64),
  /** Of the transaction within its block: with the number it names the transaction, and a receipt proof shows it. */
  transactionIndex: integer(0, 65535),
  /** Of the run's `Anchored` event within its receipt. */
  logIndex: integer(0, 65535),
  /** The run's place in its ledger. */
  position: unsigned(64),
  /** The ledger's head after this run. */
  head: word,
  /** Block time, Unix seconds. */
  anchoredAt: unixSeconds,
})
export type Anchor = TypeOf<typeof anchor>

const trieNodes = array(hex({ max: 128 * 1024 }), { min: 1, max: 64 })

/** A receipt under a block header: RLP of the header, and the nodes from the receipts root to receipt `index`. */
export const receiptProof = object({
  header: hex({ max: 8192 }),
  index: integer(0, 65535),
  nodes: trieNodes,
})
export type ReceiptProof = TypeOf<typeof receiptProof>

const stateProofOf = (maxSlots: number) =>
  object({
    header: hex({ max: 8192 }),
    account: trieNodes,
    slots: array(object({ key: word, nodes: array(hex({ max: 8192 }), { max: 64 }) }), { max: maxSlots }),
  })

/** Storage of the registry as of the block whose header is given: account and slots under its state root (EIP-1186). */
export const stateProof = stateProofOf(64)
/** The same of a ledger with its devices. */
export const ledgerStateProof = stateProofOf(1024)
/** The same of a tally in a registry of claims: with the longest labels, 64 ledgers and 32 bounds it has 155 slots. */
export const claimStateProof = stateProofOf(192)
export type StateProof = TypeOf<typeof stateProof>

/** A block under a checkpoint that Polygon's validators wrote to Ethereum's RootChain. */
export const checkpointProof = object({
  headerBlock: unsigned(256),
  firstBlock: unsigned(64),
  lastBlock: unsigned(64),
  siblings: array(word, { max: 64 }),
  /** State of RootChain at an Ethereum block: the checkpoint's root, start and end. */
  state: stateProof,
})
export type CheckpointProof = TypeOf<typeof checkpointProof>

/** A log of a receipt that a block holds, and the block's checkpoint where there is one. */
export const logProof = object({
  receipt: receiptProof,
  logIndex: integer(0, 65535),
  checkpoint: optional(checkpointProof),
})
export type LogProof = TypeOf<typeof logProof>

/** Most revisions of a vouch that a receipt proves; the run names one that was in force shortly before its anchor. */
export const MAX_REVISIONS = 8

/** Everything that leads from a trusted block to the run's root, without any network. */
export const anchorProof = object({
  anchored: receiptProof,
  enrolled: optional(logProof),
  vouched: optional(logProof),
  /** The voucher's last revisions before the anchor, oldest first: the run's vouch document is the vouch's or one of theirs. */
  revised: optional(array(logProof, { min: 1, max: MAX_REVISIONS })),
  /** The vouch and the device as of a later block: a withdrawal would show here. */
  state: optional(stateProof),
  /** Of the block that holds the anchor. */
  checkpoint: optional(checkpointProof),
})
export type AnchorProof = TypeOf<typeof anchorProof>

/** A relayer's answer once the anchor is final. */
export const anchorReceipt = object({ submission, anchor, proof: anchorProof })
export type AnchorReceipt = TypeOf<typeof anchorReceipt>
