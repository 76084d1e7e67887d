import {
  type ClaimBound,
  check,
  countsWork,
  encodeFed,
  METRICS,
  type Measure,
  type Presentation,
  type ProvenBound,
  requiredBy,
} from "@wattest/protocol"
import { needKey, type Walk } from "./chains.ts"
import { boundCase } from "./closing.ts"
import type { ProofCase } from "./groth16.ts"

/** A bound with the tallies of its two sides, and what is to be proved of it. */
export type WalkedBound = {
  readonly bound: ProvenBound
  readonly tally: Walk
  readonly over: Walk
  /** Null: the registry of claims holds the bound. */
  readonly proofCase: ProofCase | null
}

const MISMATCH = "CLAIM_METRIC_MISMATCH"

function measureOf({ metric, ratio }: ClaimBound, label: string): Measure {
  const isRatio = metric === "ratio"
  check(isRatio === (ratio !== undefined), MISMATCH, `${label}: a ratio says what it divides, and nothing else does`)
  return ratio === undefined ? METRICS[metric] : { ...METRICS.ratio, ...ratio }
}

function tallyAt(walks: readonly Walk[], place: number, label: string): Walk {
  const walk = walks[place]
  check(walk !== undefined, MISMATCH, `${label}: there is no tally ${place + 1}`)
  return walk
}

/** Only a ratio is over two tallies: of one operator and one period. */
function checkPair({ metric }: ClaimBound, { scope }: Walk, { scope: over }: Walk, label: string): void {
  if (scope === over) return
  check(metric === "ratio", MISMATCH, `${label}: ${metric} is over one tally`)
  const isOfOne = scope.chainId === over.chainId && scope.registry === over.registry
  check(isOfOne && scope.owners[0]?.operator === over.owners[0]?.operator, MISMATCH, `${label}: of two operators`)
  check(scope.from === over.from && scope.to === over.to, MISMATCH, `${label}: of two periods`)
}

/** Work has one unit, and nothing from which the number would flatter may have been left unfed. */
function checkSide(side: Measure, { scope: { filters, conditions } }: Walk, { lo, hi }: ClaimBound, label: string) {
  const { unit } = filters
  check(
    !countsWork(side) || (unit !== null && unit !== ""),
    MISMATCH,
    `${label}: it counts work and names no unit of it`,
  )
  const lacking = requiredBy(side, { lo, hi }) & ~encodeFed(conditions.required)
  check(lacking === 0n, "CLAIM_SOURCE_MISSING", `${label}: bits 0x${lacking.toString(16)} of fed are no condition`)
}

/** What is to be proved of a bound; null where its published tally has it, of one registry of claims and one operator. */
function caseOf(
  { lo, hi, proof, published }: ClaimBound,
  measure: Measure,
  [{ record, c }, over]: readonly [Walk, Walk],
  { document, label }: { readonly document: Presentation; readonly label: string },
): ProofCase | null {
  const isOne = (proof === undefined) !== (published === undefined)
  check(isOne, MISMATCH, `${label}: it has a proof, or a place on the chain`)
  if (proof === undefined) {
    const isThere = record !== null && record === over.record
    check(isThere, MISMATCH, `${label}: its tallies are not both in one registry of claims`)
    return null
  }
  const terms = { measure, isStrict: true, bounds: { lo, hi }, proof }
  return { ...boundCase(terms, [c, over.c]), key: needKey(document, "bound"), label }
}

function walkBound(bound: ClaimBound, walks: readonly Walk[], document: Presentation, label: string): WalkedBound {
  const { metric, lo, hi } = bound
  const [tally, over] = [tallyAt(walks, bound.tally, label), tallyAt(walks, bound.over, label)]
  const measure = measureOf(bound, label)
  check(lo <= hi, MISMATCH, `${label}: bounds ${lo} and ${hi} leave nothing between them`)
  checkPair(bound, tally, over, label)
  checkSide({ ...measure, denominator: [] }, tally, bound, label)
  checkSide({ ...measure, numerator: [] }, over, bound, label)
  const proofCase = caseOf(bound, measure, [tally, over], { document, label })
  return { bound: { metric, measure, lo, hi }, tally, over, proofCase }
}

/** What the bounds of a document say of its tallies, and what their proofs must show. Throws a Rejection. */
export function walkBounds(document: Presentation, walks: readonly Walk[]): readonly WalkedBound[] {
  return document.bounds.map((bound, i) => walkBound(bound, walks, document, `bound ${i + 1}`))
}
