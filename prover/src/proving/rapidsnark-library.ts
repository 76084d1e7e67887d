import type * as snarkjs from "snarkjs"
import type { WitnessProver } from "./witness-prover.ts"

/** rapidsnark writes some 710 bytes; public signals are at most 82 bytes each, of which no circuit here has 100. */
const [PROOF_BYTES, PUBLIC_BYTES, ERROR_BYTES] = [4096, 16_384, 512]

const CREATE =
  "int groth16_prover_create(_Out_ void **prover, const void *zkey, unsigned long long zkeySize, void *error, unsigned long long errorSize)"
const PROVE =
  "int groth16_prover_prove(void *prover, const void *witness, unsigned long long witnessSize, void *proof, _Inout_ unsigned long long *proofSize, void *signals, _Inout_ unsigned long long *signalsSize, void *error, unsigned long long errorSize)"

const textOf = (bytes: Buffer) => bytes.toString("utf8").split("\0", 1)[0] ?? ""

function loaded<T>(load: () => T, path: string): T {
  try {
    return load()
  } catch (error) {
    const { message } = error as Error
    throw new Error(`${path}: ${message}; without it on the PATH, snarkjs proves`)
  }
}

/**
 * Loads rapidsnark's shared library into this process. What it answers for a proving key keeps the key in memory and
 * its points parsed, which its program does anew for each proof. Rejects when the library cannot be loaded or called.
 */
export async function loadRapidsnark(path: string): Promise<(zkey: Uint8Array) => WitnessProver> {
  const { default: koffi } = await import("koffi").catch(({ message }: Error) => {
    throw new Error(`${path} is called by the package koffi, which is not installed: ${message.split("\n")[0]}`)
  })
  const library = loaded(() => koffi.load(path), path)
  const [create, prove] = [library.func(CREATE), library.func(PROVE)]

  function call(native: (...args: unknown[]) => number, ...args: unknown[]): void {
    const error = Buffer.alloc(ERROR_BYTES)
    const code = native(...args, error, BigInt(error.length))
    if (code !== 0) throw new Error(`rapidsnark answers ${code}: ${textOf(error)}`)
  }

  // The library reads a key where it lies, at each proof, so it must outlive this call.
  const held: Uint8Array[] = []

  return (zkey) => {
    held.push(zkey)
    const made: unknown[] = [null]
    call(create, made, zkey, BigInt(zkey.length))
    return async (witness) => {
      const [proof, signals] = [Buffer.alloc(PROOF_BYTES), Buffer.alloc(PUBLIC_BYTES)]
      const sizes = [[BigInt(PROOF_BYTES)], [BigInt(PUBLIC_BYTES)]] as const
      call(prove, made[0], witness, BigInt(witness.length), proof, sizes[0], signals, sizes[1])
      return JSON.parse(textOf(proof)) as snarkjs.Groth16Proof
    }
  }
}
