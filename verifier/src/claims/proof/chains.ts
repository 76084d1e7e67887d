import {
  type Asked,
  type AskedTags,
  askedDigest,
  askedOf,
  type ClaimedLedger,
  type ClaimSegment,
  type ClosingNumbers,
  check,
  EMPTY_ACCUMULATOR,
  encodeClaimWord,
  foldPublic,
  type Hex,
  type JoinTally,
  joinPublic,
  joinScopes,
  openPublic,
  type PeriodTally,
  type Presentation,
  type PublishedTally,
  type RunsTally,
  type Scope,
  type Tally,
  type VerificationKey,
} from "@wattest/protocol"
import { closingCases } from "./closing.ts"
import type { ProofCase } from "./groth16.ts"

/** What a walk over a tally's chain finds: what it speaks of, what is to be proved, and the accumulator at its end. */
export type Walk = {
  readonly label: string
  readonly scope: Scope
  readonly c: bigint
  readonly cases: readonly ProofCase[]
  /** Null for chosen runs: of their time nothing is said. */
  readonly closing: ClosingNumbers | null
  /** Which registry of claims holds it, of which operator; null: the document folds it. */
  readonly record: string | null
}

const BROKEN = "CLAIM_SEGMENTS_BROKEN"

export function needKey({ keys }: Presentation, circuit: keyof Presentation["keys"]): VerificationKey {
  const key = keys[circuit]
  check(key !== undefined, "FIELD_MISSING", `$.keys.${circuit}`)
  return key
}

type Asking = Pick<PeriodTally, "filters" | "conditions" | "from" | "to">

const askedBy = ({ filters, conditions, from, to }: Asking): Asked =>
  askedOf(filters satisfies AskedTags, conditions, { from, to })

type Chain = { readonly asked: Asked; readonly key: VerificationKey; readonly label: string }

function segmentCase(segment: ClaimSegment, { asked, key, label }: Chain): ProofCase {
  const { headFrom, headTo, cFrom, cTo, proof } = segment
  const ends = { headFrom: BigInt(headFrom), headTo: BigInt(headTo), cFrom: BigInt(cFrom), cTo: BigInt(cTo) }
  const word = encodeClaimWord(segment, asked)
  return { key, publicSignals: foldPublic({ ...ends, word, asked: askedDigest(asked.tags) }), proof, label }
}

/** Segments lead head to head from one end of a ledger's part to the other, and C to C. Gives C at the end. */
function walkLedger(
  { from, asOf, segments }: ClaimedLedger,
  start: bigint,
  chain: Chain,
): readonly [bigint, ProofCase[]] {
  let { head, length }: { head: Hex; length: bigint } = from
  let c = start
  const cases = segments.map((segment, i) => {
    const label = `${chain.label}, segment ${i + 1}`
    check(segment.headFrom === head, BROKEN, `${label}: it does not start at the head before it`)
    check(BigInt(segment.cFrom) === c, BROKEN, `${label}: it does not start at the accumulator before it`)
    head = segment.headTo
    length += BigInt(segment.length)
    c = BigInt(segment.cTo)
    return segmentCase(segment, { ...chain, label })
  })
  const isWhole = head === asOf.head && length === asOf.length
  check(isWhole, BROKEN, `${chain.label}: it ends at ${length} of ${asOf.length} runs`)
  return [c, cases]
}

function walkPeriod(tally: PeriodTally, document: Presentation, label: string): Walk {
  const chain = { asked: askedBy(tally), key: needKey(document, "fold") }
  const { ledgers, closing, kind: _, ...terms } = tally
  check(terms.from < terms.to, "CLAIM_PERIOD_MISMATCH", `${label}: from ${terms.from} to ${terms.to} is no period`)
  check(terms.to < terms.asOf, "CLAIM_PERIOD_MISMATCH", `${label}: as of ${terms.asOf}, before its end, ${terms.to}`)
  let c = EMPTY_ACCUMULATOR
  const cases = ledgers.flatMap((ledger, i) => {
    const [end, proofs] = walkLedger(ledger, c, { ...chain, label: `${label}, ledger ${i + 1}` })
    c = end
    return proofs
  })
  const segments = ledgers.flatMap((ledger) => ledger.segments)
  const sum = (name: "unopened" | "voids") => segments.reduce((total, segment) => total + segment[name], 0)
  const runs = ledgers.reduce((total, { from, asOf }) => total + asOf.length - from.length, 0n)
  const owners = ledgers.map(({ operator, voucher }) => ({ operator, voucher }))
  const scope = { ...terms, owners, runs, unopened: sum("unopened"), voids: sum("voids") }
  return {
    label,
    scope,
    c,
    closing,
    record: null,
    cases: [...cases, ...closingCases(closing, c, needKey(document, "bound"), label)],
  }
}

