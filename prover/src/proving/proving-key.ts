import { contentOf, G1_BYTES, G2_BYTES, headerOf, type KeyHeader, sectionsOf } from "./zkey.ts"

const COEFFICIENT_BYTES = 44

/** The points of a sum that are not the zero of their group, `size` bytes each, and the wire that each belongs to. */
export type SumKey = { readonly points: Uint8Array; readonly wires: Uint32Array }

/** A Groth16 proving key, its points affine and in Montgomery form as the .zkey has them. */
export type ProvingKey = KeyHeader & {
  /** Matrix, row, wire and value, 44 bytes each. */
  readonly coefficients: Uint8Array
  readonly a: SumKey
  readonly b1: SumKey
  readonly b2: SumKey
  readonly privates: SumKey
  /** Its wires are the quotient's values. */
  readonly quotient: SumKey
}

function sumKey(points: Uint8Array, size: number, firstWire = 0): SumKey {
  const isZero = (i: number) => !points.subarray(i * size, (i + 1) * size).some((byte) => byte !== 0)
  const kept = Array.from({ length: points.length / size }, (_, i) => i).filter((i) => !isZero(i))
  const own = new Uint8Array(kept.length * size)
  kept.forEach((i, to) => {
    own.set(points.subarray(i * size, (i + 1) * size), to * size)
  })
  return { points: own, wires: Uint32Array.from(kept, (i) => i + firstWire) }
}

/** Reads a Groth16 key of bn254 in snarkjs' .zkey format, which it copies in parts. Throws where it is another file, or cut off. */
export function readKey(zkey: Uint8Array): ProvingKey {
  const read = (at: number, size: number) => zkey.subarray(at, at + size)
  const sections = sectionsOf(read)
  const get = (id: number) => contentOf(read, sections, id)
  if (get(1)[0] !== 1) throw new Error("a proving key that is not Groth16's")
  const header = headerOf(get(2))
  const coefficients = new Uint8Array(get(4).subarray(4))
  if (coefficients.length % COEFFICIENT_BYTES !== 0) throw new Error("a proving key with half a coefficient")
  return {
    ...header,
    coefficients,
    a: sumKey(get(5), G1_BYTES),
    b1: sumKey(get(6), G1_BYTES),
    b2: sumKey(get(7), G2_BYTES),
    privates: sumKey(get(8), G1_BYTES, header.publicCount + 1),
    quotient: sumKey(get(9), G1_BYTES),
  }
}
