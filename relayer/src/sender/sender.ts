import { type Hex, toHex } from "@wattest/protocol"
import type { Logger } from "pino"
import { type Rpc, RpcRefusal } from "../chain/endpoints.ts"
import type { Follower, View } from "../chain/follower.ts"
import { blockParameter, encodeSubmit, registryErrorOf } from "../chain/registry.ts"
import { rpcNumber } from "../chain/rpc-values.ts"
import { rootsOf, type StoredSubmission } from "../store/intake-store.ts"
import type { Db } from "../store/open.ts"
import * as outbox from "../store/outbox.ts"
import { type Call, signCall, type TransactionSigner } from "./account.ts"
import { broadcast } from "./broadcast.ts"
import { type FeePolicy, type Fees, isPassedOver, replacementFees, suggestFees } from "./fees.ts"
import { createGasModel, estimateGas, generousLimit } from "./gas.ts"
import { type Planned, planTransactions } from "./plan.ts"

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

export type Sender = {
  /** One idempotent step: the chain is the truth, the store the intent, and a crash at any point is repaired by the next. */
  step(view: View): Promise<void>
  release(): Promise<void>
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
  readonly events?: SenderEvents
  /** Tells this process from others that use the same store. */
  readonly instance: string
}

const CLAIM_LIMIT = 1024
/** Blocks for which a device rests whose submission the registry would refuse now. */
const HOLD_BLOCKS = 5
/** A submission of one root takes at least this much gas. */
const LEAST_GAS = 80_000n

