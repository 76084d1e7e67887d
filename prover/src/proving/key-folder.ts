/// <reference path="../snarkjs.d.ts" />
import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { readText } from "@wattest/command"
import {
  bigIntToBytes,
  encodeDocument,
  type Groth16Proof,
  type Hex,
  toHex,
  type VerificationKey,
} from "@wattest/protocol"
import type * as snarkjs from "snarkjs"
import { Refusal } from "../refusal.ts"
import { verificationKeyIn } from "./own-key.ts"

/** The circuits of private claims, by the name of their files in a folder of keys. */
export const CIRCUITS = ["fold", "open", "join", "bound"] as const
export type Circuit = (typeof CIRCUITS)[number]

/** Where the files of a circuit are: NAME.wasm (witness calculator), NAME.zkey (proving key), NAME.vkey.json. */
export const keyFile = (folder: string, circuit: Circuit, ending: "wasm" | "zkey" | "vkey.json") =>
  join(folder, `${circuit}.${ending}`)

/** A coordinate as snarkjs writes it, in 32 bytes. */
const word = (decimal: string | undefined): Hex => toHex(bigIntToBytes(BigInt(decimal ?? "-1"), 32))
const g1 = ([x, y]: readonly string[]) => [word(x), word(y)]
const g2 = ([x = [], y = []]: readonly (readonly string[])[]) => [g1(x), g1(y)]

/** A proof of snarkjs or rapidsnark as documents hold it. */
export function proofOf({ pi_a, pi_b, pi_c }: snarkjs.Groth16Proof): Groth16Proof {
  return { a: g1(pi_a), b: g2(pi_b), c: g1(pi_c) }
}

/** A verification key of snarkjs as documents hold it. */
export function verificationKeyOf(key: snarkjs.VerificationKey): VerificationKey {
  return {
    alpha: g1(key.vk_alpha_1),
    beta: g2(key.vk_beta_2),
    gamma: g2(key.vk_gamma_2),
    delta: g2(key.vk_delta_2),
    ic: key.IC.map(g1),
  }
}

/** A key has some 200 bytes for each public signal, of which the circuits have less than a hundred. */
const MAX_KEY_BYTES = 64 * 1024
const KEYS_HINT = "make them with npm run keys in a clone, or name their folder with --keys DIR"

/**
 * Looks for every file that a proof needs, and whether each proving key belongs to the verification key beside it, before
 * anything else is asked for. Throws KEYS_MISSING, KEYS_DIFFER.
 */
export function assertKeys(folder: string): void {
  for (const circuit of CIRCUITS) {
    for (const ending of ["wasm", "zkey", "vkey.json"] as const) {
      const path = keyFile(folder, circuit, ending)
      if (!existsSync(path)) throw new Refusal("KEYS_MISSING", `there is no ${path}`, KEYS_HINT)
    }
    const path = keyFile(folder, circuit, "zkey")
    if (spell(ownKey(path)) !== spell(readVerificationKey(folder, circuit)))
      throw new Refusal("KEYS_DIFFER", `${path} is not of ${circuit}.vkey.json`, KEYS_HINT)
  }
}

const spell = (key: VerificationKey) => Buffer.from(encodeDocument(key)).toString()

function ownKey(path: string): VerificationKey {
  try {
    return verificationKeyIn(path)
  } catch (error) {
    throw new Refusal("KEYS_DIFFER", `${path}: ${(error as Error).message}`, KEYS_HINT)
  }
}

function parseKey(path: string, text: string): VerificationKey {
  try {
    return verificationKeyOf(JSON.parse(text) as snarkjs.VerificationKey)
  } catch {
    throw new Refusal("KEYS_DIFFER", `${path} is no verification key`, KEYS_HINT)
  }
}

/** A name of all keys of a folder: those who use equal ones meet by it. 16 hexadecimal digits. */
export function nameOfKeys(folder: string): string {
  const hash = createHash("sha256")
  for (const circuit of CIRCUITS) hash.update(spell(readVerificationKey(folder, circuit)))
  return hash.digest("hex").slice(0, 16)
}

/** Throws KEYS_MISSING where the folder holds no such key, KEYS_DIFFER where it is none, and a UsageError where it is too long for one. */
export function readVerificationKey(folder: string, circuit: Circuit): VerificationKey {
  const path = keyFile(folder, circuit, "vkey.json")
  if (!existsSync(path)) throw new Refusal("KEYS_MISSING", `there is no ${path}`, KEYS_HINT)
  return parseKey(path, readText(path, MAX_KEY_BYTES, "a verification key"))
}
