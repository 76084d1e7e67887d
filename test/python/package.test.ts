import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { skip } from "@wattest/testkit/skip"
import { findEnvironment, MISSING, ROOT } from "./python.ts"

describe("the package for Python", function () {
  this.timeout(300_000)
  const python = findEnvironment()
  const title = python ?? MISSING
  const isDeep = process.env.WATTEST_DEPTH === "deep"
  const inPackage = (...words: string[]) =>
    spawnSync(python ?? "", ["-m", ...words], {
      cwd: join(ROOT, "python"),
      encoding: "utf8",
      env: { ...process.env, WATTEST_TEST_NODE: process.execPath, MLFLOW_DISABLE_TELEMETRY: "true" },
    })

  it(`holds what its own tests say, with an agent and MLflow and CodeCarbon (${title})`, function () {
    if (python === undefined) return skip(this, MISSING)
    const { status, stdout, stderr } = inPackage("pytest", "-rs")
    assert.equal(status, 0, stdout + stderr)
    assert.ok(Number(/(\d+) passed/.exec(stdout)?.[1]) >= 85, stdout)
    // What is skipped needs packages of gigabytes, which the deep run alone has.
    const skipped = [...stdout.matchAll(/^SKIPPED .*?: (.*)$/gm)].map(([, reason = ""]) => reason)
    const expected = isDeep ? [] : skipped.filter((reason) => /: the deep run has it$/.test(reason))
    assert.deepEqual(skipped, expected, stdout)
  })

  it(`is typed throughout (${title})`, function () {
    if (python === undefined) return skip(this, MISSING)
    const { status, stdout } = inPackage("mypy", "--cache-dir", join(ROOT, "build/mypy"))
    assert.equal(status, 0, stdout)
  })
})
