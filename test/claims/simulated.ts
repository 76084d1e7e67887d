import {
  type BoundTerms,
  boundInput,
  boundPublic,
  foldPublic,
  foldSegment,
  joinPublic,
  joinTotals,
  type Sides,
} from "@wattest/protocol"
import { callOf } from "@wattest/testkit/claims/world"
import { createSimulator } from "../../scripts/keys/simulate.ts"

// Proofs from the public secret of the development keys: each verifies for the signals that it is made for and no others,
// as a real one does, in a thousandth of the time. What real proofs can be made of is tested with real ones.

const lazily = (circuit: "fold" | "join" | "bound") => {
  let simulate: ReturnType<typeof createSimulator> | undefined
  return (signals: readonly bigint[]) => {
    simulate ??= createSimulator("build/circuits", circuit)
    return simulate(signals)
  }
}

const [fold, join, bound] = [lazily("fold"), lazily("join"), lazily("bound")]

/** A segment as the contract takes it, and where the next one starts. */
export function simulateSegment(...args: Parameters<typeof foldSegment>) {
  const segment = foldSegment(...args)
  return { segment, call: callOf(segment, fold(foldPublic(segment.input))) }
}

export function simulateJoin(parts: Parameters<typeof joinTotals>[0], blindSum = 9n) {
  const { input, sum } = joinTotals(parts, blindSum)
  return { sum, accumulator: input.sum, proof: join(joinPublic(input.parts, input.sum)) }
}

export const simulateBound = (sides: Sides, terms: BoundTerms) => bound(boundPublic(boundInput(sides, terms)))
