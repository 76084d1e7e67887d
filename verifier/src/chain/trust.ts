import { check } from "@wattest/protocol"
import { chainOf, type Policy } from "../policy.ts"
import type { Readers } from "../readers.ts"
import { Undetermined } from "../verdict.ts"
import type { BlockHeader } from "./header.ts"

/** Who is asked whether a block belongs to a chain. */
export type TrustSources = { readonly policy: Policy; readonly readers: Readers; readonly chainId: number }

/**
 * Throws BLOCK_NOT_TRUSTED where policy or readers know another block of this number, `Undetermined` where neither
 * knows. The policy's own blocks come first: whoever wrote them down needs nobody's network.
 */
export async function checkBlockTrusted(
  header: BlockHeader,
  { policy, readers, chainId }: TrustSources,
): Promise<void> {
  const { number, hash } = header
  const listed = chainOf(policy, chainId)?.trustedBlocks.filter((block) => block.number === number) ?? []
  if (listed.some((block) => block.hash === hash)) return
  check(listed.length === 0, "BLOCK_NOT_TRUSTED", `the policy has another block ${number} of chain ${chainId}`)
  const hasReader = readers.chain !== null && (chainOf(policy, chainId)?.rpcs.length ?? 0) > 0
  if (!hasReader) throw new Undetermined("TRUST_ROOT_MISSING", `block ${number} of chain ${chainId}, ${hash}`)
  const block = await readers.chain.blockAt(chainId, number)
  check(block !== null, "BLOCK_NOT_TRUSTED", `chain ${chainId} has no final block ${number}`)
  check(block.hash === hash, "BLOCK_NOT_TRUSTED", `block ${number} of chain ${chainId} is ${block.hash}, not ${hash}`)
}
