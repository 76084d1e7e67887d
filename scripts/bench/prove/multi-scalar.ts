/// <reference path="../../../prover/src/snarkjs.d.ts" />
import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { curves } from "snarkjs"

const [POINT, SCALAR] = [64, 32]
const POINTS = 2 ** 16
/** Sections of a .zkey that a proof multiplies and sums: A, B in G1, B in G2, private wires, quotient. */
const SECTIONS = { a: 5, b1: 6, b2: 7, wires: 8, quotient: 9 } as const

/** The bytes of one section of a .zkey, as snarkjs' own reader finds them: type and length before each. */
function section(zkey: Buffer, wanted: number): Buffer {
  for (let at = 12; at < zkey.length; ) {
    const size = Number(zkey.readBigUInt64LE(at + 4))
    if (zkey.readUInt32LE(at) === wanted) return zkey.subarray(at + 12, at + 12 + size)
    at += 12 + size
  }
  throw new Error(`a proving key without section ${wanted}`)
}

/**
 * How many points of G1 a proof takes times scalars. One of G2 counts as three, since its field's product is three
 * products. Zero and one are scalars like others here, though they cost less.
 */
export function pointsOf(zkeyPath: string): number {
  const zkey = readFileSync(zkeyPath)
  const { a, b1, b2, wires, quotient } = SECTIONS
  const inG1 = [a, b1, wires, quotient].reduce((sum, id) => sum + section(zkey, id).length / POINT, 0)
  return inG1 + (3 * section(zkey, b2).length) / (2 * POINT)
}

/**
 * Points of G1 that ffjavascript, snarkjs' arithmetic, takes times random scalars and sums in a second on all cores:
 * what bounds a proof from below whose sums are snarkjs'. Ours are not, and take about half. The better of two, over 2^16
 * points.
 */
export async function multiScalarRate(zkeyPath: string): Promise<number> {
  const curve = await curves.getCurveFromName("bn128", { singleThread: false })
  const points = new Uint8Array(section(readFileSync(zkeyPath), SECTIONS.quotient).subarray(0, POINTS * POINT))
  const scalars = new Uint8Array(randomBytes(POINTS * SCALAR))
  // Below 2^253, so below the group's order.
  for (let i = SCALAR - 1; i < scalars.length; i += SCALAR) scalars[i] = (scalars[i] ?? 0) & 0x1f
  const times: number[] = []
  for (let i = 0; i < 2; i++) {
    const startedAt = performance.now()
    await curve.G1.multiExpAffine(points, scalars)
    times.push((performance.now() - startedAt) / 1000)
  }
  await curve.terminate()
  return POINTS / Math.min(...times)
}
