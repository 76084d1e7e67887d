import type { Header } from "@wattest/chain"
import { type Rpc, RpcRefusal, rpcArray, rpcNumber, rpcObject } from "@wattest/chain"

/** Wei per gas (EIP-1559); a number is exact up to nine million gwei. */
export type Fees = { readonly maxFee: number; readonly maxTip: number }

/** What the operator allows: the cap bounds `maxFee`, and so what a transaction can cost. */
export type FeePolicy = { readonly cap: number; readonly minTip: number }

const HISTORY_BLOCKS = 5

/**
 * Fees that the next blocks will take: the median tip of the last ones, and twice the base fee, since it can double
 * within six full blocks. Null while the base fee passes the cap: sending would only clog the nonces.
 */
export async function suggestFees(rpc: Rpc, tip: Header, { cap, minTip }: FeePolicy): Promise<Fees | null> {
  if (tip.baseFee > cap) return null
  const maxTip = Math.min(Math.max(await medianTip(rpc), minTip), cap)
  return { maxFee: Math.min(2 * tip.baseFee + maxTip, cap), maxTip }
}

async function medianTip(rpc: Rpc): Promise<number> {
  try {
    const answer = await rpc.request("eth_feeHistory", [`0x${HISTORY_BLOCKS.toString(16)}`, "latest", [50]])
    const blocks = rpcArray(rpcObject(answer, "fee history").reward ?? [], "reward")
    const rewards = blocks.map((block) => rpcNumber(rpcArray(block, "reward")[0], "reward"))
    return rewards.toSorted((a, b) => a - b)[rewards.length >> 1] ?? 0
  } catch (error) {
    // A node without fee history: the policy's least tip.
    if (error instanceof RpcRefusal) return 0
    throw error
  }
}

/** What nodes demand of a replacement: an eighth more. */
const raised = (wei: number) => Math.ceil((wei * 9) / 8) + 1

/**
 * Whether blocks pass over a transaction with `old` fees: the base fee leaves too little for the tip, or others pay a
 * higher one. A rise that would pay more than the others do is none.
 */
export function isPassedOver(old: Fees, wanted: Fees, baseFee: number): boolean {
  return old.maxFee < baseFee + old.maxTip || raised(old.maxTip) <= wanted.maxTip
}

/** Fees for a transaction in the place of one with `old`: what is wanted now. Null if the cap leaves no room. */
export function replacementFees(old: Fees, wanted: Fees, { cap }: FeePolicy): Fees | null {
  const maxFee = Math.max(raised(old.maxFee), wanted.maxFee)
  const maxTip = Math.max(raised(old.maxTip), wanted.maxTip)
  return maxFee > cap ? null : { maxFee, maxTip: Math.min(maxTip, maxFee) }
}
