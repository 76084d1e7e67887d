import type { TransactionSigner } from "@wattest/chain"
import { fromHex, type Hex } from "@wattest/protocol"
import { keccak256 } from "viem"

export type Call = { readonly chainId: number; readonly to: Hex; readonly data: Hex }

export type SignedTransaction = { readonly hash: Hex; readonly raw: Uint8Array }

type Terms = {
  readonly nonce: number
  readonly gas: bigint
  /** Wei per gas. */
  readonly maxFee: number
  readonly maxTip: number
}

/** Signs a call as an EIP-1559 transaction; the same arguments give the same bytes (RFC 6979), sent twice or not. */
export async function signCall(
  signer: TransactionSigner,
  { chainId, to, data }: Call,
  { nonce, gas, maxFee, maxTip }: Terms,
): Promise<SignedTransaction> {
  const raw = await signer.signTransaction({
    type: "eip1559",
    chainId,
    to,
    data,
    nonce,
    gas,
    maxFeePerGas: BigInt(maxFee),
    maxPriorityFeePerGas: BigInt(maxTip),
  })
  return { hash: keccak256(raw), raw: fromHex(raw) }
}
