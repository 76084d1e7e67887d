import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type ContractProof, contractProof } from "@wattest/protocol"
import { type File, type Groth16Proof, groth16, type Numeric, wtns } from "snarkjs"
import { toHex } from "viem"

export type Assignment = { readonly [signal: string]: unknown }

const BUILD = "build/circuits"
const KEPT = "build/circuits/test/proofs"

const digestOf = (...parts: readonly (string | Uint8Array)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex")

/**
 * Proves an assignment with the development keys, as a prover would. Proofs are kept by digest of key and assignment:
 * the same test proves once.
 */
export async function prove(circuit: "fold" | "join" | "bound" | "open", input: Assignment): Promise<ContractProof> {
  const text = JSON.stringify(input, (_, value) => (typeof value === "bigint" ? String(value) : value))
  const file = join(KEPT, `${digestOf(readFileSync(`circuits/keys/${circuit}.vkey.json`), text)}.json`)
  if (!existsSync(file)) {
    mkdirSync(KEPT, { recursive: true })
    writeFileSync(file, JSON.stringify(await proveAnew(circuit, input)))
  }
  return contractProof(JSON.parse(readFileSync(file, "utf8")))
}

async function proveAnew(circuit: string, input: Assignment): Promise<Groth16Proof> {
  const witness: File = { type: "mem" }
  await wtns.calculate(input, join(BUILD, `${circuit}.wasm`), witness)
  return (await groth16.prove(join(BUILD, `${circuit}.zkey`), witness)).proof
}

export const word = (value: Numeric) => toHex(BigInt(value), { size: 32 })