function walkJoin(join: JoinTally, before: readonly Walk[], document: Presentation, label: string): Walk {
  const parts = join.parts.map((place) => {
    const part = before[place]
    check(part !== undefined, "CLAIM_PARTS_MISMATCH", `${label}: tally ${place + 1} is not before it`)
    return part
  })
  const scope = joinScopes(
    parts.map((part) => part.scope),
    label,
  )
  const [c, key] = [BigInt(join.accumulator), needKey(document, "join")]
  const signals = joinPublic(
    parts.map((part) => part.c),
    c,
  )
  const { closing, proof } = join
  const sum = { key, publicSignals: signals, proof, label: `${label}, sum` }
  return {
    label,
    scope,
    c,
    closing,
    record: null,
    cases: [sum, ...closingCases(closing, c, needKey(document, "bound"), label)],
  }
}

function walkRuns(tally: RunsTally, document: Presentation, label: string): Walk {
  const { runs, kind: _, ...terms } = tally
  const [asked, key] = [askedBy(tally), needKey(document, "open")]
  const word = encodeClaimWord({ length: 1, unopened: 0, voids: 0 }, asked)
  check(terms.from < terms.to, "CLAIM_PERIOD_MISMATCH", `${label}: from ${terms.from} to ${terms.to} is no period`)
  let c = EMPTY_ACCUMULATOR
  let before = ""
  const cases = runs.map(({ device, run, root, cFrom, cTo, proof }): ProofCase => {
    const where = `${label}, run ${run}`
    const place = `${device}/${run.toString().padStart(20, "0")}`
    check(place > before, BROKEN, `${where}: runs are repeated or not in ascending order`)
    check(BigInt(cFrom) === c, BROKEN, `${where}: it does not start at the accumulator before it`)
    const signals = { root: BigInt(root), word, asked: askedDigest(asked.tags), cFrom: c, cTo: BigInt(cTo) }
    before = place
    c = BigInt(cTo)
    return { key, publicSignals: openPublic(signals), proof, label: where }
  })
  const owners = runs.map(({ anchor: { operator, voucher } }) => ({ operator, voucher }))
  const scope = { ...terms, owners, asOf: null, runs: BigInt(runs.length), unopened: 0, voids: 0 }
  return { label, scope, c, cases, closing: null, record: null }
}

function walkPublished(tally: PublishedTally, label: string): Walk {
  const { chainId, registry, claims, operator, filters, conditions, from, to, asOf } = tally
  check(from < to, "CLAIM_PERIOD_MISMATCH", `${label}: from ${from} to ${to} is no period`)
  const owners = tally.ledgers.map(({ voucher }) => ({ operator, voucher }))
  const { runs, unopened, voids } = tally
  const scope = { chainId, registry, filters, conditions, from, to, asOf, owners, runs, unopened, voids }
  const record = `${chainId}/${claims}/${operator}`
  return { label, scope, c: BigInt(tally.accumulator), cases: [], closing: tally.closing, record }
}

function walkTally(tally: Tally, before: readonly Walk[], document: Presentation, label: string): Walk {
  if (tally.kind === "join") return walkJoin(tally, before, document, label)
  if (tally.kind === "published") return walkPublished(tally, label)
  return tally.kind === "runs" ? walkRuns(tally, document, label) : walkPeriod(tally, document, label)
}

/** Follows the tallies of a document from end to end and collects what their proofs must show. Throws a Rejection. */
export function walkTallies(document: Presentation): readonly Walk[] {
  const walks: Walk[] = []
  for (const [i, tally] of document.tallies.entries()) walks.push(walkTally(tally, walks, document, `tally ${i + 1}`))
  return walks
}
