import { type Claim, check, type Presentation, parsePresentation } from "@wattest/protocol"
import type { BlockHeader } from "../chain/header.ts"
import { checkBlockTrusted, checkRecent } from "../chain/trust.ts"
import { type CheckLog, createCheckLog, decide } from "../check-log.ts"
import type { Policy } from "../policy.ts"
import type { Readers } from "../readers.ts"
import type { Result } from "../verdict.ts"
import { PRESENTATION_CHECK_IDS, type PresentationCheckId } from "./catalogue.ts"
import { type Walk, walkClaim } from "./chains.ts"
import { checkChosenAnchors } from "./chosen-anchors.ts"
import { checkProofs } from "./groth16.ts"
import { checkLedgerEnds, type ProvenLedger } from "./period-ends.ts"
import { limitsOf, sentenceOf } from "./sentence.ts"
import { checkKeys, checkSubject, checkTerms, checkUnopened } from "./terms.ts"

/** A claim that was proven, in words and as it stands in the document. */
export type ProvenClaim = {
  readonly sentence: string
  /** What the sentence does not say. */
  readonly limits: string
  readonly claim: Claim
  /** All runs of the period, or the chosen ones; of these the ones without an opening, and the void ones. */
  readonly runs: bigint
  readonly unopened: number
  readonly voids: number
}

export type PresentationResult = Result<readonly ProvenClaim[]> & {
  /** What the claims say, whatever the verdict: worth as much as the verdict. Empty for a document without form. */
  readonly claims: readonly ProvenClaim[]
}

type SightedLedger = ProvenLedger & { readonly claim: Claim & { readonly kind: "period" } }

function describe(claim: Claim, walk: Walk): ProvenClaim {
  const { runs, unopened, voids } = walk
  return { sentence: sentenceOf(claim, walk), limits: limitsOf(claim), claim, runs, unopened, voids }
}

function sightLedgers({ claims }: Presentation): readonly SightedLedger[] {
  return claims.flatMap((claim) =>
    claim.kind === "period" ? claim.ledgers.map((ledger) => ({ claim, ...checkLedgerEnds(claim, ledger) })) : [],
  )
}

function checkSuspicion(sighted: readonly SightedLedger[], policy: Policy): void {
  for (const { claim, leastSince } of sighted)
    check(
      leastSince >= BigInt(claim.to),
      "CLAIM_SUSPECT",
      `withdrawn from ${leastSince} on, the period ends at ${claim.to}`,
    )
  for (const { header } of sighted) checkRecent(header, policy)
}

type Log = CheckLog<PresentationCheckId>
type Blocks = readonly (readonly [claim: Claim, header: BlockHeader])[]

function headersOf(claim: Claim): Blocks {
  return claim.kind === "runs" ? checkChosenAnchors(claim).map((header) => [claim, header] as const) : []
}

/** Everything that needs the chain: ends, anchors, the blocks that they stand in, and withdrawn vouches. */
async function checkOnChain(
  log: Log,
  document: Presentation,
  trust: { policy: Policy; readers: Readers },
): Promise<void> {
  const sighted = await log.check("ends", () => sightLedgers(document))
  const anchored = await log.check("anchors", () => document.claims.flatMap(headersOf))
  const blocks: Blocks = [...(sighted ?? []).map(({ claim, header }) => [claim, header] as const), ...(anchored ?? [])]
  const trustAll = async () => {
    for (const [{ chainId }, header] of blocks) await checkBlockTrusted(header, { ...trust, chainId })
  }
  await log.check("block-trusted", trustAll, ["ends", "anchors"])
  await log.check("suspicion", () => checkSuspicion(sighted ?? [], trust.policy), ["ends"])
}

/** What the document says by itself, under keys and terms that the policy believes. */
async function checkDocument(log: Log, document: Presentation, policy: Policy): Promise<readonly Walk[]> {
  const { claims } = document
  await log.check("keys", () => checkKeys(document, policy))
  await log.check("subject", () => {
    for (const claim of claims) checkSubject(claim, policy)
  })
  const walks =
    (await log.check("chains", () => claims.map((claim, i) => walkClaim(claim, document, `claim ${i + 1}`)))) ?? []
  await log.check("terms", () => {
    for (const claim of claims) checkTerms(claim, policy)
    for (const walk of walks) checkUnopened(walk, policy)
  })
  await log.check("proofs", () => checkProofs(walks.flatMap(({ cases }) => cases)), ["keys", "chains"])
  return walks
}

/**
 * Judges a presentation: who may speak, chains of segments, proofs, and the ends of the periods on the chain. Proofs
 * are verified without the prover's software. The claims are reachable through `valid` alone. Never throws on its bytes.
 */
export async function verifyPresentation(
  bytes: Uint8Array,
  policy: Policy,
  readers: Readers,
): Promise<PresentationResult> {
  const log = createCheckLog<PresentationCheckId>(PRESENTATION_CHECK_IDS, () => true)
  const document = await log.check("form", () => parsePresentation(bytes))
  const walks = document ? await checkDocument(log, document, policy) : []
  if (document) await checkOnChain(log, document, { policy, readers })
  const claims = walks.flatMap((walk, i) => (document?.claims[i] ? [describe(document.claims[i], walk)] : []))
  const checks = log.results()
  const verdict = decide(checks)
  return {
    verdict: verdict.status === "valid" ? { status: "valid", claim: claims } : verdict,
    checks,
    findings: [],
    claims,
  }
}
