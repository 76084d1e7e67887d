import {
  type Claim,
  check,
  claimLimits,
  claimSentence,
  type Hex,
  type PeriodClaim,
  type Presentation,
  parsePresentation,
  type RunsClaim,
} from "@wattest/protocol"
import type { BlockHeader } from "../chain/header.ts"
import { checkBlockTrusted, checkRecent, type TrustedBlock, type TrustSources } from "../chain/trust.ts"
import { type CheckLog, createCheckLog, decide } from "../check-log.ts"
import { type Policy, policyDigest } from "../policy.ts"
import type { Readers } from "../readers.ts"
import type { CheckResult, Result } from "../verdict.ts"
import { PRESENTATION_CHECK_IDS, type PresentationCheckId } from "./catalogue.ts"
import { type Walk, walkClaim } from "./chains.ts"
import { checkChosenAnchors, checkChosenVouches } from "./chosen-anchors.ts"
import { type LedgerFinding, voidFindings } from "./findings.ts"
import { checkProofs } from "./groth16.ts"
import { checkLedgerEnds, type ProvenLedger } from "./period-ends.ts"
import { silenceFindings } from "./silence.ts"
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

/** The claims are reachable through a valid verdict alone. */
export type PresentationResult = Result<readonly ProvenClaim[], LedgerFinding> & {
  /** Of the policy that the document was judged under. */
  readonly policyDigest: Hex
  /** The blocks that it rests on, as far as they are trusted, and why each is. */
  readonly trustedBlocks: readonly TrustedBlock[]
}

type SightedClaim = {
  readonly claim: PeriodClaim
  /** Place in the document, from 1. */
  readonly place: number
  readonly ledgers: readonly ProvenLedger[]
}

function describe(claim: Claim, walk: Walk): ProvenClaim {
  const { runs, unopened, voids } = walk
  return { sentence: claimSentence(claim, walk), limits: claimLimits(claim), claim, runs, unopened, voids }
}

function sightClaims({ claims }: Presentation): readonly SightedClaim[] {
  return claims.flatMap((claim, i) =>
    claim.kind === "period"
      ? [{ claim, place: i + 1, ledgers: claim.ledgers.map((ledger) => checkLedgerEnds(claim, ledger)) }]
      : [],
  )
}

type Log = CheckLog<PresentationCheckId>
type Trust = Pick<TrustSources, "policy" | "readers" | "onTrusted">
/** A block on which a claim rests. */
type Block = Pick<TrustSources, "chainId" | "checkpoint"> & { readonly header: BlockHeader }

function runsClaimsOf({ claims }: Presentation): readonly RunsClaim[] {
  return claims.filter((claim) => claim.kind === "runs")
}

function anchorBlocks(claim: RunsClaim): readonly Block[] {
  const { chainId, runs } = claim
  return checkChosenAnchors(claim).map((header, i) => ({
    ...{ chainId, header },
    checkpoint: runs[i]?.anchorProof?.checkpoint,
  }))
}

function endBlocks({ claim: { chainId }, ledgers }: SightedClaim): readonly Block[] {
  return ledgers.map(({ storage: { header } }) => ({ chainId, header }))
}

function checkLedgerVouches({ claim, ledgers }: SightedClaim): void {
  for (const { leastSince } of ledgers) {
    const isHeld = leastSince >= BigInt(claim.to)
    check(isHeld, "CLAIM_SUSPECT", `withdrawn from ${leastSince} on, the period ends at ${claim.to}`)
  }
}

async function checkVouches(sighted: readonly SightedClaim[], runs: readonly RunsClaim[], trust: Trust): Promise<void> {
  for (const claim of sighted) checkLedgerVouches(claim)
  const headers = sighted.flatMap(endBlocks).map(({ header }) => header)
  for (const claim of runs) headers.push(...(await checkChosenVouches(claim, trust)))
  // After all claims: a withdrawal that is known outweighs one that is not.
  for (const header of headers) checkRecent(header, trust.policy)
}

