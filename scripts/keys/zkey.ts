import { Q, R } from "./field.ts"
import { type Group, multiplyGenerators } from "./points.ts"
import type { R1cs } from "./r1cs.ts"
import { keyScalars } from "./scalars.ts"
import type { Secrets } from "./secrets.ts"

const GROTH16 = 1

/**
 * A Groth16 proving key in snarkjs' .zkey format, computed from the secrets instead of from powers of tau: multiples of
 * a known generator are many times cheaper than sums over thousands of points, and the points are the same.
 * Its list of contributions is empty, so `snarkjs zkey verify` does not take it for the outcome of a ceremony.
 */
export async function makeProvingKey(
  r1cs: R1cs,
  secrets: Secrets,
  { workers, progress = () => {} }: { workers: number; progress?: (done: number, total: number) => void },
): Promise<Uint8Array> {
  const { log, a, b, publicWires, privateWires, quotient } = keyScalars(r1cs, secrets)
  const { alpha, beta, delta } = secrets
  const jobs: readonly { group: Group; scalars: readonly bigint[] }[] = [
    { group: "G2", scalars: b },
    { group: "G2", scalars: [beta, 1n, delta] },
    { group: "G1", scalars: [alpha, beta, delta] },
    { group: "G1", scalars: publicWires },
    { group: "G1", scalars: a },
    { group: "G1", scalars: b },
    { group: "G1", scalars: privateWires },
    { group: "G1", scalars: quotient },
  ]
  const points = await multiplyGenerators(jobs, workers, progress)
  const [b2, header2, header1, ic, a1, b1, wires, h] = points.map((bytes) => Buffer.from(bytes))
  const sections: readonly (readonly (Uint8Array | undefined)[])[] = [
    [u32(GROTH16)],
    [
      ...[u32(32), word(Q), u32(32), word(R), u32(r1cs.wireCount), u32(r1cs.publicCount), u32(2 ** log)],
      ...[header1?.subarray(0, 128), header2?.subarray(0, 256), header1?.subarray(128), header2?.subarray(256)],
    ],
    [ic],
    [encodeCoefficients(r1cs)],
    [a1],
    [b1],
    [b2],
    [wires],
    [h],
    [new Uint8Array(64), u32(0)],
  ]
  return encodeFile(sections.map((parts) => Buffer.concat(parts.map((part) => part ?? new Uint8Array()))))
}

// Matrix (0 a, 1 b), row, wire, value times 2^512: the prover reads values in twofold Montgomery form.
function encodeCoefficients({ constraints, publicCount }: R1cs): Uint8Array {
  const publicRows = Array.from({ length: publicCount + 1 }, (_, wire) => ({ a: [{ wire, coefficient: 1n }], b: [] }))
  const rows = [...constraints, ...publicRows]
  const count = rows.reduce((sum, { a, b }) => sum + a.length + b.length, 0)
  const bytes = Buffer.alloc(4 + 44 * count)
  const factor = 2n ** 512n % R
  let at = bytes.writeUInt32LE(count)
  rows.forEach(({ a, b }, row) => {
    for (const [matrix, terms] of [a, b].entries())
      for (const { wire, coefficient } of terms) {
        at = bytes.writeUInt32LE(matrix, at)
        at = bytes.writeUInt32LE(row, at)
        at = bytes.writeUInt32LE(wire, at)
        at += word((coefficient * factor) % R).copy(bytes, at)
      }
  })
  return bytes
}

function encodeFile(sections: readonly Uint8Array[]): Uint8Array {
  const parts = sections.flatMap((bytes, i) => [u32(i + 1), u64(bytes.length), bytes])
  return Buffer.concat([Buffer.from("zkey"), u32(1), u32(sections.length), ...parts])
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function word(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse()
}
