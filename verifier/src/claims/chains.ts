import {
  askedOf,
  boundPublic,
  type Claim,
  type ClaimedLedger,
  type ClaimSegment,
  check,
  EMPTY_ACCUMULATOR,
  encodeClaimWord,
  type Filters,
  foldPublic,
  type Hex,
  METRICS,
  maskOf,
  openPublic,
  type PeriodClaim,
  type Presentation,
  type RunsClaim,
  type VerificationKey,
  wholeOf,
} from "@wattest/protocol"
import type { ProofCase } from "./groth16.ts"

/** What a walk over a claim's chains finds: what there is to prove, and what was left unopened or void. */
export type Walk = {
  readonly cases: readonly ProofCase[]
  readonly unopened: number
  readonly voids: number
  readonly runs: bigint
}

type Chain = { readonly filters: Filters; readonly key: VerificationKey; readonly label: string }
type ChainEnd = { readonly cases: ProofCase[]; readonly c: bigint; readonly unopened: number; readonly voids: number }

function needKey(key: VerificationKey | undefined, circuit: string): VerificationKey {
  check(key !== undefined, "FIELD_MISSING", `$.keys.${circuit}`)
  return key
}

function segmentCase(segment: ClaimSegment, { filters, key, label }: Chain): ProofCase {
  const asked = askedOf(filters)
  const [model = 0n, unit = 0n, zone = 0n, party = 0n] = asked.tags
  const { headFrom, headTo, cFrom, cTo, proof } = segment
  const ends = { headFrom: BigInt(headFrom), headTo: BigInt(headTo), cFrom: BigInt(cFrom), cTo: BigInt(cTo) }
  const publicSignals = foldPublic({ ...ends, word: encodeClaimWord(segment, asked), model, unit, zone, party })
  return { key, publicSignals, proof, label }
}

/** Segments lead head to head from one end of each ledger to the other, and C to C from nothing through all ledgers. */
function walkSegments(parts: readonly (readonly [ClaimedLedger, readonly ClaimSegment[]])[], chain: Chain): ChainEnd {
  const code = "CLAIM_SEGMENTS_BROKEN"
  let c = EMPTY_ACCUMULATOR
  const end = { cases: [] as ProofCase[], unopened: 0, voids: 0 }
  for (const [at, [{ from, to }, segments]] of parts.entries()) {
    let { head, length }: { head: Hex; length: bigint } = from
    for (const [i, segment] of segments.entries()) {
      const label = `${chain.label}, ledger ${at + 1}, segment ${i + 1}`
      check(segment.headFrom === head, code, `${label}: it does not start at the head before it`)
      check(BigInt(segment.cFrom) === c, code, `${label}: it does not start at the accumulator before it`)
      end.cases.push(segmentCase(segment, { ...chain, label }))
      end.unopened += segment.unopened
      end.voids += segment.voids
      head = segment.headTo
      length += BigInt(segment.length)
      c = BigInt(segment.cTo)
    }
    check(
      head === to.head && length === to.length,
      code,
      `${chain.label}, ledger ${at + 1}: it ends at ${length} of ${to.length} runs`,
    )
  }
  return { ...end, c }
}

function boundCase(
  claim: Claim,
  key: VerificationKey,
  [numerator, denominator]: readonly [bigint, bigint],
  label: string,
): ProofCase {
  const metric = METRICS[claim.metric]
  const publicSignals = boundPublic({
    ...{ cNumerator: numerator, cDenominator: denominator },
    ...{ numeratorMask: maskOf(metric.numerator), denominatorMask: maskOf(metric.denominator) },
    ...{ scale: metric.scale, lo: claim.lo, hi: claim.hi },
  })
  return { key, publicSignals, proof: claim.bound, label: `${label}, bound` }
}

function walkPeriod(claim: PeriodClaim, { keys }: Presentation, label: string): Walk {
  const key = needKey(keys.fold, "fold")
  const { ledgers, filters, metric } = claim
  const top = walkSegments(
    ledgers.map((ledger) => [ledger, ledger.segments]),
    { filters, key, label },
  )
  const { isShare } = METRICS[metric]
  for (const { denominator } of ledgers)
    check(
      (denominator !== undefined) === isShare,
      "CLAIM_METRIC_MISMATCH",
      `${label}: ${metric} ${isShare ? "needs" : "has no"} second chain`,
    )
  const bottom = isShare
    ? walkSegments(
        ledgers.map((ledger) => [ledger, ledger.denominator ?? []]),
        { filters: wholeOf(filters), key, label: `${label}, denominator` },
      )
    : { ...top, cases: [] }
  const cases = [...top.cases, ...bottom.cases, boundCase(claim, keys.bound, [top.c, bottom.c], label)]
  const runs = ledgers.reduce((sum, { from, to }) => sum + to.length - from.length, 0n)
  return { cases, unopened: Math.max(top.unopened, bottom.unopened), voids: top.voids, runs }
}

function walkRuns(claim: RunsClaim, { keys }: Presentation, label: string): Walk {
  const key = needKey(keys.open, "open")
  check(
    !METRICS[claim.metric].isShare,
    "CLAIM_METRIC_MISMATCH",
    `${label}: a share is of a whole ledger, not of chosen runs`,
  )
  const asked = askedOf(claim.filters)
  const [model = 0n, unit = 0n, zone = 0n, party = 0n] = asked.tags
  const word = encodeClaimWord({ length: 1, unopened: 0, voids: 0 }, asked)
  let c = EMPTY_ACCUMULATOR
  let before = ""
  const cases: ProofCase[] = []
  for (const { device, run, root, cFrom, cTo, proof } of claim.runs) {
    const place = `${device}/${run.toString().padStart(20, "0")}`
    check(
      place > before,
      "CLAIM_SEGMENTS_BROKEN",
      `${label}: runs are repeated or not in ascending order at run ${run} of ${device}`,
    )
    check(
      BigInt(cFrom) === c,
      "CLAIM_SEGMENTS_BROKEN",
      `${label}, run ${run}: it does not start at the accumulator before it`,
    )
    const signals = { root: BigInt(root), word, model, unit, zone, party, cFrom: c, cTo: BigInt(cTo) }
    cases.push({ key, publicSignals: openPublic(signals), proof, label: `${label}, run ${run}` })
    before = place
    c = BigInt(cTo)
  }
  cases.push(boundCase(claim, keys.bound, [c, c], label))
  return { cases, unopened: 0, voids: 0, runs: BigInt(claim.runs.length) }
}

/** Follows a claim's chains from end to end and collects what its proofs must show. Throws a Rejection. */
export function walkClaim(claim: Claim, presentation: Presentation, label: string): Walk {
  return claim.kind === "period" ? walkPeriod(claim, presentation, label) : walkRuns(claim, presentation, label)
}
