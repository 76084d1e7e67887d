import { strict as assert } from "node:assert"
import { execFileSync, spawnSync } from "node:child_process"
import { join } from "node:path"
import { findPython, SECOND_VERIFIER as folder, NO_PYTHON } from "@wattest/testkit/conformance/second-verifier"
import { skip } from "@wattest/testkit/skip"

const root = join(import.meta.dirname, "../..")
describe("the second verifier, in Python", function () {
  this.timeout(180_000)
  const python = findPython()
  const title = python ?? NO_PYTHON

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
    assert.match(output, /^(\d+) of \1 cases as expected, 25 not for this verifier$/m)
  })
})
