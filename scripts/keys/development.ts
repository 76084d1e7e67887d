import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { CIRCUITS, type CircuitKeys, type Manifest, sha256, toJson, writeVerificationKey } from "./export.ts"
import { parseR1cs } from "./r1cs.ts"
import { DEVELOPMENT_BEACONS, secretsOf } from "./secrets.ts"
import { makeProvingKey } from "./zkey.ts"

/** As the manifest names the compiler; a test compares the version with the installed package. */
export const COMPILER = "circom2 0.2.23 --O2"

/**
 * Makes development keys for the compiled circuits in `folder` (NAME.zkey, NAME.vkey.json, manifest.json) and returns
 * their manifest. A circuit whose .r1cs is the one of the last manifest keeps its keys.
 */
export async function makeDevelopmentKeys(folder: string, report: (line: string) => void): Promise<Manifest> {
  const before = readManifest(join(folder, "manifest.json"))
  const circuits: Record<string, CircuitKeys> = {}
  for (const name of CIRCUITS) {
    const file = readFileSync(join(folder, `${name}.r1cs`))
    const known = before?.circuits[name]
    const reusable = known?.r1cs === sha256(file) && isMadeOf(folder, name, known)
    report(reusable ? `${name}: keys are up to date` : `${name}: making keys …`)
    circuits[name] = reusable ? known : await makeKeys(folder, name, file, report)
  }
  const phase1 = `beacon ${DEVELOPMENT_BEACONS.phase1.hash}`
  const manifest: Manifest = { kind: "development", curve: "bn254", compiler: COMPILER, phase1, circuits }
  writeFileSync(join(folder, "manifest.json"), toJson(manifest))
  return manifest
}

/** Says each quarter that is done of what takes a while. */
function quarters(name: string, report: (line: string) => void) {
  let said = 0
  return (done: number, total: number) => {
    const quarter = Math.floor((4 * done) / total)
    if (quarter > said && total > 100_000) report(`${name}: ${25 * quarter} % of ${total} points`)
    said = quarter
  }
}

async function makeKeys(
  folder: string,
  name: string,
  file: Uint8Array,
  report: (line: string) => void,
): Promise<CircuitKeys> {
  const r1cs = parseR1cs(file)
  const options = { workers: availableParallelism(), progress: quarters(name, report) }
  const provingKey = await makeProvingKey(r1cs, secretsOf(DEVELOPMENT_BEACONS), options)
  writeFileSync(join(folder, `${name}.zkey`), provingKey)
  const verificationKey = await writeVerificationKey(folder, name)
  return {
    constraints: r1cs.constraints.length,
    publicSignals: r1cs.publicCount,
    r1cs: sha256(file),
    provingKey: sha256(provingKey),
    verificationKey: sha256(verificationKey),
  }
}

/** That a ceremony's proving keys, which the repository does not hold, lie in `folder`. Throws with what to do if not. */
export function checkCeremonyKeys(folder: string, { circuits }: Manifest) {
  for (const [name, keys] of Object.entries(circuits)) {
    if (!isMadeOf(folder, name, keys))
      throw new Error(`${join(folder, name)}.zkey and .vkey.json are not the ceremony's; fetch them and put them there`)
    if (sha256(readFileSync(join(folder, `${name}.r1cs`))) !== keys.r1cs)
      throw new Error(`circuits/main/${name}.circom is not the circuit that the ceremony was about`)
  }
}

function isMadeOf(folder: string, name: string, keys: CircuitKeys): boolean {
  const holds = (file: string, digest: string) =>
    existsSync(join(folder, file)) && sha256(readFileSync(join(folder, file))) === digest
  return holds(`${name}.zkey`, keys.provingKey) && holds(`${name}.vkey.json`, keys.verificationKey)
}

export function readManifest(path: string): Manifest | undefined {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined
}
