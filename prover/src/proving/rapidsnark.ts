import { execFile } from "node:child_process"
import { accessSync, constants } from "node:fs"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { promisify } from "node:util"
import type * as snarkjs from "snarkjs"

/** The path of an executable `rapidsnark` on the PATH; null where there is none. */
export function findRapidsnark(path = process.env.PATH ?? ""): string | null {
  const isExecutable = (file: string) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  }
  const found = path.split(delimiter).find((folder) => folder !== "" && isExecutable(join(folder, "rapidsnark")))
  return found === undefined ? null : join(found, "rapidsnark")
}

/** Proves with rapidsnark's command line: `rapidsnark ZKEY WITNESS PROOF PUBLIC`. The witness leaves the disk again. */
export async function proveWithRapidsnark(
  program: string,
  zkey: string,
  witness: Uint8Array,
): Promise<snarkjs.Groth16Proof> {
  const folder = await mkdtemp(join(tmpdir(), "wattest-witness-"))
  const [witnessFile, proofFile, publicFile] = ["witness.wtns", "proof.json", "public.json"].map((name) =>
    join(folder, name),
  ) as [string, string, string]
  try {
    await writeFile(witnessFile, witness, { mode: 0o600 })
    await promisify(execFile)(program, [zkey, witnessFile, proofFile, publicFile])
    // rapidsnark of some versions ends its files with a zero byte.
    return JSON.parse((await readFile(proofFile, "utf8")).replaceAll("\0", "")) as snarkjs.Groth16Proof
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
