import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "../../..")

/** Where the second verifier is. */
export const SECOND_VERIFIER = join(root, "conformance/python")

/** Why there is none, for whoever skips. */
export const NO_PYTHON = "no Python 3.11 with cryptography and pycryptodomex: see conformance/python/README.md"

/** The first interpreter that has the two packages: the project's own environment, the system's, the one in PATH. */
export function findPython(): string | undefined {
  const own = join(root, "build/python/bin/python3")
  const candidates = [own, "/usr/bin/python3", "python3"].filter((path) => path === "python3" || existsSync(path))
  const asks = "import sys, cryptography, Cryptodome.Hash.keccak; assert sys.version_info >= (3, 11)"
  return candidates.find((python) => spawnSync(python, ["-c", asks]).status === 0)
}