/**
 * Everything that needs the chain: ends, anchors, the blocks that they stand in, and withdrawn vouches. Gives what the
 * storage under the ends shows of the ledgers' devices.
 */
async function checkOnChain(log: Log, document: Presentation, trust: Trust): Promise<readonly LedgerFinding[]> {
  const runs = runsClaimsOf(document)
  const sighted = (await log.check("ends", () => sightClaims(document))) ?? []
  const anchored = (await log.check("anchors", () => runs.flatMap(anchorBlocks))) ?? []
  const trustAll = async () => {
    for (const { header, ...sources } of [...sighted.flatMap(endBlocks), ...anchored])
      await checkBlockTrusted(header, { ...trust, ...sources })
  }
  await log.check("block-trusted", trustAll, ["ends", "anchors"])
  await log.check("suspicion", () => checkVouches(sighted, runs, trust), ["ends", "anchors"])
  return sighted.flatMap(({ claim, place, ledgers }) =>
    silenceFindings(
      claim,
      place,
      ledgers.map(({ storage }) => storage),
    ),
  )
}

/** What the document says by itself, under keys and terms that the policy believes. Gives the claims in words. */
async function checkDocument(log: Log, document: Presentation, policy: Policy): Promise<readonly ProvenClaim[]> {
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
  // Proofs cost more than everything else together: what can be refused without them is.
  const before = ["keys", "subject", "terms", "chains"] as const
  await log.check("proofs", () => checkProofs(walks.flatMap(({ cases }) => cases)), before)
  return walks.flatMap((walk, i) => (claims[i] ? [describe(claims[i], walk)] : []))
}

/** Checks that look at one kind of claim are listed where the document has one of that kind. */
function concerns({ claims }: Presentation) {
  const kinds: { readonly [id: string]: Claim["kind"] } = { ends: "period", anchors: "runs" }
  return ({ id }: CheckResult) => kinds[id] === undefined || claims.some(({ kind }) => kind === kinds[id])
}

function voidsOf({ claims }: Presentation): readonly LedgerFinding[] {
  return claims.flatMap((claim, i) => (claim.kind === "period" ? voidFindings(claim, i + 1) : []))
}

/**
 * Judges a presentation: who may speak, chains of segments, proofs, the ends of periods or the anchors of chosen runs on
 * the chain, and vouches. Proofs are verified without the prover's software. The claims are reachable through `valid`
 * alone. Never throws on its bytes.
 */
export async function verifyPresentation(
  bytes: Uint8Array,
  policy: Policy,
  readers: Readers,
): Promise<PresentationResult> {
  const log = createCheckLog<PresentationCheckId>(PRESENTATION_CHECK_IDS, () => true)
  const trusted = new Map<string, TrustedBlock>()
  const onTrusted = (block: TrustedBlock) => trusted.set(`${block.chainId}/${block.number}`, block)
  const conclude = concludeWith({ policyDigest: policyDigest(policy), trusted })
  const document = await log.check("form", () => parsePresentation(bytes))
  if (document === null) return conclude(log.results(), [], [])
  const claims = await checkDocument(log, document, policy)
  const silent = await checkOnChain(log, document, { policy, readers, onTrusted })
  const checks = log.results().filter(concerns(document))
  const isProven = checks.some(({ id, verdict }) => id === "proofs" && verdict.status === "valid")
  return conclude(checks, [...silent, ...(isProven ? voidsOf(document) : [])], claims)
}

/** Under which policy a document was judged, and the blocks found trusted until then. */
type Beliefs = { readonly policyDigest: Hex; readonly trusted: ReadonlyMap<string, TrustedBlock> }

function concludeWith({ policyDigest: digest, trusted }: Beliefs) {
  return (
    checks: PresentationResult["checks"],
    findings: PresentationResult["findings"],
    claims: readonly ProvenClaim[],
  ): PresentationResult => {
    const outcome = decide(checks)
    const verdict = outcome.status === "valid" ? { status: "valid" as const, claim: claims } : outcome
    return { verdict, checks, findings, policyDigest: digest, trustedBlocks: [...trusted.values()] }
  }
}
