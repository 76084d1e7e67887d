import type { Hex } from "@wattest/protocol"
import type { Generated } from "kysely"

/** Run numbers, times and wei fit a JavaScript number: intake refuses what does not. */
export type DeviceRow = {
  id: Hex
  scheme: number
  key: Hex
  operator: Hex
  voucher: Hex
  /** The run after the last one that this store or the final chain has: a submission may begin there at the latest. */
  next_run: number
  /** Number of its runs anchored in final blocks. */
  final_run: number
  /** The sender that works on its queue; others keep away while that sender's heart beats. */
  lease: Hex | null
  /** The chain ended it (withdrawal, retirement) and its queue was not yet settled accordingly: 1, else 0. */
  ending: number
  /** Why nothing more is taken, once that is final. */
  ended: EndReason | null
  /** How many runs are taken in all after the end. */
  runs: number | null
  /** The latest minute told by what was accepted or anchored, Unix seconds: no submission may tell an earlier one. */
  through: number
}

export type EndReason = "withdrawn" | "retired"

/** queued → staged (a transaction carries it) → final; or refused, with the reason. Back to queued after a failure or a reorganisation. */
export type StoredState = "queued" | "staged" | "final" | "refused"

export type RefusalReason = EndReason | "conflict"

export type SubmissionRow = {
  seq: Generated<number>
  /** keccak256 of the document's canonical bytes. */
  digest: Hex
  device: Hex
  first_run: number
  /** The run after its last one. */
  end_run: number
  /** 32 bytes each. */
  roots: Uint8Array
  /** Unix seconds: no block before then takes it. */
  through: number
  signature: Uint8Array
  accepted_ms: number
  /** Of the promise, Unix seconds. */
  deadline: number
  promise: Uint8Array
  state: StoredState
  reason: RefusalReason | null
  sender: Hex | null
  nonce: number | null
}

/** A transaction that the sender means to have mined, written before it is sent. */
export type JournalRow = {
  sender: Hex
  nonce: number
  /** The submission it carries. */
  seq: number
  hash: Hex
  raw: Uint8Array
  gas: number
  /** Wei per gas. */
  max_fee: number
  max_tip: number
  /** The chain's height when it was last sent. */
  sent_block: number
}

/** A run's anchor in a final block. */
export type AnchorRow = {
  device: Hex
  run: number
  root: Hex
  block_number: number
  block_hash: Hex
  transaction_hash: Hex
  transaction_index: number
  log_index: number
  /** Unsigned 64 bits, decimal. */
  position: string
  head: Hex
  /** Unix seconds. */
  anchored_at: number
}

/** A submission that contradicts a stored or anchored root: the device was rolled back. Evidence, kept for ever. */
export type ConflictRow = {
  digest: Hex
  device: Hex
  run: number
  /** What the store or the chain has. */
  held_root: Hex
  /** The contradicting submission, canonical JSON. */
  document: Uint8Array
  kept_ms: number
}

/** Final blocks that were taken: the newest is the cursor. */
export type BlockRow = { number: number; hash: Hex }

/** The accounts that send, each used by one process at a time. */
export type SenderRow = { address: Hex; instance: string; beat_ms: number }

export type Database = {
  devices: DeviceRow
  submissions: SubmissionRow
  journal: JournalRow
  anchors: AnchorRow
  conflicts: ConflictRow
  blocks: BlockRow
  senders: SenderRow
}
