import type { View } from "@wattest/chain"
import { RpcRefusal, readDevice, registryErrorOf } from "@wattest/chain"
import type { Hex } from "@wattest/protocol"
import type { StoredSubmission } from "../store/intake-store.ts"
import type { SenderContext } from "./context.ts"
import { estimateGas, generousLimit } from "./gas.ts"
import type { Planned } from "./plan.ts"
import { callOf } from "./transaction.ts"

/** Blocks for which a device rests whose submission the registry would refuse now. */
const HOLD_BLOCKS = 5

/** The gas limit of a transaction; null if its device must rest. Estimates where nothing is learned, or after a failure. */
export async function gasLimitOf(
  context: SenderContext,
  view: View,
  { submission, isFirst }: Planned,
): Promise<bigint | null> {
  const { memory, follower } = context
  if (memory.held.has(submission.device)) return null
  if (follower.isEnding(submission.device) && (await hasEnded(context, submission.device)))
    return hold(context, view, submission, "the device is being ended")
  const roots = submission.end_run - submission.first_run
  const learned = memory.failures.has(submission.seq) ? null : memory.gas.limitOf(submission.scheme, roots)
  if (learned !== null) return learned
  if (!isFirst) return generousLimit(roots)
  try {
    const { to, data } = callOf(context, submission)
    memory.gas.learn(submission.scheme, roots, await estimateGas(context.rpc, context.address, to, data))
    memory.failures.delete(submission.seq)
    return memory.gas.limitOf(submission.scheme, roots)
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error
    const { name = error.message } = registryErrorOf(error) ?? {}
    return hold(context, view, submission, `the registry would refuse it: ${name}`)
  }
}

/** Anybody may vouch and withdraw: only the word of the device's own voucher ends it, and the registry knows whose that is. */
async function hasEnded({ rpc, registry }: SenderContext, device: Hex): Promise<boolean> {
  return (await readDevice(rpc, registry, device, "latest")).state !== "active"
}

function hold({ memory, log }: SenderContext, { tip }: View, { device, seq }: StoredSubmission, reason: string): null {
  memory.held.set(device, tip.number + HOLD_BLOCKS)
  log.warn({ device, seq, reason }, "a device rests")
  return null
}
