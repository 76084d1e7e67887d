import type { Hex } from "@wattest/protocol"
import type { DocumentKind } from "../documents/judged.ts"

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

/** A tally of the claims registry as the contract answers it at the last block that touched it. Lists are texts with spaces. */
export type TallyRow = Place & {
  operator: Hex
  number: number
  vouchers: string
  /** Of the period, Unix seconds: after `opens`, not after `ends`; anchored before `as_of`. */
  opens: number
  ends: number
  as_of: number
  boundary: string
  /** Labels that are asked for; null: whichever. */
  model: string | null
  unit: string | null
  zone: string | null
  site: string | null
  party: string | null
  energy_grade: string
  work_grade: string
  origin: string
  /** What each counted run must feed. */
  required: string
  /** Tallies that it joins. */
  parts: string
  runs: number
  unopened: number
  voids: number
  /** Block time; null while it is open, and then nothing is proved. */
  closed: number | null
  /** Device time, ms; null while it is open. */
  metered_at_least: number | null
  /** Share of it, 10^-6. */
  blind_at_most: number | null
  broken_at_most: number | null
  /** Device time that the registry expects of its period, ms, and devices whose books did not reach its end; null while it is open. */
  expected: number | null
  behind: number | null
  /** A voucher's withdrawal voids anchors that were folded. */
  suspect: number
  time: number
}

/** A number that was proved of a tally, between bounds of 80 bits as decimal texts. */
export type BoundRow = {
  operator: Hex
  number: number
  place: number
  metric: string
  /** The metric's smallest unit. */
  unit: string
  lo: string
  hi: string
  /** The tally whose total divides. */
  denominator: number
  strict: number
  /** What was proved, in words. */
  sentence: string
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
  /** From when on no run can follow; null: one can. */
  ended: number | null
  /** Up to when an active device's books are told, its enrolment where they are not at all; null: it owes nothing. */
  silent_since: number | null
  /** The silence that was told of last, by when it began. */
  told_silent: number | null
}

/** A ledger under a tally; `opens` and `ends` are the tally's. */
export type TallyLedgerRow = { operator: Hex; number: number; ledger: Hex }

/** What the books of a device tell of a day (UTC, by its first second); a submission's time is spread over its days. */
export type DayRow = {
  device: Hex
  ledger: Hex
  day: number
  /** Seconds told by submissions without a void run, and by those with one. */
  told: number
  void_told: number
  /** Runs and void runs of submissions that end in the day. */
  runs: number
  voids: number
}

/** Two numbers of one operator about some of the same runs. */
export type OverlapRow = {
  operator: Hex
  number: number
  place: number
  other_number: number
  other_place: number
  metric: string
  /** How the one's runs lie to the other's. */
  relation: string
  /** They cannot both be true. */
  contradicts: number
}

/** Something that somebody may wait for, in the order in which the index met it. */
export type EventRow = {
  /** Counts up, and is never given twice. */
  seq: number
  /** Names the event wherever and however often it is told. */
  id: Hex
  kind: string
  operator: Hex | null
  ledger: Hex | null
  device: Hex | null
  /** The claim's tally. */
  number: number | null
  block: number
  time: number
  /** What else there is to say, as JSON. */
  detail: string
}

/** How far a webhook was told: everything up to `delivered` has arrived. */
export type HookRow = {
  url: string
  delivered: number
  tries: number
  /** Not before this time, ms. */
  next_at: number
  error: string | null
}

/** A document that somebody handed in, with its verdict. What it says stands here while it is valid, and else nothing. */
export type DocumentRow = {
  /** SHA-256 of its bytes. */
  id: Hex
  kind: DocumentKind
  size: number
  /** Null: it was refused, and is not kept. */
  bytes: Buffer | null
  /** Unix seconds: when it came, and when it was judged last. */
  received: number
  judged: number
  /** The block that the books stood on then, and the policy's digest. */
  block: number
  policy: Hex
  status: string
  code: string | null
  detail: string | null
  title: string | null
  operator: Hex | null
  device: Hex | null
  model: string | null
  zone: string | null
  site: string | null
  party: string | null
  opens: number | null
  ends: number | null
  /** The books or the policy may have changed the verdict. */
  due: number
}

/** What is found by words. */
export type WordKind = "claim" | "document"

/** A word by which something is found: a claim by `OPERATOR NUMBER` of its tally, a document by its id. */
export type WordRow = { kind: WordKind; word: string; ref: string }

export type Database = {
  words: WordRow
  documents: DocumentRow
  events: EventRow
  hooks: HookRow
  blocks: BlockRow
  batches: BatchRow
  vouches: VouchRow
  enrolments: EnrolmentRow
  anchors: AnchorRow
  withdrawals: WithdrawalRow
  retirements: RetirementRow
  tallies: TallyRow
  bounds: BoundRow
  ledgers: LedgerRow
  devices: DeviceRow
  tally_ledgers: TallyLedgerRow
  days: DayRow
  claim_overlaps: OverlapRow
}
