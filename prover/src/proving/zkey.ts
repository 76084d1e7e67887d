/** Bytes of a file: `size` of them from `at`, fewer where it ends. */
export type ReadBytes = (at: number, size: number) => Uint8Array

/** Where the content of a section lies in its file. */
export type Section = { readonly at: number; readonly size: number }

/** The field's elements, and the points of both groups: affine, in Montgomery form, least significant byte first. */
export const [WORD, G1_BYTES, G2_BYTES] = [32, 64, 128]
const [FILE_HEADER, SECTION_HEADER] = [12, 12]
/** A key of Groth16 has ten. */
const MAX_SECTIONS = 16

function exactly(read: ReadBytes, at: number, size: number): DataView {
  const { buffer, byteOffset, length } = read(at, size)
  if (length !== size) throw new Error("a proving key that is cut off")
  return new DataView(buffer, byteOffset, length)
}

/** The sections of a key in snarkjs' .zkey format, by their number. Throws where it is another file, or cut off. */
export function sectionsOf(read: ReadBytes): ReadonlyMap<number, Section> {
  const head = exactly(read, 0, FILE_HEADER)
  const count = head.getUint32(8, true)
  if (head.getUint32(0) !== 0x7a6b6579 || count > MAX_SECTIONS) throw new Error("no proving key")
  const found = new Map<number, Section>()
  for (let [at, i] = [FILE_HEADER, 0]; i < count; i++) {
    const header = exactly(read, at, SECTION_HEADER)
    const size = Number(header.getBigUint64(4, true))
    found.set(header.getUint32(0, true), { at: at + SECTION_HEADER, size })
    at += SECTION_HEADER + size
    if (size > 0) exactly(read, at - 1, 1)
  }
  return found
}

/** The content of a section. Throws where the file lacks it, ends in it, or where it is longer than `maxBytes`. */
export function contentOf(
  read: ReadBytes,
  sections: ReadonlyMap<number, Section>,
  id: number,
  maxBytes = Number.POSITIVE_INFINITY,
): Uint8Array {
  const section = sections.get(id)
  if (section === undefined) throw new Error(`a proving key without its section ${id}`)
  if (section.size > maxBytes) throw new Error(`a proving key whose section ${id} is longer than ${maxBytes} bytes`)
  const { buffer, byteOffset, byteLength } = exactly(read, section.at, section.size)
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)
}

/** The header of a Groth16 key of bn254: sizes of its circuit, and the points that every proof has to do with. */
export type KeyHeader = {
  /** How many values a witness has. */
  readonly wires: number
  readonly publicCount: number
  /** Rows of the constraint system, filled up to a power of two. */
  readonly domainSize: number
  readonly alpha1: Uint8Array
  readonly beta1: Uint8Array
  readonly beta2: Uint8Array
  readonly gamma2: Uint8Array
  readonly delta1: Uint8Array
  readonly delta2: Uint8Array
}

/** Reads the second section. Throws where it is too short. */
export function headerOf(section: Uint8Array): KeyHeader {
  const numbersAt = 2 * (4 + WORD)
  const view = new DataView(section.buffer, section.byteOffset, section.byteLength)
  if (section.length < numbersAt + 12 + 3 * G1_BYTES + 3 * G2_BYTES) throw new Error("a proving key without its header")
  const number = (i: number) => view.getUint32(numbersAt + 4 * i, true)
  let at = numbersAt + 12
  const point = (size: number) => {
    at += size
    return new Uint8Array(section.subarray(at - size, at))
  }
  const [alpha1, beta1, beta2, gamma2] = [point(G1_BYTES), point(G1_BYTES), point(G2_BYTES), point(G2_BYTES)]
  const [delta1, delta2] = [point(G1_BYTES), point(G2_BYTES)]
  const sizes = { wires: number(0), publicCount: number(1), domainSize: number(2) }
  return { ...sizes, alpha1, beta1, beta2, gamma2, delta1, delta2 }
}
