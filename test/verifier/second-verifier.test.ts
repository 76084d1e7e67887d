import { strict as assert } from "node:assert"
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { skip } from "@wattest/testkit/skip"

const root = join(import.meta.dirname, "../..")
const folder = join(root, "conformance/python")

/** The first interpreter that has the two packages: the project's own environment, the system's, the one in PATH. */
function findPython(): string | undefined {
  const own = join(root, "build/python/bin/python3")
  const candidates = [own, "/usr/bin/python3", "python3"].filter((path) => path === "python3" || existsSync(path))
  return candidates.find(
    (python) =>
      spawnSync(python, ["-c", "import sys, cryptography, Cryptodome.Hash.keccak; assert sys.version_info >= (3, 11)"])
        .status === 0,
  )
}

describe("the second verifier, in Python", function () {
  this.timeout(180_000)
  const python = findPython()
  const title = python ?? "no Python 3.11 with cryptography and pycryptodomex: see conformance/python/README.md"

  it(`gives every vector and every certificate case what it expects (${title})`, function () {
    if (python === undefined) return skip(this, title)
    const tests = ["-m", "unittest", "discover", "-s", folder, "-t", folder]
    const { status, stderr } = spawnSync(python, tests, { encoding: "utf8" })
    assert.equal(status, 0, stderr)
    const count = Number(/^Ran (\d+) tests/m.exec(stderr)?.[1])
    assert.ok(count >= 19, stderr)
  })

  it(`answers the runner as conformance/README.md asks (${title})`, function () {
    if (python === undefined) return skip(this, title)
    const only = [
      "valid-ed25519",
      "valid-labels-that-steer",
      "policy-empty",
      "block-made-up",
      "evidence-cut",
      "form-",
      "presentation-valid",
      "expectation-",
    ]
    const command = [
      "conformance/run.mjs",
      "--quiet",
      ...only.flatMap((name) => ["--only", name]),
      "--",
      python,
      folder,
    ]
    const output = execFileSync(process.execPath, command, { cwd: root, encoding: "utf8" })
    assert.match(output, /^(\d+) of \1 cases as expected, 10 not for this verifier$/m)
  })
})
