import { createHash } from "node:crypto"
import { ChaCha } from "ffjavascript"
import { invert, R } from "./field.ts"

/** Public randomness as snarkjs takes a beacon: a hash in hex, and how often SHA-256 is iterated on it, as a power of two. */
export type Beacon = { readonly hash: string; readonly iterationsExponent: number }

const publicBeacon = (text: string): Beacon => ({
  hash: createHash("sha256").update(text).digest("hex"),
  iterationsExponent: 10,
})

/** The beacons of the development keys, one a phase. Their secrets are public: whoever reads this can forge proofs. */
export const DEVELOPMENT_BEACONS = {
  phase1: publicBeacon("wattest development keys, phase 1: the secret is public"),
  phase2: publicBeacon("wattest development keys, phase 2: the secret is public"),
} as const

/** What the makers of Groth16 keys must forget. */
export type Secrets = { readonly tau: bigint; readonly alpha: bigint; readonly beta: bigint; readonly delta: bigint }

/**
 * The secrets of keys to which nothing but these beacons contributed: what snarkjs' `powersoftau beacon` and
 * `zkey beacon` draw, in its order, so that the keys are the ones which snarkjs would make.
 */
export function secretsOf({ phase1, phase2 }: { phase1: Beacon; phase2: Beacon }): Secrets {
  const [draw1, draw2] = [drawsOf(phase1), drawsOf(phase2)]
  return { tau: draw1(), alpha: draw1(), beta: draw1(), delta: draw2() }
}

function drawsOf({ hash, iterationsExponent }: Beacon): () => bigint {
  let digest: Uint8Array = Buffer.from(hash, "hex")
  for (let i = 0; i < 2 ** iterationsExponent; i++) digest = createHash("sha256").update(digest).digest()
  const view = new DataView(digest.buffer, digest.byteOffset)
  const stream = new ChaCha(Array.from({ length: 8 }, (_, i) => view.getUint32(4 * i)))
  return () => drawElement(stream)
}

// Four 64-bit words, least first, cut to 254 bits and drawn again until below r: the Montgomery form of the secret.
function drawElement(stream: ChaCha): bigint {
  for (;;) {
    let value = 0n
    for (let i = 0n; i < 4n; i++) value += BigInt(stream.nextU64()) << (64n * i)
    value &= (1n << 254n) - 1n
    if (value < R) return (value * MONTGOMERY_INVERSE) % R
  }
}

const MONTGOMERY_INVERSE = invert(1n << 256n)
