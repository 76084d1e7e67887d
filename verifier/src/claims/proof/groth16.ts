import { bn254 } from "@noble/curves/bn254.js"
import { check, FIELD_ORDER, type VerificationKey } from "@wattest/protocol"
import { type Weighed, weightsOf } from "./weights.ts"

const { G1, G2, fields } = bn254
type PointG1 = InstanceType<typeof G1.Point>
type PointG2 = InstanceType<typeof G2.Point>
type Fp12 = typeof fields.Fp12.ONE
type Pairs = { g1: PointG1; g2: PointG2 }[]

/** A proof with what it is about. */
export type ProofCase = Weighed & {
  /** Names the proof in a refusal. */
  readonly label: string
}

/** A point on the curve that is not infinity, its coordinates below the base field's order. Null otherwise. */
function pointG1([x = "", y = ""]: readonly string[]): PointG1 | null {
  try {
    const point = G1.Point.fromAffine({ x: BigInt(x), y: BigInt(y) })
    point.assertValidity()
    return point.is0() ? null : point
  } catch {
    return null
  }
}

/** As for G1. The curve over the extension has points outside the group of the pairing: `assertValidity` refuses them. */
function pointG2([x = [], y = []]: readonly (readonly string[])[]): PointG2 | null {
  const extension = ([c0 = "", c1 = ""]: readonly string[]) => fields.Fp2.fromBigTuple([BigInt(c0), BigInt(c1)])
  try {
    const point = G2.Point.fromAffine({ x: extension(x), y: extension(y) })
    point.assertValidity()
    return point.is0() ? null : point
  } catch {
    return null
  }
}

function need<T>(point: T | null, what: string): T {
  check(point !== null, "CLAIM_PROOF_INVALID", `${what} is no point of its group`)
  return point
}

const multiply = (point: PointG1, scalar: bigint) => (scalar === 0n ? G1.Point.ZERO : point.multiplyUnsafe(scalar))

/** Sums for one key: the pairings with alpha, gamma and delta are shared by all of its proofs. */
type KeySums = {
  readonly key: VerificationKey
  /** Σ weight, and for each signal Σ weight·signal, modulo the field order. */
  readonly scalars: bigint[]
  c: PointG1
}

function addCase(sums: Map<VerificationKey, KeySums>, weight: bigint, { key, publicSignals, proof, label }: ProofCase) {
  const isComplete = publicSignals.length === key.ic.length - 1
  check(isComplete, "CLAIM_PROOF_INVALID", `${label}: ${publicSignals.length} public signals, not ${key.ic.length - 1}`)
  const isReduced = publicSignals.every((signal) => signal >= 0n && signal < FIELD_ORDER)
  check(isReduced, "CLAIM_PROOF_INVALID", `${label}: a public signal is not below the field's order`)
  const sum = sums.get(key) ?? { key, scalars: key.ic.map(() => 0n), c: G1.Point.ZERO }
  sums.set(key, sum)
  for (const [i, signal] of [1n, ...publicSignals].entries())
    sum.scalars[i] = ((sum.scalars[i] ?? 0n) + weight * signal) % FIELD_ORDER
  const a = need(pointG1(proof.a), `${label}: A`)
  const b = need(pointG2(proof.b), `${label}: B`)
  sum.c = sum.c.add(multiply(need(pointG1(proof.c), `${label}: C`), weight))
  return { g1: multiply(a, weight).negate(), g2: b }
}

function keyPairs({ key, scalars, c }: KeySums): Pairs {
  const inputs = key.ic.reduce(
    (sum, point, i) => sum.add(multiply(need(pointG1(point), "a verification key's IC"), scalars[i] ?? 0n)),
    G1.Point.ZERO,
  )
  const alpha = multiply(need(pointG1(key.alpha), "a verification key's alpha"), scalars[0] ?? 0n)
  return [
    { g1: alpha, g2: need(pointG2(key.beta), "a verification key's beta") },
    { g1: inputs, g2: need(pointG2(key.gamma), "a verification key's gamma") },
    { g1: c, g2: need(pointG2(key.delta), "a verification key's delta") },
  ]
}

/** Pairings whose lines are in memory at once: those of one take some 250 kB, and a document has thousands. */
const PAIRINGS = 64

/** The product of pairings before its final exponentiation. */
function millerProduct(pairs: Pairs): Fp12 {
  let product = fields.Fp12.ONE
  for (let at = 0; at < pairs.length; at += PAIRINGS)
    product = fields.Fp12.mul(product, bn254.pairingBatch(pairs.slice(at, at + PAIRINGS), false))
  return product
}

function holds(cases: readonly ProofCase[]): boolean {
  const weights = weightsOf(cases)
  const sums = new Map<VerificationKey, KeySums>()
  const pairs: Pairs = cases.map((item, i) => addCase(sums, weights[i] ?? 1n, item))
  for (const sum of sums.values()) pairs.push(...keyPairs(sum))
  // The pairing of infinity is one: it is left out, because it has no affine form.
  const product = millerProduct(pairs.filter(({ g1 }) => !g1.is0()))
  return fields.Fp12.eql(fields.Fp12.finalExponentiate(product), fields.Fp12.ONE)
}

/** The first bad one of proofs that do not hold together: by halving, so that forgers cannot buy much time. */
function firstBad(cases: readonly ProofCase[]): ProofCase | undefined {
  if (cases.length < 2) return cases[0]
  const half = cases.slice(0, cases.length / 2)
  return firstBad(holds(half) ? cases.slice(half.length) : half)
}

/**
 * Verifies Groth16 proofs (Groth, EUROCRYPT 2016) under any number of keys at once by a random linear combination: one
 * Miller loop a proof and three a key, one final exponentiation in all. If the combination fails, halves of it tell
 * which proof is bad. Throws CLAIM_PROOF_INVALID.
 */
export function checkProofs(cases: readonly ProofCase[]): void {
  if (cases.length === 0 || holds(cases)) return
  check(false, "CLAIM_PROOF_INVALID", `${firstBad(cases)?.label} does not verify`)
}
