import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { COMPILER } from "../keys/development.ts"
import {
  CIRCUITS,
  type CircuitKeys,
  type Manifest,
  publishedFiles,
  sha256,
  toJson,
  writeFiles,
  writeVerificationKey,
} from "../keys/export.ts"
import { parseR1cs } from "../keys/r1cs.ts"
import { keyFile, readTranscript } from "./transcript.ts"

/**
 * Puts a verified ceremony's keys in the place of the development keys: build, verification keys, Solidity, manifest.
 * Returns the paths that are written under `root`, the repository unless told otherwise.
 */
export async function publish(folder: string, root = "."): Promise<readonly string[]> {
  const build = join(root, "build/circuits")
  const { phase1, contributions } = readTranscript(folder)
  mkdirSync(build, { recursive: true })
  const circuits: Record<string, CircuitKeys> = {}
  for (const name of CIRCUITS) {
    const [key, file] = [keyFile(folder, name, contributions.length), readFileSync(join(folder, `${name}.r1cs`))]
    copyFileSync(key, join(build, `${name}.zkey`))
    for (const ending of ["r1cs", "wasm", "sym"])
      copyFileSync(join(folder, `${name}.${ending}`), join(build, `${name}.${ending}`))
    const r1cs = parseR1cs(file)
    circuits[name] = {
      constraints: r1cs.constraints.length,
      publicSignals: r1cs.publicCount,
      r1cs: sha256(file),
      provingKey: sha256(readFileSync(key)),
      verificationKey: sha256(await writeVerificationKey(build, name)),
    }
  }
  const manifest: Manifest = { kind: "ceremony", curve: "bn254", compiler: COMPILER, phase1, circuits }
  writeFileSync(join(build, "manifest.json"), toJson(manifest))
  const files = publishedFiles(build, manifest)
  writeFiles(files, root)
  return [...files.keys()]
}
