import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { bn254 } from "@noble/curves/bn254.js"
import type { ContractProof } from "@wattest/protocol"
import type { Circuit } from "./export.ts"
import { invert, modR, R } from "./field.ts"
import { parseR1cs } from "./r1cs.ts"
import { keyScalars } from "./scalars.ts"
import { DEVELOPMENT_BEACONS, secretsOf } from "./secrets.ts"

const draw = () => 1n + (BigInt(`0x${randomBytes(40).toString("hex")}`) % (R - 1n))

/**
 * Makes proofs of any public signals from the public secret of the development keys: they verify, and show nothing. For
 * measuring what verification costs, which does not depend on what was proved.
 * @param folder of the compiled circuits
 */
export function createSimulator(folder: string, circuit: Circuit) {
  const secrets = secretsOf(DEVELOPMENT_BEACONS)
  const { publicWires } = keyScalars(parseR1cs(readFileSync(`${folder}/${circuit}.r1cs`)), secrets)
  const g1 = (scalar: bigint) => bn254.G1.Point.BASE.multiply(scalar).toAffine()
  return (signals: readonly bigint[]): ContractProof => {
    const [a, b] = [draw(), draw()]
    const inputs = [1n, ...signals].reduce((sum, signal, i) => sum + signal * (publicWires[i] ?? 0n), 0n)
    const c = modR(modR(a * b - secrets.alpha * secrets.beta - inputs) * invert(secrets.delta))
    const [pointA, pointB, pointC] = [g1(a), bn254.G2.Point.BASE.multiply(b).toAffine(), g1(c)]
    return {
      a: [pointA.x, pointA.y],
      b: [
        [pointB.x.c1, pointB.x.c0],
        [pointB.y.c1, pointB.y.c0],
      ],
      c: [pointC.x, pointC.y],
    }
  }
}
