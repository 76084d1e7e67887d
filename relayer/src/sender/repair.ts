import type { Hex } from "@wattest/protocol"
import type { Follower, View } from "../chain/follower.ts"
import { amend, type Journaled, landed, requeue, submissionBySeq } from "../store/outbox.ts"
import type { SenderContext, Situation } from "./context.ts"
import { type Fees, isPassedOver, replacementFees } from "./fees.ts"
import { deliver, signTransaction } from "./transaction.ts"

/** Number of a device's runs that the latest block holds. */
export const anchoredRuns = (follower: Follower, device: Hex, finalRun: number) =>
  Math.max(finalRun, follower.pendingNextRun(device) ?? 0)

/** Queues again what was mined without anchoring, nonces below `mined`, or lost its transaction in a reorganisation. */
export async function requeueFailed(
  { db, address, follower, memory, log, events }: SenderContext,
  { reorganisations }: View,
  mined: number,
): Promise<void> {
  const { lookedAt } = memory
  const all = lookedAt === null || lookedAt.reorganisations !== reorganisations || mined < lookedAt.nonce
  const rows = await landed(db, address, { from: lookedAt?.nonce ?? 0, to: mined, all })
  const failed = rows.filter(({ device, end_run, final_run }) => end_run > anchoredRuns(follower, device, final_run))
  await requeue(
    db,
    failed.map(({ seq }) => seq),
  )
  for (const { seq, device } of failed) {
    memory.failures.add(seq)
    events.reverted?.()
    log.warn({ seq, device }, "a mined transaction did not anchor its submission; it is queued again")
  }
  memory.lookedAt = { nonce: mined, reorganisations }
}

/** Sends again what is stuck, with higher fees where these have risen. */
export async function resendStuck(
  context: SenderContext,
  { view, unmined }: Situation,
  fees: Fees | null,
): Promise<void> {
  const { memory, policy } = context
  const stuck = unmined.filter(
    ({ sent_block, nonce }) => memory.underpriced.has(nonce) || view.tip.number - sent_block >= policy.stuckBlocks,
  )
  const again: Journaled[] = []
  for (const entry of stuck) {
    const dearer = fees && higherFees(context, entry, fees, view.tip.baseFee)
    again.push(dearer ? await replace(context, entry, dearer) : entry)
  }
  await deliver(context, again, true)
}

function higherFees({ memory, policy }: SenderContext, entry: Journaled, wanted: Fees, baseFee: number): Fees | null {
  const old = { maxFee: entry.max_fee, maxTip: entry.max_tip }
  const isCheap = memory.underpriced.delete(entry.nonce) || isPassedOver(old, wanted, baseFee)
  return isCheap ? replacementFees(old, wanted, policy.fees) : null
}

/** Journals a dearer version. The one before may still be the one mined: both carry the same submission. */
async function replace(context: SenderContext, entry: Journaled, fees: Fees): Promise<Journaled> {
  const { db, events, log } = context
  const submission = await submissionBySeq(db, entry.seq)
  if (!submission) return entry
  const next = await signTransaction(context, submission, { nonce: entry.nonce, gas: BigInt(entry.gas), ...fees })
  await amend(db, next)
  events.replaced?.()
  log.info({ nonce: entry.nonce, maxFee: fees.maxFee, was: entry.max_fee }, "replaced a stuck transaction")
  return next
}

/**
 * Gives every missing nonce before the last unmined one a transaction, or those behind it never get mined: a repeat
 * of the last one, which changes nothing on the chain. Nonces go missing where a store older than the chain is used.
 */
export async function fillHoles(
  context: SenderContext,
  { nextNonce, unmined }: Omit<Situation, "view">,
  fees: Fees,
): Promise<void> {
  const used = new Set(unmined.map(({ nonce }) => nonce))
  const last = unmined.reduce<Journaled | null>((at, entry) => (at && at.nonce > entry.nonce ? at : entry), null)
  if (!last || last.nonce - nextNonce + 1 === used.size) return
  const submission = await submissionBySeq(context.db, last.seq)
  if (!submission) return
  const filled: Journaled[] = []
  for (let nonce = nextNonce; nonce < last.nonce; nonce++)
    if (!used.has(nonce))
      filled.push(await signTransaction(context, submission, { nonce, gas: BigInt(last.gas), ...fees }))
  for (const entry of filled) await amend(context.db, entry)
  await deliver(context, filled, false)
}
