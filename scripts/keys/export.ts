import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { curves, zKey } from "snarkjs"

/** The circuits, by the name of their file in circuits/main. */
export const CIRCUITS = ["open", "bound", "fold"] as const
export type Circuit = (typeof CIRCUITS)[number]
/** Those whose proofs the claims contract checks. */
export const ON_CHAIN: readonly Circuit[] = ["bound", "fold"]

/** What circuits/keys/manifest.json says: which keys these are and where they come from. Digests are SHA-256 in hex. */
export type Manifest = {
  /** Development keys have a public secret; everything but a local chain refuses them. */
  readonly kind: "development" | "ceremony"
  readonly curve: "bn254"
  readonly compiler: string
  /** Digest of the powers-of-tau file, or the public beacon behind development keys. */
  readonly phase1: string
  readonly circuits: Readonly<Record<string, CircuitKeys>>
}

export type CircuitKeys = {
  readonly constraints: number
  readonly publicSignals: number
  readonly r1cs: string
  readonly provingKey: string
  readonly verificationKey: string
}

export const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex")

export const toJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

const TEMPLATE = "node_modules/snarkjs/templates/verifier_groth16.sol.ejs"
const CONTRACT = "contract Groth16Verifier"

const contractName = (circuit: Circuit) => `${circuit.charAt(0).toUpperCase()}${circuit.slice(1)}Verifier`

/** The files that a set of keys puts into the repository, by path: verification keys, verifiers in Solidity, manifest. */
export async function publishedFiles(folder: string, manifest: Manifest): Promise<Map<string, string>> {
  const files = new Map<string, string>([["circuits/keys/manifest.json", toJson(manifest)]])
  files.set("contracts/generated/KeyKind.sol", keyKind(manifest))
  for (const circuit of CIRCUITS)
    files.set(`circuits/keys/${circuit}.vkey.json`, readFileSync(join(folder, `${circuit}.vkey.json`), "utf8"))
  const templates = { groth16: readFileSync(TEMPLATE, "utf8") }
  for (const circuit of ON_CHAIN) {
    const source = await zKey.exportSolidityVerifier(join(folder, `${circuit}.zkey`), templates)
    if (source.split(CONTRACT).length !== 2) throw new Error(`${TEMPLATE} does not name its contract as expected`)
    const name = contractName(circuit)
    files.set(`contracts/generated/${name}.sol`, source.replace(CONTRACT, `contract ${name}`))
  }
  return files
}

/** Writes NAME.vkey.json beside NAME.zkey and returns its text. */
export async function writeVerificationKey(folder: string, circuit: string): Promise<string> {
  const text = toJson(await zKey.exportVerificationKey(join(folder, `${circuit}.zkey`)))
  writeFileSync(join(folder, `${circuit}.vkey.json`), text)
  return text
}

/** Writes the files under `root`, the repository unless told otherwise. */
export function writeFiles(files: ReadonlyMap<string, string>, root = ".") {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

/** snarkjs keeps worker threads alive, and with them the process, until its curve is told to end. */
export async function releaseCurve() {
  await (await curves.getCurveFromName("bn128")).terminate()
}

function keyKind({ kind }: Manifest): string {
  return `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Generated from circuits/keys/manifest.json.

/// @dev Whether the secret behind the verifiers in this folder is public, so that anybody can forge their proofs.
bool constant DEVELOPMENT_KEYS = ${kind === "development"};
`
}
