import { sha256 } from "@noble/hashes/sha2.js"
import {
  bigIntToBytes,
  bytesToBigInt,
  concatBytes,
  encodeDocument,
  type Groth16Proof,
  type VerificationKey,
} from "@wattest/protocol"

/** What a proof's weight depends on. `publicSignals` in the circuit's order. */
export type Weighed = {
  readonly key: VerificationKey
  readonly publicSignals: readonly bigint[]
  readonly proof: Groth16Proof
}

/**
 * Weights of the random linear combination, 128 bits each, from a digest of everything that is verified: whoever makes
 * a proof cannot choose its weight, and the same documents always give the same answer.
 */
export function weightsOf(cases: readonly Weighed[]): readonly bigint[] {
  const digest = sha256(encodeDocument(cases.map(({ key, publicSignals, proof }) => ({ key, publicSignals, proof }))))
  return cases.map((_, i) => {
    const weight = bytesToBigInt(sha256(concatBytes(digest, bigIntToBytes(BigInt(i), 8))).subarray(0, 16))
    return weight === 0n ? 1n : weight
  })
}
