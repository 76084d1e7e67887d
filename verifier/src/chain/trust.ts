import { type CheckpointProof, check, type Hex } from "@wattest/protocol"
import { type ChainPolicy, chainOf, type Policy } from "../policy.ts"
import type { Readers } from "../readers.ts"
import { nodeName } from "../rpc/node-name.ts"
import { Undetermined } from "../verdict.ts"
import { proveCheckpoint } from "./checkpoint.ts"
import type { BlockHeader } from "./header.ts"

/** Throws `Undetermined` where a withdrawal could have come between this state and the time that the policy asks of. */
export function checkRecent({ number, timestamp }: BlockHeader, { vouchesAsOf = null }: Policy): void {
  if (vouchesAsOf !== null && timestamp < vouchesAsOf)
    throw new Undetermined("STATE_TOO_OLD", `block ${number} is of ${timestamp}, the policy asks of ${vouchesAsOf}`)
}

export const TRUST_REASONS = ["list", "checkpoint", "nodes"] as const

/** A block that is trusted, and why: `nodes` are those that were asked, by scheme and host; none where nobody was. */
export type TrustedBlock = {
  readonly chainId: number
  readonly number: bigint
  readonly hash: Hex
  readonly by: (typeof TRUST_REASONS)[number]
  readonly nodes: readonly string[]
}

/** Blocks that were found trusted: each once by its chain and its number, in the order in which they were met. */
export function createTrustedBlocks() {
  const known = new Map<string, TrustedBlock>()
  return {
    add: (block: TrustedBlock): void => void known.set(`${block.chainId}/${block.number}`, block),
    all: (): readonly TrustedBlock[] => [...known.values()],
  }
}
export type TrustedBlocks = ReturnType<typeof createTrustedBlocks>

/** Who is asked whether a block belongs to a chain. */
export type TrustSources = {
  readonly policy: Policy
  readonly readers: Readers
  readonly chainId: number
  readonly checkpoint?: CheckpointProof | undefined
  /** Hears of each block that is trusted. */
  readonly onTrusted?: (block: TrustedBlock) => void
}

function isListed({ number, hash }: BlockHeader, { chainId, trustedBlocks }: ChainPolicy): boolean {
  const same = trustedBlocks.filter((block) => block.number === number)
  if (same.some((block) => block.hash === hash)) return true
  check(same.length === 0, "BLOCK_NOT_TRUSTED", `the policy has another block ${number} of chain ${chainId}`)
  return false
}

/** What the chain's own nodes say. */
async function checkByReader({ number, hash }: BlockHeader, { chainId, rpcs }: ChainPolicy, { chain }: Readers) {
  if (chain === null || rpcs.length === 0)
    throw new Undetermined("TRUST_ROOT_MISSING", `block ${number} of chain ${chainId}, ${hash}`)
  const block = await chain.blockAt(chainId, number)
  check(block !== null, "BLOCK_NOT_TRUSTED", `chain ${chainId} has no final block ${number}`)
  check(block.hash === hash, "BLOCK_NOT_TRUSTED", `block ${number} of chain ${chainId} is ${block.hash}, not ${hash}`)
}

/**
 * Throws BLOCK_NOT_TRUSTED where policy or nodes know another block of this number, `Undetermined` where nobody knows.
 * A block is trusted if the policy lists it, if it lies under a checkpoint in a trusted block of the parent chain that
 * the policy names, or if the chain's nodes agree on it. Whoever wrote a block down needs nobody's network.
 */
export async function checkBlockTrusted(header: BlockHeader, sources: TrustSources): Promise<void> {
  const { policy, readers, chainId, checkpoint, onTrusted = () => {} } = sources
  const { number, hash } = header
  const chain = chainOf(policy, chainId)
  if (chain === undefined) throw new Undetermined("TRUST_ROOT_MISSING", `the policy does not know chain ${chainId}`)
  const { checkpoints } = chain
  // A wrong checkpoint is refused even where another reason to trust the block would do.
  const parent = checkpoint && checkpoints && proveCheckpoint(header, checkpoint, checkpoints.rootChain)
  if (isListed(header, chain)) return onTrusted({ chainId, number, hash, by: "list", nodes: [] })
  if (parent) {
    await checkBlockTrusted(parent, { policy, readers, chainId: checkpoints.chainId, onTrusted })
    return onTrusted({ chainId, number, hash, by: "checkpoint", nodes: [] })
  }
  await checkByReader(header, chain, readers)
  onTrusted({ chainId, number, hash, by: "nodes", nodes: chain.rpcs.map(nodeName) })
}
