const [G1_BYTES, G2_BYTES, WORD] = [64, 128, 32]
const COEFFICIENT_BYTES = 44

/** The points of a sum that are not the zero of their group, `size` bytes each, and the wire that each belongs to. */
export type SumKey = { readonly points: Uint8Array; readonly wires: Uint32Array }

/** A Groth16 proving key, its points affine and in Montgomery form as the .zkey has them. */
export type ProvingKey = {
  /** How many values a witness has. */
  readonly wires: number
  /** Rows of the constraint system, filled up to a power of two. */
  readonly domainSize: number
  readonly alpha1: Uint8Array
  readonly beta1: Uint8Array
  readonly beta2: Uint8Array
  readonly delta1: Uint8Array
  readonly delta2: Uint8Array
  /** Matrix, row, wire and value, 44 bytes each. */
  readonly coefficients: Uint8Array
  readonly a: SumKey
  readonly b1: SumKey
  readonly b2: SumKey
  readonly privates: SumKey
  /** Its wires are the quotient's values. */
  readonly quotient: SumKey
}

function sections(zkey: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const view = new DataView(zkey.buffer, zkey.byteOffset, zkey.byteLength)
  if (zkey.length < 12 || new TextDecoder().decode(zkey.subarray(0, 4)) !== "zkey") throw new Error("no proving key")
  const found = new Map<number, Uint8Array>()
  for (let at = 12; at + 12 <= zkey.length; ) {
    const size = Number(view.getBigUint64(at + 4, true))
    if (at + 12 + size > zkey.length) throw new Error("a proving key that is cut off")
    found.set(view.getUint32(at, true), zkey.subarray(at + 12, at + 12 + size))
    at += 12 + size
  }
  return found
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
  const found = sections(zkey)
  const get = (id: number) => {
    const section = found.get(id)
    if (!section) throw new Error(`a proving key without its section ${id}`)
    return section
  }
  const [protocol, header] = [get(1), get(2)]
  if (protocol[0] !== 1) throw new Error("a proving key that is not Groth16's")
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  const numbersAt = 2 * (4 + WORD)
  const number = (i: number) => view.getUint32(numbersAt + 4 * i, true)
  const [wires, publicCount, domainSize] = [number(0), number(1), number(2)]
  // alpha, beta in G1; beta, gamma in G2; delta in G1 and in G2.
  const points = header.subarray(numbersAt + 12)
  const point = (at: number, size: number) => new Uint8Array(points.subarray(at, at + size))
  const [alpha1, beta1, beta2] = [point(0, G1_BYTES), point(64, G1_BYTES), point(128, G2_BYTES)]
  const [delta1, delta2] = [point(384, G1_BYTES), point(448, G2_BYTES)]
  const coefficients = new Uint8Array(get(4).subarray(4))
  if (coefficients.length % COEFFICIENT_BYTES !== 0) throw new Error("a proving key with half a coefficient")
  return {
    ...{ wires, domainSize, alpha1, beta1, beta2, delta1, delta2, coefficients },
    a: sumKey(get(5), G1_BYTES),
    b1: sumKey(get(6), G1_BYTES),
    b2: sumKey(get(7), G2_BYTES),
    privates: sumKey(get(8), G1_BYTES, publicCount + 1),
    quotient: sumKey(get(9), G1_BYTES),
  }
}
