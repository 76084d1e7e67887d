import type { Hex } from "@wattest/protocol"

/** Where an event stands: its block and its number among all logs of it. */
export type Place = { readonly block: number; readonly log: number }

/** A block that holds events of the registries, or that ends a batch. */
export type BlockRow = { number: number; hash: Hex; time: number }

/** A batch's last block: everything up to it is in the store. The newest is the cursor. */
export type BatchRow = { number: number; hash: Hex }

export type VouchRow = Place & {
  device: Hex
  voucher: Hex
  operator: Hex
  evidence: Hex
  revision: number
  time: number
}

export type EnrolmentRow = Place & {
  device: Hex
  ledger: Hex
  operator: Hex
  voucher: Hex
  scheme: number
  key: Hex
  boundary: string
  evidence: Hex
  time: number
}

/** An anchored run; a root of zeros is a void one. */
export type AnchorRow = Place & {
  ledger: Hex
  position: number
  device: Hex
  run: number
  root: Hex
  head: Hex
  through: number
  transaction_hash: Hex
  /** Block time, Unix seconds. */
  time: number
}

export type WithdrawalRow = Place & { device: Hex; voucher: Hex; operator: Hex; since: number; time: number }

/** `runs`: of the device in all. */
export type RetirementRow = Place & { device: Hex; runs: number; time: number }

/** A tally of the claims registry as the contract answers it at the block `seen`. */
export type TallyRow = Place & {
  operator: Hex
  number: number
  /** Of the period, Unix seconds: after `opens`, not after `ends`; anchored before `as_of`. */
  opens: number
  ends: number
  as_of: number
  /** Block time; null while it is open. */
  closed: number | null
  suspect: number
  /** The answer as JSON, 64-bit numbers as decimal texts. */
  document: string
  time: number
}

/** A ledger as its events add up to. */
export type LedgerRow = {
  id: Hex
  operator: Hex
  voucher: Hex
  length: number
  head: Hex
  devices: number
  vouched: number
  /** Up to this length the chain's own state said the same. */
  proved: number
}

/** A device as its events add up to. */
export type DeviceRow = {
  id: Hex
  ledger: Hex
  operator: Hex
  voucher: Hex
  boundary: string
  enrolled: number
  runs: number
  /** Up to which its books are told, Unix seconds; 0: not at all. */
  through: number
  /** Block time of its last anchor; null: none. */
  anchored: number | null
  /** Number of its runs in all, once it is retired. */
  retired_runs: number | null
  /** From when on its voucher's word does not hold, once it is withdrawn. */
  withdrawn_since: number | null
}

export type Database = {
  blocks: BlockRow
  batches: BatchRow
  vouches: VouchRow
  enrolments: EnrolmentRow
  anchors: AnchorRow
  withdrawals: WithdrawalRow
  retirements: RetirementRow
  tallies: TallyRow
  ledgers: LedgerRow
  devices: DeviceRow
}
