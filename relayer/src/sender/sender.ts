import type { View } from "@wattest/chain"
import { blockParameter, rpcNumber } from "@wattest/chain"
import type { Hex } from "@wattest/protocol"
import { forgetMined, HEARTBEAT_LIMIT_MS, holdSender, releaseSender, unmined } from "../store/outbox.ts"
import { type SenderContext, type SenderSetup, senderContext } from "./context.ts"
import { suggestFees } from "./fees.ts"
import { fillHoles, requeueFailed, resendStuck } from "./repair.ts"
import { STEP_LIMIT, stageMore } from "./stage.ts"

export type Sender = {
  /**
   * One idempotent step: the chain is the truth, the store the intent, and a crash at any point is repaired by the next.
   * True: there was more to send than a step takes.
   */
  step(view: View): Promise<boolean>
  release(): Promise<void>
}

const BEAT_MS = HEARTBEAT_LIMIT_MS / 4

export function createSender(setup: SenderSetup): Sender {
  const context = senderContext(setup)
  const { db, address, instance, memory, log } = context
  const beat = () => holdSender(db, address, instance, Date.now())
  return {
    async step(view) {
      if (await beat()) return whileBeating(beat, () => stepAlone(context, view))
      memory.lookedAt = null
      log.info({ sender: address }, "another relayer sends from this account; standing by")
      return false
    },
    release: () => releaseSender(db, address, instance),
  }
}

/** A step that a slow node prolongs must not look like the end of its process: others would send its work again. */
async function whileBeating<T>(beat: () => Promise<unknown>, work: () => Promise<T>): Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    last = beat().catch(() => undefined)
  }, BEAT_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    await last
  }
}

async function stepAlone(context: SenderContext, view: View): Promise<boolean> {
  const { db, rpc, address, policy, events } = context
  // A node that is taking the next block may count it at the tip already; what it says of blocks below stands.
  const [nextNonce, mined, final] = await Promise.all([
    transactionCount(context, view.tip.hash),
    transactionCount(context, view.tip.number === 0 ? view.tip.hash : view.tip.parentHash),
    transactionCount(context, view.finalized.hash),
  ])
  await forgetMined(db, address, final)
  await requeueFailed(context, view, mined)
  const situation = { view, nextNonce, unmined: await unmined(db, address, nextNonce) }
  events.nonces?.(nextNonce, situation.unmined.length)
  const fees = await suggestFees(rpc, view.tip, policy.fees)
  events.fees?.(fees, view)
  await resendStuck(context, situation, fees)
  if (!fees) return false
  const staged = await stageMore(context, situation, fees)
  await fillHoles(context, { ...situation, unmined: [...situation.unmined, ...staged] }, fees)
  return staged.length === STEP_LIMIT
}

/**
 * The least that any node says of this very block, so that one on another chain has no say. A count that is too low
 * delays, and one too high would leave nonces before it that never get mined.
 */
async function transactionCount({ rpc, address }: SenderContext, block: Hex): Promise<number> {
  const params = [address, blockParameter(block)]
  const answers = await rpc.everywhere("eth_getTransactionCount", params)
  const given = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []))
  if (given.length === 0) given.push(await rpc.request("eth_getTransactionCount", params))
  return Math.min(...given.map((value) => rpcNumber(value, "nonce")))
}
