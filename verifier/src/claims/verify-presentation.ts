import {
  type Coverage,
  claimLimits,
  claimSentence,
  coverageSentence,
  type LedgerShare,
  type Presentation,
  type ProvenBound,
  parsePresentation,
  type RunsTally,
  type Scope,
  shareSentence,
  type Tally,
} from "@wattest/protocol"
import { askEach } from "../ask-each.ts"
import { weighed } from "../certificate/whole.ts"
import type { BlockHeader } from "../chain/header.ts"
import {
  checkBlockTrusted,
  checkRecent,
  createTrustedBlocks,
  type TrustedBlock,
  type TrustedBlocks,
  type TrustSources,
} from "../chain/trust.ts"
import { type CheckLog, createCheckLog, decide } from "../check-log.ts"
import type { MetExpectation } from "../gate/decide.ts"
import { meetPresentation } from "../gate/presentation.ts"
import type { Policy } from "../policy.ts"
import type { Readers } from "../readers.ts"
import type { CheckResult, Result } from "../verdict.ts"
import { PRESENTATION_CHECK_IDS, type PresentationCheckId } from "./catalogue.ts"
import { checkChosenAnchors, checkChosenVouches } from "./chosen-anchors.ts"
import { type LedgerFinding, labelFindings, voidFindings } from "./findings.ts"
import { type WalkedBound, walkBounds } from "./proof/bounds.ts"
import { type Walk, walkTallies } from "./proof/chains.ts"
import { checkProofs } from "./proof/groth16.ts"
import { shareFindings, shareOf } from "./share.ts"
import { coverageOf, type TallyCoverage } from "./sight/coverage.ts"
import { sightPeriod } from "./sight/period-ends.ts"
import { sightPublished } from "./sight/published.ts"
import { checkUnsuspected, type SightedLedger, type SightedTally } from "./sight/sight.ts"
import { silenceFindings } from "./sight/silence.ts"
import { checkCoverage, checkKeys, checkSubjects, checkTerms } from "./terms.ts"

/** A number that was proved, in words and for machines. */
export type ProvenClaim = {
  readonly sentence: string
  /** How complete the tally is, in words; null for chosen runs. */
  readonly completeness: string | null
  /** What the sentences do not say. */
  readonly limits: string
  readonly bound: ProvenBound
  readonly scope: Scope
  /** Of the denominator of a ratio over two tallies; else `scope`. */
  readonly over: Scope
  readonly coverage: Coverage | null
  /** The best bounds that the document proves of the counted runs' share of all energy; null where it proves none. */
  readonly ledgerShare: LedgerShare | null
  /** That share in words; null for chosen runs, and for runs of any label. */
  readonly share: string | null
  /** The last of the blocks that show its ledgers, with Unix seconds; null for chosen runs. */
  readonly block: Pick<BlockHeader, "number" | "timestamp"> | null
}

/** The claims are reachable through a valid verdict alone. */
export type PresentationResult = Result<readonly ProvenClaim[], LedgerFinding> & {
  /** The blocks that it rests on, as far as they are trusted, and why each is. */
  readonly trustedBlocks: readonly TrustedBlock[]
  /** What the policy expects, with what was found. */
  readonly expectations: readonly MetExpectation[]
}

function sightPeriods({ tallies }: Presentation): readonly SightedTally[] {
  return tallies.flatMap((tally, i) => (tally.kind === "period" ? [sightPeriod(tally, i + 1)] : []))
}

type Log = CheckLog<PresentationCheckId>
type Trust = Pick<TrustSources, "policy" | "readers" | "onTrusted">
/** A block on which a tally rests. */
type Block = Pick<TrustSources, "chainId" | "checkpoint"> & { readonly header: BlockHeader }

function runsOf({ tallies }: Presentation): readonly RunsTally[] {
  return tallies.filter((tally) => tally.kind === "runs")
}

async function anchorBlocks(tally: RunsTally): Promise<readonly Block[]> {
  const { chainId, runs } = tally
  const headers = await checkChosenAnchors(tally)
  return headers.map((header, i) => ({ chainId, header, checkpoint: runs[i]?.anchorProof?.checkpoint }))
}

function endBlocks({ chainId, ledgers }: SightedTally): readonly Block[] {
  return ledgers.map(({ storage: { header } }) => ({ chainId, header }))
}

async function checkVouches(sighted: readonly SightedTally[], runs: readonly RunsTally[], trust: Trust): Promise<void> {
  for (const tally of sighted) checkUnsuspected(tally)
  const chosen = await askEach(runs, (tally) => checkChosenVouches(tally, trust))
  // After all tallies: a withdrawal that is known outweighs one that is not.
  const headers = [...sighted.flatMap(endBlocks).map(({ header }) => header), ...chosen.flat()]
  for (const header of headers) checkRecent(header, trust.policy)
}

