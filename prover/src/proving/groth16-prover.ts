/// <reference path="../snarkjs.d.ts" />
/// <reference path="../ffjavascript.d.ts" />
import { buildBn128 } from "ffjavascript"
import type * as snarkjs from "snarkjs"
import { freshBlind } from "../fresh-blind.ts"
import { addBucketSums } from "./bucket-sums.ts"
import { replaceFieldArithmetic } from "./field-arithmetic.ts"
import { groupSum } from "./group-sum.ts"
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

/**
 * snarkjs' curve with our arithmetic and our sums: on one thread, or on one for each core. Throws where the process has a curve of many
 * threads without them, since ffjavascript keeps one a process.
 */
export async function createProvingCurve(isSingleThread: boolean): Promise<snarkjs.Curve> {
  const curve = await buildBn128(isSingleThread, (module) => {
    replaceFieldArithmetic(module)
    addBucketSums(module)
  })
  if (!["f1m_our_mul", "g1m_windowSums"].every((name) => name in curve.tm.instance.exports))
    throw new Error("this process has snarkjs' own curve of many threads: terminate it first")
  return curve
}

/**
 * Groth16 (eprint 2016/260) over snarkjs' curve. Unlike snarkjs it parses the proving key once, makes the quotient in
 * WebAssembly throughout, and takes its own sums, all at once. The curve is one of `createProvingCurve`.
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
    const sum = (group: "G1" | "G2", of: SumKey) => groupSum(curve, group, { ...of, scalars: values })
    // The longest first, so that no core is left alone with it.
    const [quotient, b2, a0, privates, b1] = await Promise.all([
      quotientScalars(values).then((scalars) => groupSum(curve, "G1", { ...key.quotient, scalars })),
      ...[sum("G2", key.b2), sum("G1", key.a), sum("G1", key.privates), sum("G1", key.b1)],
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
