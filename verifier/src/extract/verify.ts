import { type Extract, parseExtract } from "@wattest/protocol"
import { acceptRegistry } from "../certificate/policy-checks.ts"
import type { BlockHeader } from "../chain/header.ts"
import {
  checkBlockTrusted,
  checkRecent,
  createTrustedBlocks,
  type TrustedBlock,
  type TrustedBlocks,
} from "../chain/trust.ts"
import { createCheckLog, decide } from "../check-log.ts"
import type { Policy } from "../policy.ts"
import type { Readers } from "../readers.ts"
import { accept, type Result } from "../verdict.ts"
import { EXTRACT_CHECK_IDS, type ExtractCheckId } from "./catalogue.ts"
import { checkAnchor, checkStorage } from "./checks.ts"

/** What the registry holds, and as of which block. */
export type ExtractClaim = {
  readonly extract: Extract
  readonly block: Pick<BlockHeader, "number" | "hash" | "timestamp">
}

/** The claim is reachable through a valid verdict alone. */
export type ExtractResult = Result<ExtractClaim, never> & {
  /** The blocks that it rests on, as far as they are trusted, and why each is. */
  readonly trustedBlocks: readonly TrustedBlock[]
}

/**
 * Judges an extract: that a registry which the policy accepts holds what it says, in blocks that the policy trusts. No
 * voucher is believed for it: it says what stands there, and not that it is so. Never throws on its bytes.
 */
export async function verifyExtract(bytes: Uint8Array, policy: Policy, readers: Readers): Promise<ExtractResult> {
  const log = createCheckLog<ExtractCheckId>(EXTRACT_CHECK_IDS, () => true)
  const trusted = createTrustedBlocks()
  const extract = await log.check("form", () => parseExtract(bytes))
  const state = extract && (await log.check("storage", () => checkStorage(extract)))
  if (extract !== null) {
    await log.check("chain", () => acceptRegistry(policy, extract))
    const anchor = await log.check("anchor", () => checkAnchor(extract))
    await log.check("block-trusted", () => trustBlocks(extract, [state, anchor], { policy, readers, trusted }), [
      "storage",
      "anchor",
    ])
    await log.check("recent", () => state && checkRecent(state, policy), ["storage"])
    // A gate that asks for numbers is not met by a document that has none.
    await log.check("expectation", () => accept(!policy.expect, "EXPECTATION_NOT_MET", "an extract states no number"))
  }
  const checks = log
    .results()
    .filter(({ id }) => (id !== "anchor" || extract?.kind === "run") && (id !== "expectation" || policy.expect))
  const outcome = decide(checks)
  const claim = extract !== null && state ? { extract, block: state } : null
  const verdict = outcome.status !== "valid" ? outcome : claim && { status: "valid" as const, claim }
  if (verdict === null) throw new TypeError("an extract without its state is not valid")
  return { verdict, checks, findings: [], trustedBlocks: trusted.all() }
}

type Believed = { readonly policy: Policy; readonly readers: Readers; readonly trusted: TrustedBlocks }

async function trustBlocks(
  extract: Extract,
  [state, anchor]: readonly [BlockHeader | null, BlockHeader | null],
  { policy, readers, trusted }: Believed,
): Promise<void> {
  const sources = { policy, readers, chainId: extract.chainId, onTrusted: trusted.add }
  if (state) await checkBlockTrusted(state, sources)
  if (anchor === null) return
  const checkpoint = extract.kind === "run" ? extract.checkpoint : undefined
  await checkBlockTrusted(anchor, { ...sources, checkpoint })
}
