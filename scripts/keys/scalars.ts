import { invert, lagrange, modR, R } from "./field.ts"
import type { R1cs } from "./r1cs.ts"
import type { Secrets } from "./secrets.ts"

/** A Groth16 proving key as multiples of the generators, with gamma = 1; names as in the paper (eprint 2016/260, section 3.2). */
export type KeyScalars = {
  /** log2 of the domain. */
  readonly log: number
  /** u_i(tau) and v_i(tau), one a wire. */
  readonly a: readonly bigint[]
  readonly b: readonly bigint[]
  /** (beta·u_i + alpha·v_i + w_i)(tau) of the public wires; of the others divided by delta. */
  readonly publicWires: readonly bigint[]
  readonly privateWires: readonly bigint[]
  /** Odd Lagrange polynomials of the doubled domain over delta: the quotient's basis in snarkjs' form. */
  readonly quotient: readonly bigint[]
}

/** Smallest domain for the constraints and one more row for wire 0 and each public signal. */
export function domainLog({ constraints, publicCount }: R1cs): number {
  return Math.ceil(Math.log2(constraints.length + publicCount + 1))
}

/** Evaluates the circuit's polynomials at the secret point. Only public secrets may be used so. */
export function keyScalars(r1cs: R1cs, { tau, alpha, beta, delta }: Secrets): KeyScalars {
  const log = domainLog(r1cs)
  const { u, v, w } = wirePolynomials(r1cs, lagrange(log, tau))
  const inverseDelta = invert(delta)
  const combined = w.map((value, i) => (beta * (u[i] ?? 0n) + alpha * (v[i] ?? 0n) + value) % R)
  const publicWires = combined.slice(0, r1cs.publicCount + 1)
  const privateWires = combined.slice(r1cs.publicCount + 1).map((value) => (value * inverseDelta) % R)
  const quotient = lagrange(log + 1, tau)
    .filter((_, i) => i % 2 === 1)
    .map((value) => (value * inverseDelta) % R)
  return { log, a: u, b: v, publicWires, privateWires, quotient }
}

function wirePolynomials({ wireCount, publicCount, constraints }: R1cs, basis: readonly bigint[]) {
  const zeros = () => new Array<bigint>(wireCount).fill(0n)
  const sums = { u: zeros(), v: zeros(), w: zeros() }
  const add = (sum: bigint[], wire: number, value: bigint) => {
    sum[wire] = modR((sum[wire] ?? 0n) + value)
  }
  constraints.forEach(({ a, b, c }, row) => {
    const at = basis[row] ?? 0n
    for (const { wire, coefficient } of a) add(sums.u, wire, coefficient * at)
    for (const { wire, coefficient } of b) add(sums.v, wire, coefficient * at)
    for (const { wire, coefficient } of c) add(sums.w, wire, coefficient * at)
  })
  // A row of its own for each public wire keeps their polynomials independent
  for (let wire = 0; wire <= publicCount; wire++) add(sums.u, wire, basis[constraints.length + wire] ?? 0n)
  return sums
}
