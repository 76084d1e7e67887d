import { closeSync, openSync, readSync } from "node:fs"
import { bigIntToBytes, type Hex, toHex, type VerificationKey } from "@wattest/protocol"

/** The field of the curve's coordinates, and by what its Montgomery form multiplies them. */
const FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583n
const RADIX = 2n ** 256n
const [WORD, G1, G2] = [32, 64, 128]
/** Longest sections that are read here: the header, and a point for each public signal. */
const MAX_SECTION_BYTES = 65_536
const MAX_SECTIONS = 16

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

/** Two sections of a .zkey by their number, whatever the size of the others. */
function readSections(path: string): ReadonlyMap<number, Buffer> {
  const file = openSync(path, "r")
  const read = (at: number, size: number) => {
    const bytes = Buffer.alloc(size)
    if (readSync(file, bytes, 0, size, at) !== size) throw new Error("a proving key that is cut off")
    return bytes
  }
  try {
    const head = read(0, 12)
    const count = head.readUInt32LE(8)
    if (head.toString("latin1", 0, 4) !== "zkey" || count > MAX_SECTIONS) throw new Error("no proving key")
    const found = new Map<number, Buffer>()
    for (let [at, i] = [12, 0]; i < count; i++) {
      const section = read(at, 12)
      const [id, size] = [section.readUInt32LE(0), Number(section.readBigUInt64LE(4))]
      if ((id === 2 || id === 3) && size <= MAX_SECTION_BYTES) found.set(id, read(at + 12, size))
      at += 12 + size
    }
    return found
  } finally {
    closeSync(file)
  }
}

/** The verification key that a proving key in snarkjs' .zkey format belongs to. Throws where the file is another one. */
export function verificationKeyIn(path: string): VerificationKey {
  const sections = readSections(path)
  const [header, inputs] = [sections.get(2), sections.get(3)]
  const pointsAt = 2 * (4 + WORD) + 12
  if (header === undefined || inputs === undefined || header.length < pointsAt + 3 * G1 + 3 * G2)
    throw new Error("a proving key without its header")
  const word = (bytes: Buffer, at: number): Hex => {
    const value = BigInt(
      `0x${Buffer.from(bytes.subarray(at, at + WORD))
        .reverse()
        .toString("hex")}`,
    )
    return toHex(bigIntToBytes((value * OUT_OF_MONTGOMERY) % FIELD, WORD))
  }
  const g1 = (bytes: Buffer, at: number) => [word(bytes, at), word(bytes, at + WORD)]
  const g2 = (bytes: Buffer, at: number) => [g1(bytes, at), g1(bytes, at + G1)]
  // alpha and beta in G1, beta and gamma in G2, delta in G1 and in G2
  const at = (g1Before: number, g2Before: number) => pointsAt + g1Before * G1 + g2Before * G2
  return {
    alpha: g1(header, at(0, 0)),
    beta: g2(header, at(2, 0)),
    gamma: g2(header, at(2, 1)),
    delta: g2(header, at(3, 2)),
    ic: Array.from({ length: inputs.length / G1 }, (_, i) => g1(inputs, i * G1)),
  }
}
