import type { Follower, Rpc, View } from "@wattest/chain"
import type { Hex } from "@wattest/protocol"
import type { Logger } from "pino"
import type { TransactionSigner } from "../signer/account.ts"
import type { Db } from "../store/open.ts"
import type { Journaled } from "../store/outbox.ts"
import type { FeePolicy, Fees } from "./fees.ts"
import { createGasModel, type GasModel } from "./gas.ts"

export type SenderPolicy = {
  readonly fees: FeePolicy
  /** How many blocks' worth of gas may be on its way at once. */
  readonly blocksInFlight: number
  /** After how many blocks without being mined a transaction is sent again, dearer if fees have risen. */
  readonly stuckBlocks: number
}

/** For logs and metrics. */
export type SenderEvents = {
  fees?(fees: Fees | null, view: View): void
  nonces?(next: number, unmined: number): void
  sent?(count: number): void
  replaced?(): void
  reverted?(): void
}

export type SenderSetup = {
  readonly db: Db
  readonly rpc: Rpc
  readonly follower: Follower
  readonly signer: TransactionSigner
  readonly registry: Hex
  readonly chainId: number
  readonly policy: SenderPolicy
  readonly log: Logger
  readonly events: SenderEvents
  /** Tells this process from others that use the same store. */
  readonly instance: string
}

/** What the sender learns as it goes; a process that dies loses nothing but this. */
type Memory = {
  readonly gas: GasModel
  /** Devices that rest, with the height at which they are tried again. */
  readonly held: Map<Hex, number>
  /** Nonces whose transaction a node found too cheap. */
  readonly underpriced: Set<number>
  /** Nonces whose transaction no node took, for another reason. */
  readonly refused: Set<number>
  /** Submissions that a mined transaction did not anchor: their gas is estimated anew. */
  readonly failures: Set<number>
  /** The nonce up to which mined transactions were looked at, and after how many reorganisations; null: look at all. */
  lookedAt: { readonly nonce: number; readonly reorganisations: number } | null
}

/** What the parts of the sender share. */
export type SenderContext = SenderSetup & { readonly address: Hex; readonly memory: Memory }

/** The chain and the journal as a step finds them. */
export type Situation = {
  readonly view: View
  /** The account's next nonce in the latest block. */
  readonly nextNonce: number
  /** Journaled transactions from `nextNonce` on. */
  readonly unmined: readonly Journaled[]
}

export function senderContext(setup: SenderSetup): SenderContext {
  const memory = {
    gas: createGasModel(),
    held: new Map(),
    underpriced: new Set<number>(),
    refused: new Set<number>(),
    failures: new Set<number>(),
    lookedAt: null,
  }
  return { ...setup, address: setup.signer.address.toLowerCase() as Hex, memory }
}
