import type { Hex } from "@wattest/protocol"
import { hashTypedData, recoverAddress } from "viem"

/** The relayer's word: the submission with this content is anchored in a block not later than the deadline. */
export type AnchorPromise = {
  /** keccak256 of the submission's canonical bytes. */
  readonly content: Hex
  /** Unix seconds. */
  readonly deadline: number
}

export type SignedPromise = AnchorPromise & { readonly signer: Hex; readonly signature: Hex }

/** The registry that a promise is about. */
export type PromiseDomain = { readonly chainId: number; readonly registry: Hex }

/** Whoever signs promises: a viem account will do. */
export type PromiseSigner = {
  readonly address: Hex
  signTypedData(data: ReturnType<typeof promiseTypedData>): Promise<Hex>
}

/** The promise as EIP-712 data. */
export function promiseTypedData({ chainId, registry }: PromiseDomain, { content, deadline }: AnchorPromise) {
  return {
    domain: { name: "Wattest relayer", version: "1", chainId, verifyingContract: registry },
    types: {
      Promise: [
        { name: "content", type: "bytes32" },
        { name: "deadline", type: "uint64" },
      ],
    },
    primaryType: "Promise",
    message: { content, deadline: BigInt(deadline) },
  } as const
}

/** Who signed a promise. Compare it with the relayer's address, since every signature recovers to somebody. */
export async function promiseSignerOf(domain: PromiseDomain, promise: SignedPromise): Promise<Hex> {
  const hash = hashTypedData(promiseTypedData(domain, promise))
  return (await recoverAddress({ hash, signature: promise.signature })).toLowerCase() as Hex
}

/** What the chain says of a promised submission: the block time of its last run, null if a run is missing. */
export type PromiseFacts = { readonly anchoredAt: number | null; readonly finalizedTime: number }

/** Kept, missed (provably, by the promise and the chain), or still open. */
export function judgePromise(
  { deadline }: AnchorPromise,
  { anchoredAt, finalizedTime }: PromiseFacts,
): "kept" | "missed" | "open" {
  if (anchoredAt !== null) return anchoredAt <= deadline ? "kept" : "missed"
  return finalizedTime > deadline ? "missed" : "open"
}
