import {
  type BoundTerms,
  boundPublic,
  type ClosingBounds,
  encodeBounds,
  encodeMeasure,
  type Groth16Proof,
  METRICS,
  type MetricName,
  NO_UPPER_BOUND,
  type VerificationKey,
} from "@wattest/protocol"
import type { ProofCase } from "./groth16.ts"

type Proven = BoundTerms & { readonly proof: Groth16Proof }

/** What the proof of a bound over these accumulators must show. */
export function boundCase({ measure, isStrict, bounds, proof }: Proven, [top, bottom]: readonly [bigint, bigint]) {
  const words = { measure: encodeMeasure(measure, isStrict), bounds: encodeBounds(bounds) }
  return { publicSignals: boundPublic({ cNumerator: top, cDenominator: bottom, ...words }), proof }
}

/** Metered time, blind share and broken runs of every tally over a period. */
export function closingCases(
  { meteredAtLeast, blindAtMost, brokenAtMost, proofs }: ClosingBounds,
  c: bigint,
  key: VerificationKey,
  label: string,
): readonly ProofCase[] {
  const proven: readonly (readonly [MetricName, BoundTerms["bounds"]])[] = [
    ["metered-time", { lo: meteredAtLeast, hi: NO_UPPER_BOUND }],
    ["blind-share", { lo: 0n, hi: blindAtMost }],
    ["broken", { lo: 0n, hi: brokenAtMost }],
  ]
  return proven.flatMap(([metric, bounds], i) => {
    const proof = proofs[i]
    if (proof === undefined) return []
    const terms = { measure: METRICS[metric], isStrict: false, bounds, proof }
    return [{ ...boundCase(terms, [c, c]), key, label: `${label}, ${metric}` }]
  })
}
