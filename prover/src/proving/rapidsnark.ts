import { execFile } from "node:child_process"
import { accessSync, constants } from "node:fs"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { promisify } from "node:util"
import type * as snarkjs from "snarkjs"

/** rapidsnark's shared library lies beside its program, or in the `lib` beside the program's `bin`. */
const LIBRARY = process.platform === "darwin" ? "librapidsnark.dylib" : "librapidsnark.so"
const PLACES = [LIBRARY, join("..", "lib", LIBRARY)]

export const isLibrary = (path: string) => path.endsWith(LIBRARY)

const permits = (file: string, mode: number) => {
  try {
    accessSync(file, mode)
    return true
  } catch {
    return false
  }
}

/**
 * What there is of rapidsnark in the folders of the PATH: its shared library, which stays in memory, before an
 * executable `rapidsnark`, which reads the key for each proof. Null where there is neither.
 */
export function findRapidsnark(path = process.env.PATH ?? ""): string | null {
  const folders = path.split(delimiter).filter((folder) => folder !== "")
  const libraries = folders.flatMap((folder) => PLACES.map((place) => join(folder, place)))
  const programs = folders.map((folder) => join(folder, "rapidsnark"))
  return (
    libraries.find((file) => permits(file, constants.R_OK)) ??
    programs.find((file) => permits(file, constants.X_OK)) ??
    null
  )
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
