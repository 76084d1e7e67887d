import type { Follower, View } from "@wattest/chain"
import type { Hex } from "@wattest/protocol"
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

/** Holes filled in a step: their number is a node's word, and each is paid for. */
export const HOLES_A_STEP = 64

/** Sends again what is stuck, with other fees where these have changed. */
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
    const better = fees && betterFees(context, entry, fees, view.tip.baseFee)
    again.push(better ? await replace(context, entry, better) : entry)
  }
  await deliver(context, again, true)
}

function betterFees({ memory, policy }: SenderContext, entry: Journaled, wanted: Fees, baseFee: number): Fees | null {
  const old = { maxFee: entry.max_fee, maxTip: entry.max_tip }
  // Where no node has it, none asks for a rise: what one refused at the fees of a spike may pass at those of today.
  if (memory.refused.delete(entry.nonce) && entry.sent_block === 0) return wanted.maxFee === old.maxFee ? null : wanted
  const isCheap = memory.underpriced.delete(entry.nonce) || isPassedOver(old, wanted, baseFee)
  return isCheap ? replacementFees(old, wanted, policy.fees) : null
}

/** Journals a version with other fees. The one before may still be the one mined: both carry the same submission. */
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

/** The nonces before the last unmined one that no transaction has, the first {@link HOLES_A_STEP}. */
export function holesBefore(last: number, nextNonce: number, used: ReadonlySet<number>): readonly number[] {
  const holes: number[] = []
  for (let nonce = nextNonce; nonce < last && holes.length < HOLES_A_STEP; nonce++)
    if (!used.has(nonce)) holes.push(nonce)
  return holes
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
  const [last] = unmined.toSorted((a, b) => b.nonce - a.nonce)
  const submission = last && (await submissionBySeq(context.db, last.seq))
  if (!submission) return
  const used = new Set(unmined.map(({ nonce }) => nonce))
  const filled: Journaled[] = []
  for (const nonce of holesBefore(last.nonce, nextNonce, used))
    filled.push(await signTransaction(context, submission, { nonce, gas: BigInt(last.gas), ...fees }))
  for (const entry of filled) await amend(context.db, entry)
  await deliver(context, filled, false)
}
