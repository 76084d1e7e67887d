import type { Hex } from "@wattest/protocol"

/** The block that an answer stands on. */
export type Block = { readonly number: number; readonly hash: string; readonly time: number }

export type Page<Item> = {
  readonly block: Block
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
}

export type Run = {
  readonly ledger: Hex
  readonly position: number
  readonly device: Hex
  readonly run: number
  /** Zeros: a void run. */
  readonly root: Hex
  readonly head: Hex
  readonly through: number
  readonly transaction: Hex
  readonly block: number
  readonly time: number
}

export type Withdrawal = {
  readonly device: Hex
  readonly voucher: Hex
  readonly since: number
  readonly block: number
  readonly time: number
}

export type Tally = {
  readonly operator: Hex
  readonly number: number
  readonly vouchers: readonly string[]
  readonly from: number
  readonly to: number
  readonly asOf: number
  readonly boundary: string
  readonly model: string | null
  readonly unit: string | null
  readonly zone: string | null
  readonly site: string | null
  readonly party: string | null
  readonly energyGrade: string
  readonly workGrade: string
  readonly origin: string
  readonly runs: number
  readonly unopened: number
  readonly voids: number
  readonly closedAt: number | null
  readonly meteredAtLeastMs: number | null
  /** Share of that time in 10^-9. */
  readonly blindAtMost: number | null
  readonly brokenAtMost: number | null
  readonly suspect: boolean
}

export type Claim = {
  readonly operator: Hex
  readonly number: number
  readonly place: number
  readonly metric: string
  readonly lo: bigint
  readonly hi: bigint
  readonly strict: boolean
  readonly sentence: string
}

/** What of the books is looked for; a part that is left out is not asked for. */
export type LedgersOf = { readonly operator?: Hex; readonly voucher?: Hex; readonly ledger?: Hex }
export type DevicesOf = { readonly ledger?: Hex; readonly operator?: Hex; readonly device?: Hex; readonly state?: string }
export type RunsOf = { readonly ledger?: Hex; readonly device?: Hex; readonly runFrom?: number; readonly runTo?: number }
export type TalliesOf = { readonly operator?: Hex; readonly number?: number; readonly model?: string; readonly site?: string; readonly zone?: string; readonly party?: string }
export type ClaimsOf = { readonly operator?: Hex; readonly number?: number; readonly metric?: string }
export type WithdrawalsOf = { readonly operator?: Hex; readonly device?: Hex }

/** What a proof is asked of. */
export type Subject =
  | { readonly kind: "device"; readonly device: Hex }
  | { readonly kind: "ledger"; readonly ledger: Hex }
  | { readonly kind: "run"; readonly device: Hex; readonly run: number }
  | { readonly kind: "claim"; readonly operator: Hex; readonly number: number }

/** A document that proves a part of the books, and the block that its giver names for it. */
export type Proof = { readonly bytes: Uint8Array; readonly block: { readonly number: number; readonly hash: string } }

/** The books, wherever they are read. Nothing that they say is believed before it was checked. Throws Unread. */
export interface Books {
  /** For people: where this is read. */
  readonly source: string
  status(): Promise<Status>
  operators(after?: string): Promise<Page<Operator>>
  ledgers(of: LedgersOf, after?: string): Promise<Page<Ledger>>
  devices(of: DevicesOf, after?: string): Promise<Page<Device>>
  runs(of: RunsOf, after?: string): Promise<Page<Run>>
  withdrawals(of: WithdrawalsOf, after?: string): Promise<Page<Withdrawal>>
  tallies(of: TalliesOf, after?: string): Promise<Page<Tally>>
  claims(of: ClaimsOf, after?: string): Promise<Page<Claim>>
  proof(subject: Subject): Promise<Proof>
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
