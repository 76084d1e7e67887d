import { encodeSubmit, rpcNumber } from "@wattest/chain"
import { toHex } from "@wattest/protocol"
import { type Call, signCall } from "../signer/account.ts"
import { rootsOf, type StoredSubmission } from "../store/intake-store.ts"
import { type Journaled, markSent } from "../store/outbox.ts"
import { broadcast } from "./broadcast.ts"
import type { SenderContext } from "./context.ts"
import type { Fees } from "./fees.ts"

/** The call that anchors a submission. */
export function callOf({ chainId, registry }: SenderContext, submission: StoredSubmission): Call {
  const data = encodeSubmit(submission.device, {
    firstRun: BigInt(submission.first_run),
    roots: rootsOf(submission),
    through: submission.through,
    signature: toHex(submission.signature),
  })
  return { chainId, to: registry, data }
}

/** The transaction that carries a submission, as the journal keeps it: not sent yet. */
export async function signTransaction(
  context: SenderContext,
  submission: StoredSubmission,
  { nonce, gas, ...fees }: Fees & { readonly nonce: number; readonly gas: bigint },
): Promise<Journaled> {
  const signed = await signCall(context.signer, callOf(context, submission), { nonce, gas, ...fees })
  return {
    sender: context.address,
    nonce,
    seq: submission.seq,
    ...signed,
    gas: Number(gas),
    max_fee: fees.maxFee,
    max_tip: fees.maxTip,
    sent_block: 0,
  }
}

/**
 * Sends journaled transactions, and notes which of them a node took and at what height; `isRepeat`: through every endpoint.
 * The height is asked for afterwards: with a slow node, blocks go by while a step sends.
 */
export async function deliver(
  { db, rpc, address, memory, log, events }: SenderContext,
  entries: readonly Journaled[],
  isRepeat: boolean,
): Promise<void> {
  if (entries.length === 0) return
  const sendings = await broadcast(rpc, entries, isRepeat, ({ nonce, hash }, message) =>
    log.warn({ nonce, hash, message }, "a node did not take a transaction"),
  )
  const sent = [...sendings].flatMap(([nonce, sending]) => (sending === "sent" ? [nonce] : []))
  for (const [nonce, sending] of sendings)
    if (sending === "underpriced" || sending === "refused") memory[sending].add(nonce)
  await markSent(db, address, sent, rpcNumber(await rpc.request("eth_blockNumber", []), "height"))
  events.sent?.(sent.length)
}
