import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { curves, zKey } from "snarkjs"

/** The circuits, by the name of their file in circuits/main. */
export const CIRCUITS = ["open", "bound", "join", "fold"] as const
export type Circuit = (typeof CIRCUITS)[number]
/** Those whose proofs the claims contract checks. */
export const ON_CHAIN: readonly Circuit[] = ["fold", "join", "bound"]

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

/** The files that a set of keys puts into the repository, by path: verification keys, their constants in Solidity, manifest. */
export function publishedFiles(folder: string, manifest: Manifest): Map<string, string> {
  const files = new Map<string, string>([["circuits/keys/manifest.json", toJson(manifest)]])
  const textOf = (circuit: Circuit) => readFileSync(join(folder, `${circuit}.vkey.json`), "utf8")
  for (const circuit of CIRCUITS) files.set(`circuits/keys/${circuit}.vkey.json`, textOf(circuit))
  const keys = ON_CHAIN.map((circuit) => [circuit, JSON.parse(textOf(circuit)) as SnarkjsKey] as const)
  files.set("contracts/generated/Keys.sol", keyConstants(manifest, keys))
  return files
}

/** A verification key as snarkjs writes it. */
type SnarkjsKey = {
  readonly vk_alpha_1: readonly string[]
  readonly vk_beta_2: readonly (readonly string[])[]
  readonly vk_gamma_2: readonly (readonly string[])[]
  readonly vk_delta_2: readonly (readonly string[])[]
  readonly IC: readonly (readonly string[])[]
}

/** alpha, beta, gamma, delta, then the inputs' points: affine, 32 bytes a coordinate, those of G2 with the imaginary part first. */
export function encodeKey(key: SnarkjsKey): Uint8Array {
  const word = (decimal = "") => Buffer.from(BigInt(decimal).toString(16).padStart(64, "0"), "hex")
  const g1 = ([x, y]: readonly string[]) => [word(x), word(y)]
  const g2 = ([x = [], y = []]: readonly (readonly string[])[]) => [x, y].flatMap(([c0, c1]) => [word(c1), word(c0)])
  const { vk_alpha_1: alpha, vk_beta_2: beta, vk_gamma_2: gamma, vk_delta_2: delta, IC } = key
  return Buffer.concat([...g1(alpha), ...g2(beta), ...g2(gamma), ...g2(delta), ...IC.flatMap(g1)])
}

function keyConstants({ kind }: Manifest, keys: readonly (readonly [Circuit, SnarkjsKey])[]): string {
  const constants = keys.map(([circuit, key]) => {
    const words = Buffer.from(encodeKey(key)).toString("hex").match(/.{64}/g) ?? []
    return `bytes constant ${circuit.toUpperCase()}_KEY =\n${words.map((word) => `    hex"${word}"`).join("\n")};\n`
  })
  return `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Generated from circuits/keys.

/// @dev Whether the secret behind these keys is public, so that anybody can forge proofs under them.
bool constant DEVELOPMENT_KEYS = ${kind === "development"};

// For Groth16Batch: alpha, beta, gamma, delta, then the points of one and of each public signal.
${constants.join("")}`
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
