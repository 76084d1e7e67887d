import { blake2b } from "@noble/hashes/blake2.js"
import { invert, Q } from "../keys/field.ts"
import { readWord, section } from "../keys/r1cs.ts"

/** One contribution to a proving key, as the key itself records it. */
export type Contribution = {
  readonly name: string
  /** BLAKE2b-512 of the contribution's points and transcript, in hex: what a contributor publishes. */
  readonly hash: string
  /** Of the contribution that everybody can repeat; others have none. */
  readonly beacon?: { readonly hash: string; readonly iterationsExponent: number }
}

const CONTRIBUTIONS = 10
const G1 = 64
const G2 = 128
const TRANSCRIPT = 64
const KINDS = { secret: 0, beacon: 1 }
const PARAMETERS = { name: 1, iterationsExponent: 2, beaconHash: 3 }

/**
 * The contributions in a .zkey file. Section 10: digest of the circuit, count, then each one: delta afterwards, a point
 * and its multiple in G1, one in G2, a transcript, and its kind with parameters (type, value, some with a length).
 */
export function readContributions(zkey: Uint8Array): Contribution[] {
  const bytes = section(zkey, CONTRIBUTIONS)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 68
  return Array.from({ length: view.getUint32(64, true) }, () => {
    const start = at
    at += 3 * G1 + G2 + TRANSCRIPT
    const [kind, length] = [view.getUint32(at, true), view.getUint32(at + 4, true)]
    const parameters = readParameters(bytes.subarray(at + 8, at + 8 + length))
    at += 8 + length
    const hash = hashContribution(bytes.subarray(start, start + 3 * G1 + G2 + TRANSCRIPT))
    return { name: parameters.name, hash, ...(kind === KINDS.beacon ? { beacon: parameters.beacon } : {}) }
  })
}

function readParameters(bytes: Uint8Array) {
  const found = { name: "", beacon: { hash: "", iterationsExponent: 0 } }
  let at = 0
  const sized = () => {
    const length = bytes[at++] ?? 0
    at += length
    return Buffer.from(bytes.subarray(at - length, at))
  }
  while (at < bytes.length) {
    const type = bytes[at++]
    if (type === PARAMETERS.name) found.name = sized().toString()
    else if (type === PARAMETERS.iterationsExponent) found.beacon.iterationsExponent = bytes[at++] ?? 0
    else if (type === PARAMETERS.beaconHash) found.beacon.hash = sized().toString("hex")
    else throw new Error(`the key has a contribution with an unknown parameter ${type}`)
  }
  return found
}

// The hash is over coordinates in big-endian order, imaginary parts first; the file has them in Montgomery form.
function hashContribution(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const coordinate = (at: number) => encodeCoordinate(readWord(view, at))
  const point = (at: number) => [coordinate(at), coordinate(at + 32)]
  const swapped = (at: number) => [coordinate(at + 32), coordinate(at), coordinate(at + 96), coordinate(at + 64)]
  const points = [...point(0), ...point(G1), ...point(2 * G1), ...swapped(3 * G1)]
  const transcript = bytes.subarray(3 * G1 + G2)
  return Buffer.from(blake2b(Buffer.concat([...points, transcript]), { dkLen: 64 })).toString("hex")
}

const MONTGOMERY_INVERSE = invert(1n << 256n, Q)

function encodeCoordinate(montgomery: bigint): Uint8Array {
  return Buffer.from(((montgomery * MONTGOMERY_INVERSE) % Q).toString(16).padStart(64, "0"), "hex")
}
