import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"

/** What a run of two tests ends with, one of which lacks something. */
function ending(had: string, environment: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "wattest-skips-"))
  const file = join(folder, "some.test.ts")
  const body = `import { skip } from ${JSON.stringify(resolve("testkit/src/skip.ts"))}
    describe("some", () => { it("goes", () => {}); it("lacks", function () { skip(this, "no thing", "${had}") }) })`
  writeFileSync(file, body)
  const env = { ...process.env, WATTEST_STRICT: "", WATTEST_DEPTH: "", ...environment }
  const { status, stderr } = spawnSync("npx", ["mocha", "--no-config", "--exit", file], { env, encoding: "utf8" })
  rmSync(folder, { recursive: true })
  return { status, stderr }
}

describe("what a run did not try", () => {
  it("stands in its last lines, with the reason", () => {
    const { status, stderr } = ending("ci", {})
    assert.deepEqual([status, stderr.trim()], [0, "1 not tried here:\n  some lacks: no thing"])
  })

  it("fails a strict run where it can be had, and nowhere else", () => {
    const strict = { WATTEST_STRICT: "1" }
    assert.equal(ending("ci", strict).status, 1)
    assert.match(ending("ci", strict).stderr, /error: a strict run has all that can be had, and 1 of these can/)
    assert.deepEqual([ending("deep", strict).status, ending("elsewhere", strict).status], [0, 0])
    assert.equal(ending("deep", { ...strict, WATTEST_DEPTH: "deep" }).status, 1)
  })

  it("is always told by the same words", () => {
    const files = globSync("{test,testkit}/**/*.ts").filter((file) => !file.endsWith("testkit/src/skip.ts"))
    const silent = files.filter((file) =>
      /\b(?:this|context|it|describe|test)\.skip\(/.test(readFileSync(file, "utf8")),
    )
    assert.deepEqual(
      silent.filter((file) => !file.endsWith("skips.test.ts")),
      [],
    )
  })
})
