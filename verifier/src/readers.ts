import type { Hex, SignatureChecker } from "@wattest/protocol"

/** A final block as the chain's nodes tell it. */
export type ChainBlock = {
  readonly hash: Hex
  /** Unix seconds. */
  readonly timestamp: number
}

/** The world as a verifier meets it: a chain's blocks, and nothing else. */
export interface ChainReader {
  /**
   * The block of this number on this chain. Null: the chain's final part has no such block. Throws `Undetermined`
   * where it cannot know: no node answered, nodes disagree, or the block is not final yet.
   */
  blockAt(chainId: number, number: bigint): Promise<ChainBlock | null>
}

export type Readers = {
  readonly signatures: SignatureChecker
  /** Null: only what the policy trusts is known. */
  readonly chain: ChainReader | null
}
