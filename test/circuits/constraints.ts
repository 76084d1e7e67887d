import { modR, R } from "../../scripts/keys/field.ts"
import type { Combination, R1cs } from "../../scripts/keys/r1cs.ts"
import type { Circuit } from "./circuit.ts"

const value = (combination: Combination, witness: readonly bigint[]): bigint =>
  combination.reduce((sum, { wire, coefficient }) => sum + coefficient * (witness[wire] ?? 0n), 0n) % R

/** Whether a witness satisfies every constraint: evaluated here, so that no calculator is trusted. */
export function isSatisfied({ constraints }: R1cs, witness: readonly bigint[]): boolean {
  return constraints.every(({ a, b, c }) => modR(value(a, witness) * value(b, witness) - value(c, witness)) === 0n)
}

/**
 * Wires that could hold another value with all others unchanged: each wire of a satisfying witness is raised by one, and
 * the constraints that contain it are evaluated anew. Only the inverse that IsZero asks for beside a zero is free.
 */
export function freeWires({ r1cs, names }: Circuit, witness: readonly bigint[]): string[] {
  const caught = new Uint8Array(r1cs.wireCount)
  for (const { a, b, c } of r1cs.constraints) {
    const [va, vb] = [value(a, witness), value(b, witness)]
    const steps = new Map<number, [bigint, bigint, bigint]>()
    for (const [side, combination] of [a, b, c].entries())
      for (const { wire, coefficient } of combination) {
        const step = steps.get(wire) ?? [0n, 0n, 0n]
        step[side] = (step[side] ?? 0n) + coefficient
        steps.set(wire, step)
      }
    // (A + x)(B + y) = C + z differs from AB = C by Ay + Bx + xy − z
    for (const [wire, [x, y, z]] of steps) if (modR(va * y + vb * x + x * y - z) !== 0n) caught[wire] = 1
  }
  const free = [...caught.keys()].filter((wire) => wire !== 0 && caught[wire] === 0)
  return free.map((wire) => names.get(wire)?.join(" = ") ?? `wire ${wire}`)
}
