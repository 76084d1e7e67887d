import { closeSync, openSync, readSync } from "node:fs"
import { bigIntToBytes, type Hex, toHex, type VerificationKey } from "@wattest/protocol"
import { contentOf, G1_BYTES, headerOf, sectionsOf, WORD } from "./zkey.ts"

/** The field of the curve's coordinates, and by what its Montgomery form multiplies them. */
const FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583n
const RADIX = 2n ** 256n
/** Longest sections that are read here: the header, and a point for each public signal. */
const MAX_SECTION_BYTES = 65_536

/** 1/a modulo the field, by Euclid. */
function inverse(a: bigint): bigint {
  let [r, next, x, xNext] = [FIELD, a % FIELD, 0n, 1n]
  while (next !== 0n) {
    const quotient = r / next
    ;[r, next, x, xNext] = [next, r - quotient * next, xNext, x - quotient * xNext]
  }
  return ((x % FIELD) + FIELD) % FIELD
}
const OUT_OF_MONTGOMERY = inverse(RADIX)

function word(bytes: Uint8Array, at: number): Hex {
  const value = BigInt(toHex(bytes.slice(at, at + WORD).reverse()))
  return toHex(bigIntToBytes((value * OUT_OF_MONTGOMERY) % FIELD, WORD))
}
const g1 = (bytes: Uint8Array, at = 0) => [word(bytes, at), word(bytes, at + WORD)]
const g2 = (bytes: Uint8Array) => [g1(bytes), g1(bytes, G1_BYTES)]

/** The verification key that a proving key in snarkjs' .zkey format belongs to. Throws where the file is another one. */
export function verificationKeyIn(path: string): VerificationKey {
  const file = openSync(path, "r")
  const read = (at: number, size: number) => {
    const bytes = Buffer.alloc(size)
    return bytes.subarray(0, readSync(file, bytes, 0, size, at))
  }
  try {
    const sections = sectionsOf(read)
    const { alpha1, beta2, gamma2, delta2 } = headerOf(contentOf(read, sections, 2, MAX_SECTION_BYTES))
    const inputs = contentOf(read, sections, 3, MAX_SECTION_BYTES)
    return {
      ...{ alpha: g1(alpha1), beta: g2(beta2), gamma: g2(gamma2), delta: g2(delta2) },
      ic: Array.from({ length: inputs.length / G1_BYTES }, (_, i) => g1(inputs, i * G1_BYTES)),
    }
  } finally {
    closeSync(file)
  }
}
