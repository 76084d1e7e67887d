import type { Hex } from "@wattest/protocol"

/** The block that an answer stands on. */
export type Block = { readonly number: number; readonly hash: string; readonly time: number }

export type Page<Item> = {
  readonly items: readonly Item[]
  /** Asks for the page after it; null: this is the last. */
  readonly next: string | null
}

/** What is followed, how far, and what is wrong. */
export type Status = {
  readonly chainId: number
  readonly registry: Hex
  readonly claims: Hex | null
  readonly block: Block | null
  /** Why nothing newer is taken; null: all is well. */
  readonly error: string | null
  /** Endpoints that said what the chain does not bear out. */
  readonly faults: readonly string[]
}

export type Operator = {
  readonly operator: Hex
  readonly ledgers: number
  readonly devices: number
  readonly runs: number
  readonly tallies: number
}

export type Ledger = {
  readonly ledger: Hex
  readonly operator: Hex
  readonly voucher: Hex
  readonly length: number
  readonly head: Hex
  readonly devices: number
  readonly vouched: number
}

export const DEVICE_STATES = ["active", "retiring", "retired", "withdrawn"] as const

export type Device = {
  readonly device: Hex
  readonly ledger: Hex
  readonly operator: Hex
  readonly voucher: Hex
  readonly boundary: string
  readonly state: (typeof DEVICE_STATES)[number]
  readonly runs: number
  /** Unix seconds up to which its books are told; 0: not at all. */
  readonly through: number
  readonly enrolledAt: number
  readonly anchoredAt: number | null
  readonly retiredRuns: number | null
  readonly withdrawnSince: number | null
  /** Up to when the books of a device that owes runs are told; null: it owes none. */
  readonly silentSince: number | null
}

/** An anchored run as lists have it. */
export type ListedRun = {
  readonly ledger: Hex
  readonly position: number
  readonly device: Hex
  readonly run: number
  /** Zeros: a void run. */
  readonly root: Hex
  readonly through: number
  /** Block time of its anchor. */
  readonly time: number
}

/** With its place on the chain. */
export type Run = ListedRun & { readonly head: Hex; readonly transaction: Hex; readonly block: number }

export type Withdrawal = {
  readonly device: Hex
  readonly voucher: Hex
  readonly since: number
}

/** A number that was proved, with what it is about and how complete that is. Times are Unix seconds. */
export type Claim = {
  readonly operator: Hex
  readonly number: number
  readonly place: number
  readonly metric: string
  /** The metric's smallest unit, in which `lo` and `hi` are. */
  readonly unit: string
  readonly lo: bigint
  readonly hi: bigint
  readonly sentence: string
  readonly from: number
  readonly to: number
  readonly asOf: number
  readonly boundary: string
  /** Labels asked for; null: whichever. */
  readonly model: string | null
  readonly work: string | null
  readonly zone: string | null
  readonly site: string | null
  readonly party: string | null
  readonly energyGrade: string
  readonly workGrade: string
  readonly runs: number
  readonly unopened: number
  readonly voids: number
  readonly closedAt: number | null
  readonly meteredAtLeastMs: number | null
  readonly expectedMs: number | null
  /** Millionths of the metered time. */
  readonly blindAtMost: number | null
  readonly brokenAtMost: number | null
  readonly devicesBehind: number | null
  readonly suspect: boolean
}

/** Two numbers of an operator about some of the same runs. */
export type Overlap = {
  readonly number: number
  readonly place: number
  readonly otherNumber: number
  readonly otherPlace: number
  readonly metric: string
  readonly relation: string
  readonly contradicts: boolean
}

/** How much of a day's device time is in the books, seconds. */
export type CoveredDay = {
  /** Its first second, UTC. */
  readonly day: number
  /** Devices that were to meter at some time of it. */
  readonly devices: number
  readonly expectedSeconds: number
  readonly meteredSeconds: number
  /** Told by submissions with a void run: some of it is lost. */
  readonly voidSeconds: number
  /** Expected, and not told by now. */
  readonly behindSeconds: number
}

/** What was anchored of a day. */
export type DayTotal = { readonly period: number; readonly runs: number; readonly voids: number }

export const FOUND_KINDS = ["operator", "voucher", "ledger", "device", "claim", "document"] as const
/** Something that has a name like the one that was looked for: an id, or the sentence of a claim. */
export type Found = {
  readonly kind: (typeof FOUND_KINDS)[number]
  readonly text: string
  /** Of a claim, whose it is and its tally's number. */
  readonly claim: { readonly operator: Hex; readonly number: number } | null
}

/** What of the books is looked for; a part that is left out is not asked for. */
export type LedgersOf = { readonly operator?: Hex; readonly voucher?: Hex; readonly ledger?: Hex }
export type DevicesOf = {
  readonly ledger?: Hex
  readonly operator?: Hex
  readonly device?: Hex
  readonly state?: string
}
/** The runs of a ledger or a device, which has so many. */
export type RunsOf = ({ readonly ledger: Hex } | { readonly device: Hex }) & { readonly count: number }
export type ClaimsOf = {
  readonly operator?: Hex
  readonly number?: number
  readonly metric?: string
  readonly model?: string
  readonly zone?: string
  readonly site?: string
  readonly party?: string
}
export type CoverageOf = { readonly ledger: Hex } | { readonly device: Hex }
export type WithdrawalsOf = { readonly operator?: Hex; readonly device?: Hex }

/** What a proof is asked of. */
export type Subject =
  | { readonly kind: "device"; readonly device: Hex }
  | { readonly kind: "ledger"; readonly ledger: Hex }
  | { readonly kind: "run"; readonly device: Hex; readonly run: number }
  | { readonly kind: "claim"; readonly operator: Hex; readonly number: number }

/** So many days up to the one that holds a time, Unix seconds. */
export type Span = { readonly days: number; readonly until: number }

/** The books, wherever they are read. Nothing that they say is believed before it was checked. Throws Unread. */
export interface Books {
  /** For people: where this is read. */
  readonly source: string
  /** Nodes tell of one address at a time: who has books at all is not asked of them. */
  readonly knowsAll: boolean
  status(): Promise<Status>
  operators(after?: string): Promise<Page<Operator>>
  ledgers(of: LedgersOf, after?: string): Promise<Page<Ledger>>
  devices(of: DevicesOf, after?: string): Promise<Page<Device>>
  /** The newest first. */
  runs(of: RunsOf, after?: string): Promise<Page<ListedRun>>
  /** Null: the device has anchored no such run. */
  run(device: Hex, run: number): Promise<Run | null>
  withdrawals(of: WithdrawalsOf, after?: string): Promise<Page<Withdrawal>>
  claims(of: ClaimsOf, after?: string): Promise<Page<Claim>>
  overlaps(of: { readonly operator: Hex }, after?: string): Promise<Page<Overlap>>
  /** Of so many days up to a time, Unix seconds, without a hole. */
  coverage(of: CoverageOf, span: Span): Promise<readonly CoveredDay[]>
  /** Of the same, the days on which something was anchored. */
  totals(of: { readonly operator: Hex }, span: Span): Promise<readonly DayTotal[]>
  search(text: string): Promise<readonly Found[]>
  /** A document that proves a part of the books. */
  proof(subject: Subject): Promise<Uint8Array>
}

/** Something could not be read; `hint` says what to do about it. */
export class Unread extends Error {
  override readonly name = "Unread"
  readonly hint: string
  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}
