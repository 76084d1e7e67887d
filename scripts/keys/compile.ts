import { spawn } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"

const COMPILER = "node_modules/circom2/cli.js"

/** Runs a Node program to its end and returns what it printed. Throws what it printed on failure. */
export function runNode(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] })
    let output = ""
    const collect = (chunk: Buffer) => {
      output += chunk.toString()
    }
    child.stdout.on("data", collect)
    child.stderr.on("data", collect)
    child.on("error", reject)
    child.on("close", (code) => (code === 0 ? resolve(output) : reject(new Error(`${args.join(" ")}\n${output}`))))
  })
}

/**
 * Compiles the circuit at `source` (relative to the root, where the compiler must run) into `folder`:
 * NAME.r1cs, NAME.wasm with witness_calculator.cjs to run it, NAME.sym, and in NAME.log
 * what the compiler and its inspection said, which is also returned.
 */
export async function compileCircuit(source: string, folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true })
  const name = basename(source, ".circom")
  const output = await runNode([COMPILER, source, "--r1cs", "--wasm", "--sym", "--O2", "--inspect", "-o", folder])
  const made = join(folder, `${name}_js`)
  if (!existsSync(made)) throw new Error(`circom2 said success and wrote nothing:\n${output}`)
  renameSync(join(made, `${name}.wasm`), join(folder, `${name}.wasm`))
  renameSync(join(made, "witness_calculator.js"), join(folder, "witness_calculator.cjs"))
  rmSync(made, { recursive: true })
  writeFileSync(join(folder, `${name}.log`), output)
  return output
}

/** A circuit's source and those of ours that it includes, however deep, relative to the root. */
export function sourcesOf(source: string): ReadonlySet<string> {
  const found = new Set([source])
  for (const path of found)
    for (const [, name = ""] of readFileSync(path, "utf8").matchAll(/^include "([^"]+)";/gm)) {
      const included = join(dirname(path), name)
      if (included.startsWith("circuits/")) found.add(included)
    }
  return found
}
