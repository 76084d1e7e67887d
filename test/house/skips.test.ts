import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"

/** What a run of two tests ends with, one of which lacks something. */
function ending(had: string, environment: Readonly<Record<string, string>>, ...more: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "wattest-skips-"))
  const skipping = resolve("testkit/src/skip.ts")
  const files = ["some.test.ts", "other.test.ts"].map((name) => join(folder, name))
  const body = `import { skip } from ${JSON.stringify(skipping)}
    describe("some", () => { it("goes", () => {}); it("lacks", function () { skip(this, "no thing", "${had}") }) })`
  for (const file of files.slice(0, more.length === 0 ? 1 : 2)) writeFileSync(file, body)
  const env = { ...process.env, WATTEST_STRICT: "", WATTEST_DEPTH: "", ...environment }
  const { status, stderr } = spawnSync(
    "npx",
    ["mocha", "--no-config", "--exit", "--require", skipping, ...more, join(folder, "*.test.ts")],
    { env, encoding: "utf8" },
  )
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

  it("stands in the last lines of files that run side by side too", () => {
    const { status, stderr } = ending("ci", { WATTEST_STRICT: "1" }, "--parallel", "--jobs=2")
    assert.equal(status, 1)
    const [title, ...lines] = stderr.trim().split("\n")
    assert.deepEqual([title, lines.length], ["2 not tried here:", 3])
    assert.deepEqual(new Set(lines.slice(0, 2)), new Set(["  some lacks: no thing"]))
    assert.match(lines[2] ?? "", /^error: a strict run has all that can be had, and 2 of these can$/)
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
