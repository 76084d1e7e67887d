import { type Claim, check, type PeriodClaim, type Presentation, parsePresentation } from "@wattest/protocol"
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
import { type LedgerFinding, silenceFindings } from "./silence.ts"
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

export type PresentationResult = Result<readonly ProvenClaim[], LedgerFinding> & {
  /** What the claims say, whatever the verdict: worth as much as the verdict. Empty for a document without form. */
  readonly claims: readonly ProvenClaim[]
}

type SightedClaim = {
  readonly claim: PeriodClaim
  /** Place in the document, from 1. */
  readonly place: number
  readonly ledgers: readonly ProvenLedger[]
}

function describe(claim: Claim, walk: Walk): ProvenClaim {
  const { runs, unopened, voids } = walk
  return { sentence: sentenceOf(claim, walk), limits: limitsOf(claim), claim, runs, unopened, voids }
}

function sightClaims({ claims }: Presentation): readonly SightedClaim[] {
  return claims.flatMap((claim, i) =>
    claim.kind === "period"
      ? [{ claim, place: i + 1, ledgers: claim.ledgers.map((ledger) => checkLedgerEnds(claim, ledger)) }]
      : [],
  )
}

function checkSuspicion(sighted: readonly SightedClaim[], policy: Policy): void {
  for (const { claim, ledgers } of sighted)
    for (const { leastSince } of ledgers)
      check(
        leastSince >= BigInt(claim.to),
        "CLAIM_SUSPECT",
        `withdrawn from ${leastSince} on, the period ends at ${claim.to}`,
      )
  for (const [, header] of sighted.flatMap(blocksOf)) checkRecent(header, policy)
}

type Log = CheckLog<PresentationCheckId>
type Blocks = readonly (readonly [claim: Claim, header: BlockHeader])[]

function headersOf(claim: Claim): Blocks {
  return claim.kind === "runs" ? checkChosenAnchors(claim).map((header) => [claim, header] as const) : []
}

function blocksOf({ claim, ledgers }: SightedClaim): Blocks {
  return ledgers.map(({ storage }) => [claim, storage.header] as const)
}

/**
 * Everything that needs the chain: ends, anchors, the blocks that they stand in, and withdrawn vouches. Gives what the
 * storage under the ends shows of the ledgers' devices.
 */
async function checkOnChain(
  log: Log,
  document: Presentation,
  trust: { policy: Policy; readers: Readers },
): Promise<readonly LedgerFinding[]> {
  const sighted = await log.check("ends", () => sightClaims(document))
  const anchored = await log.check("anchors", () => document.claims.flatMap(headersOf))
  const blocks: Blocks = [...(sighted ?? []).flatMap(blocksOf), ...(anchored ?? [])]
  const trustAll = async () => {
    for (const [{ chainId }, header] of blocks) await checkBlockTrusted(header, { ...trust, chainId })
  }
  await log.check("block-trusted", trustAll, ["ends", "anchors"])
  await log.check("suspicion", () => checkSuspicion(sighted ?? [], trust.policy), ["ends"])
  return (sighted ?? []).flatMap(({ claim, place, ledgers }) =>
    silenceFindings(
      claim,
      place,
      ledgers.map(({ storage }) => storage),
    ),
  )
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
  const findings = document ? await checkOnChain(log, document, { policy, readers }) : []
  const claims = walks.flatMap((walk, i) => (document?.claims[i] ? [describe(document.claims[i], walk)] : []))
  const checks = log.results()
  const verdict = decide(checks)
  return {
    verdict: verdict.status === "valid" ? { status: "valid", claim: claims } : verdict,
    checks,
    findings,
    claims,
  }
}
