import {
  type BoundInput,
  boundPublic,
  type FoldInput,
  foldPublic,
  type Groth16Proof,
  groth16Proof,
  type JoinInput,
  joinPublic,
  type OpenInput,
  openPublic,
  type VerificationKey,
} from "@wattest/protocol"
import { checkProofs } from "@wattest/verifier"
import { type Circuit, readVerificationKey } from "./key-folder.ts"
import type { Assignment } from "./prover-pool.ts"

/** Public signals of an assignment that a planner of ours made. */
function publicOf(circuit: Circuit, input: Assignment): bigint[] {
  switch (circuit) {
    case "fold":
      return foldPublic(input as FoldInput)
    case "open":
      return openPublic(input as OpenInput)
    case "join":
      return joinPublic((input as JoinInput).parts, (input as JoinInput).sum)
    case "bound":
      return boundPublic(input as BoundInput)
  }
}

/** The proof in an answer of anybody, if it verifies for this very assignment; else null. Throws KEYS_MISSING alone. */
export type ProofCheck = (circuit: Circuit, input: Assignment, answer: unknown) => Promise<Groth16Proof | null>

/** Judges proofs by the verification keys of a folder: a proof counts once it verifies, wherever it lay and whoever made it. */
export function createProofCheck(folder: string): ProofCheck {
  const keys = new Map<Circuit, VerificationKey>()
  const keyOf = (circuit: Circuit) => {
    const key = keys.get(circuit) ?? readVerificationKey(folder, circuit)
    keys.set(circuit, key)
    return key
  }
  return async (circuit, input, answer) => {
    const key = keyOf(circuit)
    try {
      const proof = groth16Proof(answer as Parameters<typeof groth16Proof>[0], "proof")
      checkProofs([{ key, publicSignals: publicOf(circuit, input), proof, label: circuit }])
      return proof
    } catch {
      return null
    }
  }
}