/** What must be on the chain before it is asked whether that chain is the true one. */
const SEEN: readonly PresentationCheckId[] = ["ends", "published", "anchors"]

/**
 * Everything that needs the chain: ends, anchors, the blocks that they stand in, and withdrawn vouches. Gives what the
 * storage under the ends shows.
 */
async function checkOnChain(log: Log, document: Presentation, trust: Trust): Promise<readonly SightedTally[]> {
  const runs = runsOf(document)
  const periods = (await log.check("ends", () => sightPeriods(document))) ?? []
  const published = (await log.check("published", () => sightPublished(document, trust.policy))) ?? []
  const records = published.map(({ chainId, claimsHeader: header }): Block => ({ chainId, header }))
  const sighted: readonly SightedTally[] = [...periods, ...published]
  const anchored = (await log.check("anchors", () => askEach(runs, anchorBlocks))) ?? []
  const blocks = [...sighted.flatMap(endBlocks), ...records, ...anchored.flat()]
  const trustOne = ({ header, ...sources }: Block) => checkBlockTrusted(header, { ...trust, ...sources })
  await log.check("block-trusted", () => askEach(blocks, trustOne), SEEN)
  await log.check("suspicion", () => checkVouches(sighted, runs, trust), SEEN)
  return sighted
}

type Walked = { readonly walks: readonly Walk[]; readonly bounds: readonly WalkedBound[] }

/** What the document says by itself, under keys and terms that the policy believes. */
async function checkDocument(log: Log, document: Presentation, policy: Policy): Promise<Walked> {
  await log.check("keys", () => checkKeys(document, policy))
  const walked = await log.check("chains", () => {
    const walks = walkTallies(document)
    return { walks, bounds: walkBounds(document, walks) }
  })
  const { walks, bounds } = walked ?? { walks: [], bounds: [] }
  await log.check("subject", () => checkSubjects(walks, bounds, policy), ["chains"])
  await log.check("terms", () => checkTerms(walks, bounds, policy), ["chains"])
  // Proofs cost more than everything else together: what can be refused without them is.
  const cases = [...walks.flatMap((walk) => walk.cases), ...bounds.flatMap(({ proofCase }) => proofCase ?? [])]
  await log.check("proofs", () => checkProofs(cases), ["keys", "subject", "terms", "chains"])
  return { walks, bounds }
}

/** The ledgers under a tally: its own, or those of all its parts. */
function sightedUnder(
  place: number,
  document: Presentation,
  sighted: readonly SightedTally[],
): readonly SightedLedger[] {
  const tally = document.tallies[place]
  if (tally?.kind === "join") return tally.parts.flatMap((part) => sightedUnder(part, document, sighted))
  return sighted.find((candidate) => candidate.place === place + 1)?.ledgers ?? []
}

/** How complete each tally is that a bound is about; of one that is only a part of another, the whole says it. */
function coveredBy(
  { walks, bounds }: Walked,
  document: Presentation,
  sighted: readonly SightedTally[],
): readonly TallyCoverage[] {
  const spoken = new Set(bounds.flatMap(({ tally, over }) => [tally, over]))
  return walks.flatMap((walk, place) => {
    const coverage = spoken.has(walk) ? coverageOf(walk, sightedUnder(place, document, sighted)) : null
    return coverage === null ? [] : [{ walk, coverage }]
  })
}

/** The last of the blocks that show the ledgers under a tally: all that it counts is anchored by then. */
function lastBlock(ledgers: readonly SightedLedger[]): ProvenClaim["block"] {
  const [last] = ledgers.map(({ storage }) => storage.header).toSorted((a, b) => b.timestamp - a.timestamp)
  return last === undefined ? null : { number: last.number, timestamp: last.timestamp }
}

type Shown = {
  readonly covered: readonly TallyCoverage[]
  readonly ledgersUnder: (walk: Walk) => readonly SightedLedger[]
}

function describe(
  { bound, tally, over }: WalkedBound,
  bounds: readonly WalkedBound[],
  { covered, ledgersUnder }: Shown,
): ProvenClaim {
  const { scope } = tally
  const ledgerShare = shareOf(tally, bounds)
  const coverage = covered.find(({ walk }) => walk === tally)?.coverage ?? null
  return {
    sentence: claimSentence(bound, scope, over.scope),
    completeness: coverage && coverageSentence(coverage, scope),
    limits: claimLimits(scope),
    ...{ bound, scope, over: over.scope, coverage, ledgerShare, share: shareSentence(scope, ledgerShare) },
    block: lastBlock(ledgersUnder(tally)),
  }
}

