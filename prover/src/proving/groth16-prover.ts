/// <reference path="../snarkjs.d.ts" />
import type * as snarkjs from "snarkjs"
import { freshBlind } from "../fresh-blind.ts"
import { readKey, type SumKey } from "./proving-key.ts"
import type { WitnessProver } from "./witness-prover.ts"

const WORD = 32
/** Names of places in the memory of WebAssembly while it makes a quotient. */
const [COEFFICIENTS, VALUES, A, B, C, ONE, SHIFT, OUT] = [0, 1, 2, 3, 4, 5, 6, 7] as const
/** Where the values of a witness file start: 12 bytes of header, a section of 40 bytes, and two section headers. */
const [WITNESS_COUNT_AT, WITNESS_AT] = [60, 76]

/** The values in a file of snarkjs, 32 bytes each. Throws where it holds another number of them. */
function valuesOf(witness: Uint8Array, count: number): Uint8Array {
  const view = new DataView(witness.buffer, witness.byteOffset, witness.byteLength)
  const isWhole = witness.length === WITNESS_AT + count * WORD
  if (!isWhole || view.getUint32(WITNESS_COUNT_AT, true) !== count)
    throw new Error(`a witness of another circuit: the proving key has ${count} values`)
  return new Uint8Array(witness.subarray(WITNESS_AT))
}

/** For each value of a witness whether it is another one than zero. */
function nonZero(values: Uint8Array): readonly boolean[] {
  const words = new BigUint64Array(values.buffer)
  return Array.from({ length: values.length / WORD }, (_, i) => [0, 1, 2, 3].some((part) => words[4 * i + part] !== 0n))
}

/**
 * The points and scalars of a sum that add to it. Many values of a witness are 0, and the library chooses its method by
 * the number of points: over all of them it would spend more on empty buckets than on points.
 */
function addends({ points, wires, size }: SumKey, values: Uint8Array, counts: readonly boolean[]) {
  const chosen = Array.from(wires.keys()).filter((i) => counts[wires[i] ?? 0])
  const [bases, scalars] = [new Uint8Array(chosen.length * size), new Uint8Array(chosen.length * WORD)]
  chosen.forEach((i, to) => {
    const wire = wires[i] ?? 0
    bases.set(points.subarray(i * size, (i + 1) * size), to * size)
    scalars.set(values.subarray(wire * WORD, (wire + 1) * WORD), to * WORD)
  })
  return [bases, scalars] as const
}

/**
 * Groth16 (eprint 2016/260) over snarkjs' curve. Unlike snarkjs it parses the proving key once, makes the quotient in
 * WebAssembly throughout, leaves zeros out of the sums, and takes all sums at once, so that each core has one.
 * Throws where the key is another file, or cut off.
 */
export function createGroth16Prover(curve: snarkjs.Curve, zkey: Uint8Array): WitnessProver {
  const key = readKey(zkey)
  const { Fr, G1, G2, tm } = curve
  const size = key.domainSize
  const shift = Fr.w[Math.log2(size) + 1] ?? new Uint8Array()
  if (shift.length === 0) throw new Error("a proving key for more constraints than the field has roots of unity")

  /** A·B − C over its coset, the scalars of the quotient's sum: least significant first, out of Montgomery form. */
  async function quotientScalars(values: Uint8Array): Promise<Uint8Array> {
    const put = (slot: number, buff: Uint8Array) => ({ cmd: "ALLOCSET", var: slot, buff })
    const room = (slot: number) => ({ cmd: "ALLOC", var: slot, len: size * WORD })
    const at = (slot: number) => ({ var: slot })
    const call = (fnName: string, ...params: object[]) => ({ cmd: "CALL", fnName, params })
    const [n, none] = [{ val: size }, { val: 0 }]
    const overCoset = (slot: number) => [
      call("frm_ifft", at(slot), n),
      call("frm_batchApplyKey", at(slot), n, at(ONE), at(SHIFT), at(slot)),
      call("frm_fft", at(slot), n),
    ]
    const coefficients = { val: key.coefficients.length / 44 }
    const build = [at(COEFFICIENTS), coefficients, at(VALUES), at(A), at(B), at(C), none, n, none, { val: key.wires }]
    const [scalars] = await tm.queueAction([
      ...[put(COEFFICIENTS, key.coefficients), put(VALUES, values), put(ONE, Fr.one), put(SHIFT, shift)],
      ...[A, B, C, OUT].map(room),
      call("qap_buildABC", ...build),
      ...[A, B, C].flatMap(overCoset),
      call("qap_joinABC", at(A), at(B), at(C), n, at(OUT)),
      call("frm_batchFromMontgomery", at(OUT), n, at(OUT)),
      { cmd: "GET", out: 0, var: OUT, len: size * WORD },
    ])
    if (!scalars) throw new Error("the curve's engine gave no quotient")
    return scalars
  }

  return async (witness) => {
    const values = valuesOf(witness, key.wires)
    const counts = nonZero(values)
    const sum = (group: snarkjs.Group, of: SumKey) => group.multiExpAffine(...addends(of, values, counts))
    const [a0, b1, b2, privates, quotient] = await Promise.all([
      ...[sum(G1, key.a), sum(G1, key.b1), sum(G2, key.b2), sum(G1, key.privates)],
      quotientScalars(values).then((scalars) => G1.multiExpAffine(key.quotient, scalars)),
    ])
    const { alpha1, beta1, beta2, delta1, delta2 } = key
    const [r, s] = [Fr.e(freshBlind()), Fr.e(freshBlind())]
    const total = (group: snarkjs.Group, ...points: (Uint8Array | undefined)[]) =>
      points.reduce<Uint8Array>((left, right) => group.add(left, right ?? group.zero), group.zero)
    const a = total(G1, a0, alpha1, G1.timesFr(delta1, r))
    const b = total(G2, b2, beta2, G2.timesFr(delta2, s))
    const bInG1 = total(G1, b1, beta1, G1.timesFr(delta1, s))
    const blinds = G1.timesFr(delta1, Fr.neg(Fr.mul(r, s)))
    const c = total(G1, privates, quotient, G1.timesFr(a, s), G1.timesFr(bInG1, r), blinds)
    const inG1 = (point: Uint8Array) => G1.toObject(G1.toAffine(point)).map(String)
    const inG2 = G2.toObject(G2.toAffine(b)).map((pair) => [pair].flat().map(String))
    return { pi_a: inG1(a), pi_b: inG2, pi_c: inG1(c), protocol: "groth16", curve: "bn128" }
  }
}