export function createSender(setup: SenderSetup): Sender {
  const { db, rpc, follower, registry, chainId, policy, log, events = {}, instance } = setup
  const sender = setup.signer.address.toLowerCase() as Hex
  const gasModel = createGasModel()
  /** Devices that rest, with the height at which they are tried again. */
  const held = new Map<Hex, number>()
  const dear = new Set<number>()
  const failures = new Set<number>()
  /** The nonce up to which mined transactions were looked at, and after how many reorganisations; null: look at all. */
  let lookedAt: { readonly nonce: number; readonly reorganisations: number } | null = null

  const callOf = (submission: StoredSubmission): Call => ({ chainId, to: registry, data: calldataOf(submission) })
  const chainNext = (device: Hex, finalRun: number) => Math.max(finalRun, follower.pendingNextRun(device) ?? 0)

  async function transactionCount(block: number): Promise<number> {
    return rpcNumber(await rpc.request("eth_getTransactionCount", [sender, blockParameter(block)]), "nonce")
  }

  /** Queues again what was mined without anchoring, or lost its transaction in a reorganisation. */
  async function requeueFailed(view: View, nextNonce: number): Promise<void> {
    const { reorganisations } = view
    const all = lookedAt === null || lookedAt.reorganisations !== reorganisations || nextNonce < lookedAt.nonce
    const rows = await outbox.landed(db, sender, { from: lookedAt?.nonce ?? 0, to: nextNonce, all })
    const failed = rows.filter(({ device, end_run, final_run }) => end_run > chainNext(device, final_run))
    await outbox.requeue(
      db,
      failed.map(({ seq }) => seq),
    )
    for (const { seq, device } of failed) {
      failures.add(seq)
      events.reverted?.()
      log.warn({ seq, device }, "a mined transaction did not anchor its submission; it is queued again")
    }
    lookedAt = { nonce: nextNonce, reorganisations }
  }

  /** Sends again what is stuck, with higher fees where these have risen; fills holes before the first unmined nonce. */
  async function nurse(view: View, unmined: readonly outbox.Journaled[], fees: Fees | null): Promise<void> {
    const stuck = unmined.filter(
      ({ sent_block, nonce }) => dear.has(nonce) || view.tip.number - sent_block >= policy.stuckBlocks,
    )
    const again: outbox.Journaled[] = []
    for (const entry of stuck) again.push(await reprice(entry, view, fees))
    await sendAll(view, again, true)
  }

  async function reprice(entry: outbox.Journaled, view: View, fees: Fees | null): Promise<outbox.Journaled> {
    const old = { maxFee: entry.max_fee, maxTip: entry.max_tip }
    const isCheap = fees && (dear.delete(entry.nonce) || isPassedOver(old, fees, view.tip.baseFee))
    const raised = isCheap ? replacementFees(old, fees, policy.fees) : null
    const submission = raised ? await outbox.submissionBySeq(db, entry.seq) : undefined
    if (!raised || !submission) return entry
    const next = await sign(submission, entry.nonce, BigInt(entry.gas), raised)
    await outbox.amend(db, next)
    events.replaced?.()
    log.info({ nonce: entry.nonce, maxFee: raised.maxFee, was: entry.max_fee }, "replaced a stuck transaction")
    return next
  }

  async function sign(submission: StoredSubmission, nonce: number, gas: bigint, fees: Fees): Promise<outbox.Journaled> {
    const { hash, raw } = await signCall(setup.signer, callOf(submission), { nonce, gas, ...fees })
    return {
      sender,
      nonce,
      seq: submission.seq,
      hash,
      raw,
      gas: Number(gas),
      max_fee: fees.maxFee,
      max_tip: fees.maxTip,
      sent_block: 0,
    }
  }

  async function sendAll(view: View, entries: readonly outbox.Journaled[], isRepeat: boolean): Promise<void> {
    if (entries.length === 0) return
    const sendings = await broadcast(rpc, entries, isRepeat, ({ nonce, hash }, message) =>
      log.warn({ nonce, hash, message }, "a node did not take a transaction"),
    )
    const sent = [...sendings].flatMap(([nonce, sending]) => (sending === "sent" ? [nonce] : []))
    for (const [nonce, sending] of sendings) if (sending === "underpriced") dear.add(nonce)
    await outbox.markSent(db, sender, sent, view.tip.number)
    events.sent?.(sent.length)
  }

  /** Turns queued submissions into journaled transactions, up to the gas that may be on its way, then sends them. */
  async function stageMore(
    view: View,
    unmined: readonly outbox.Journaled[],
    nextNonce: number,
    fees: Fees,
  ): Promise<void> {
    const budget = view.tip.gasLimit * BigInt(policy.blocksInFlight)
    let room = unmined.reduce((left, { gas }) => left - BigInt(gas), budget)
    const limit = Math.min(CLAIM_LIMIT, Number(room / LEAST_GAS))
    if (limit <= 0) return
    for (const [device, until] of held) if (until <= view.tip.number) held.delete(device)
    const rows = await outbox.claim(db, { sender, limit, nowMs: Date.now(), except: [...held.keys()] })
    if (rows.length === 0) return
    const staged = await outbox.stagedEnds(db, [...new Set(rows.map(({ device }) => device))])
    const plan = planTransactions(rows, (device, finalRun) => ({
      chain: chainNext(device, finalRun),
      staged: staged.get(device) ?? 0,
    }))
    const batch: outbox.Staged[] = []
    const nonces = freeNonces(unmined, nextNonce)
    for (const planned of plan.transactions) {
      const gas = await gasOf(planned, view)
      if (gas === null) continue
      if (gas > room) break
      room -= gas
      batch.push({ entry: await sign(planned.submission, nonces.next().value, gas, fees), covers: planned.covers })
      if (batch.length % 16 === 0) await new Promise(setImmediate)
    }
    await outbox.stage(db, sender, batch, plan.anchored)
    await sendAll(
      view,
      batch.map(({ entry }) => entry),
      false,
    )
  }

  /**
   * Gives every missing nonce before the last unmined one a transaction, or those behind it never get mined: a repeat
   * of the last one, which changes nothing on the chain. Nonces go missing where a store older than the chain is used.
   */
  async function fillHoles(view: View, nextNonce: number, fees: Fees): Promise<void> {
    const unmined = await outbox.unmined(db, sender, nextNonce)
    const last = unmined.at(-1)
    const submission = last && (await outbox.submissionBySeq(db, last.seq))
    if (!submission || last.nonce - nextNonce + 1 === unmined.length) return
    const used = new Set(unmined.map(({ nonce }) => nonce))
    const filled: outbox.Journaled[] = []
    for (let nonce = nextNonce; nonce < last.nonce; nonce++)
      if (!used.has(nonce)) filled.push(await sign(submission, nonce, BigInt(last.gas), fees))
    for (const entry of filled) await outbox.amend(db, entry)
    await sendAll(view, filled, false)
  }

  /** The gas limit; null if the device must rest. Estimates only where nothing is learned, or after a failure. */
  async function gasOf({ submission, isFirst }: Planned, view: View): Promise<bigint | null> {
    if (held.has(submission.device)) return null
    if (follower.isEnding(submission.device)) return hold(submission, view, "the device is being ended")
    const roots = submission.end_run - submission.first_run
    const learned = failures.has(submission.seq) ? null : gasModel.limitOf(submission.scheme, roots)
    if (learned !== null) return learned
    if (!isFirst) return generousLimit(roots)
    try {
      const { to, data } = callOf(submission)
      gasModel.learn(submission.scheme, roots, await estimateGas(rpc, sender, to, data))
      failures.delete(submission.seq)
      return gasModel.limitOf(submission.scheme, roots)
    } catch (error) {
      if (!(error instanceof RpcRefusal)) throw error
      const { name = error.message } = registryErrorOf(error) ?? {}
      return hold(submission, view, `the registry would refuse it: ${name}`)
    }
  }

  function hold({ device, seq }: StoredSubmission, view: View, reason: string): null {
    held.set(device, view.tip.number + HOLD_BLOCKS)
    log.warn({ device, seq, reason }, "a device rests")
    return null
  }

  return {
    async step(view) {
      if (!(await outbox.holdSender(db, sender, instance, Date.now()))) {
        lookedAt = null
        return log.info({ sender }, "another relayer sends from this account; standing by")
      }
      const nextNonce = await transactionCount(view.tip.number)
      await outbox.forgetMined(db, sender, await transactionCount(view.finalized.number))
      await requeueFailed(view, nextNonce)
      const unmined = await outbox.unmined(db, sender, nextNonce)
      events.nonces?.(nextNonce, unmined.length)
      const fees = await suggestFees(rpc, view.tip, policy.fees)
      events.fees?.(fees, view)
      await nurse(view, unmined, fees)
      if (!fees) return
      await stageMore(view, unmined, nextNonce, fees)
      await fillHoles(view, nextNonce, fees)
    },
    release: () => outbox.releaseSender(db, sender, instance),
  }
}

/** Nonces from the chain's next one on that the journal does not use: holes first, then the end. */
function* freeNonces(unmined: readonly outbox.Journaled[], nextNonce: number): Generator<number, never> {
  const used = new Set(unmined.map(({ nonce }) => nonce))
  for (let nonce = nextNonce; ; nonce++) if (!used.has(nonce)) yield nonce
}

function calldataOf(row: StoredSubmission): Hex {
  return encodeSubmit(row.device, {
    firstRun: BigInt(row.first_run),
    roots: rootsOf(row),
    signature: toHex(row.signature),
  })
}
