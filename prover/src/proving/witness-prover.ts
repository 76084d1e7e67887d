import type * as snarkjs from "snarkjs"

/**
 * Proves a witness, a file of snarkjs in memory, by one proving key: ours, rapidsnark's library and its program give
 * proofs alike. Rejects where the witness is of another circuit. Whoever asks verifies what it gives.
 */
export type WitnessProver = (witness: Uint8Array) => Promise<snarkjs.Groth16Proof>