/** Checks that look at one kind of tally are listed where the document has one of that kind. */
function concerns({ tallies, bounds }: Presentation) {
  const kinds: { readonly [id: string]: readonly Tally["kind"][] } = {
    ...{ ends: ["period"], published: ["published"], coverage: ["period", "published"], anchors: ["runs"] },
    // What the chain verified needs no key and no proof here.
    ...(tallies.every(({ kind }) => kind === "published") && bounds.every(({ proof }) => proof === undefined)
      ? { keys: [], proofs: [] }
      : {}),
  }
  return ({ id }: CheckResult) => kinds[id]?.some((kind) => tallies.some((tally) => tally.kind === kind)) ?? true
}

/** What deserves a question: silent devices, as the storage shows, and void runs, once proofs show them. */
function findingsOf(sighted: readonly SightedTally[], document: Presentation, walked: Walked, isProven: boolean) {
  const silent = sighted.flatMap(silenceFindings)
  const voids = document.tallies.flatMap((tally, i) => voidFindings(tally, i + 1))
  const labels = document.tallies.flatMap((tally, i) => labelFindings(tally, i + 1))
  const unshared = isProven ? shareFindings(walked.walks, walked.bounds) : []
  return isProven ? [...labels, ...silent, ...voids, ...unshared] : [...labels, ...silent]
}

/**
 * Judges a presentation: who may speak, chains of segments, proofs, the ends of ledgers or the anchors of chosen runs on
 * the chain, vouches, and how complete it is. Proofs are verified without the prover's software. The claims are reachable
 * through `valid` alone. Never throws on its bytes.
 */
export async function verifyPresentation(
  bytes: Uint8Array,
  policy: Policy,
  readers: Readers,
): Promise<PresentationResult> {
  const log = createCheckLog<PresentationCheckId>(PRESENTATION_CHECK_IDS, () => true)
  const trusted = createTrustedBlocks()
  const conclude = concludeWith({ policy, trusted })
  const document = await log.check("form", () => parsePresentation(bytes))
  if (document === null) return conclude(listed(log, policy), [], { claims: [], expectations: [] })
  const walked = await checkDocument(log, document, policy)
  const sighted = await checkOnChain(log, document, { policy, readers, onTrusted: trusted.add })
  const covered = coveredBy(walked, document, sighted)
  await log.check("coverage", () => checkCoverage(covered, policy), ["chains", "ends", "published"])
  const ledgersUnder = (walk: Walk) => sightedUnder(walked.walks.indexOf(walk), document, sighted)
  const claims = walked.bounds.map((bound) => describe(bound, walked.bounds, { covered, ledgersUnder }))
  const expectations = (await checkExpectations(log, document, { policy, claims })) ?? []
  const checks = listed(log, policy).filter(concerns(document))
  const isProven = log.results().every(({ id, verdict }) => !PROVING.includes(id) || verdict.status === "valid")
  return conclude(checks, findingsOf(sighted, document, walked, isProven), { claims, expectations })
}

/** The gate is listed where the policy expects anything. */
const listed = (log: Log, { expect }: Policy): readonly CheckResult[] =>
  log.results().filter(({ id }) => id !== "expectation" || expect !== undefined)

type Claimed = { readonly policy: Policy; readonly claims: readonly ProvenClaim[] }

/** The buyer's gate: claims are looked at where everything else holds, and nowhere else. */
async function checkExpectations(
  log: Log,
  document: Presentation,
  { policy: { expect }, claims }: Claimed,
): Promise<readonly MetExpectation[] | null> {
  const others = log.results().filter((check) => check.id !== "expectation" && concerns(document)(check))
  if (expect === undefined || decide(others).status !== "valid") return null
  return log.check("expectation", () => meetPresentation(claims, expect))
}

/** What shows how many runs are void. */
const PROVING: readonly PresentationCheckId[] = ["proofs", "published"]

/** Under what a document was judged, and the blocks found trusted until then. */
type Beliefs = {
  readonly policy: Policy
  readonly trusted: TrustedBlocks
}

function concludeWith({ policy: { expect }, trusted }: Beliefs) {
  return (
    checks: PresentationResult["checks"],
    findings: PresentationResult["findings"],
    { claims, expectations }: { readonly claims: readonly ProvenClaim[] } & Pick<PresentationResult, "expectations">,
  ): PresentationResult => {
    const outcome = decide(checks)
    const verdict = outcome.status === "valid" ? weighed({ status: "valid", claim: claims }, findings, expect) : outcome
    return { verdict, checks, findings, trustedBlocks: trusted.all(), expectations }
  }
}
