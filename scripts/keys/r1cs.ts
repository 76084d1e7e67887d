/** One side of a constraint: coefficients by wire. */
export type Combination = readonly { readonly wire: number; readonly coefficient: bigint }[]

/** ⟨a, w⟩ · ⟨b, w⟩ = ⟨c, w⟩ over the witness w, whose wire 0 is 1. */
export type Constraint = { readonly a: Combination; readonly b: Combination; readonly c: Combination }

/** A circuit as circom's .r1cs file gives it. Wires 1 to `publicCount` are the public signals. */
export type R1cs = {
  readonly wireCount: number
  readonly publicCount: number
  readonly constraints: readonly Constraint[]
}

const HEADER = 1
const CONSTRAINTS = 2

/** The sections of an iden3 binary file (r1cs, zkey, ptau): magic u32, version u32, count u32, then id u32, length u64, bytes. */
export function sectionsOf(file: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const sections = new Map<number, Uint8Array>()
  let at = 12
  for (let left = view.getUint32(8, true); left > 0; left--) {
    const length = Number(view.getBigUint64(at + 4, true))
    sections.set(view.getUint32(at, true), file.subarray(at + 12, at + 12 + length))
    at += 12 + length
  }
  return sections
}

/** One section of {@link sectionsOf}. Throws when the file lacks it. */
export function section(file: Uint8Array, id: number): Uint8Array {
  const bytes = sectionsOf(file).get(id)
  if (bytes === undefined) throw new Error(`the file has no section ${id}`)
  return bytes
}

/** 32 bytes, little-endian. */
export function readWord(view: DataView, at: number): bigint {
  return (
    view.getBigUint64(at, true) |
    (view.getBigUint64(at + 8, true) << 64n) |
    (view.getBigUint64(at + 16, true) << 128n) |
    (view.getBigUint64(at + 24, true) << 192n)
  )
}

/** Parses a .r1cs file that the compiler wrote over the 32-byte field of BN254. */
export function parseR1cs(file: Uint8Array): R1cs {
  const header = viewOf(section(file, HEADER))
  const view = viewOf(section(file, CONSTRAINTS))
  let at = 0
  const combination = (): Combination => {
    const terms = []
    const count = view.getUint32(at, true)
    at += 4
    for (let i = 0; i < count; i++, at += 36)
      terms.push({ wire: view.getUint32(at, true), coefficient: readWord(view, at + 4) })
    return terms
  }
  const constraints = Array.from({ length: header.getUint32(60, true) }, () => ({
    a: combination(),
    b: combination(),
    c: combination(),
  }))
  const publicCount = header.getUint32(40, true) + header.getUint32(44, true)
  return { wireCount: header.getUint32(36, true), publicCount, constraints }
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
