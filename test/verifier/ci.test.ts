import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { encodeDocument, parseCertificate, toJson } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import { parse } from "yaml"

const COMMAND = `${process.execPath} ${resolve("verifier/src/main.ts")}`
const FOLDER = resolve("verifier/ci")
const MEMBER: { readonly version: string } = JSON.parse(readFileSync("verifier/package.json", "utf8"))

type Action = {
  readonly inputs: { readonly [name: string]: { readonly default?: string } }
  readonly runs: {
    readonly steps: readonly { readonly run: string; readonly env: { readonly [name: string]: string } }[]
  }
}
type Template = {
  readonly [job: string]: {
    readonly script: readonly string[]
    readonly variables: { readonly [name: string]: string }
  }
}

describe("a gate in a pipeline", () => {
  let folder = ""
  const told = tell({})
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-ci-"))
    mkdirSync(join(folder, "in put"))
    writeFileSync(join(folder, "in put", "run.json"), encodeDocument(told.certificate))
    writeFileSync(join(folder, "-odd.json"), encodeDocument(told.certificate))
    const job = tell({ runs: 2 })
    const whole = parseCertificate(encodeDocument(job.certificate))
    writeFileSync(join(folder, "part.json"), encodeDocument({ ...whole, runs: whole.runs.slice(1) }))
    writeFileSync(join(folder, "both.json"), JSON.stringify(toJson(job.policy)))
    writeFileSync(join(folder, "policy.json"), JSON.stringify(toJson(told.policy)))
  })
  after(() => rmSync(folder, { recursive: true }))

  const sh = (script: string, env: { readonly [name: string]: string }) => {
    const own = { PATH: process.env.PATH ?? "", WATTEST_COMMAND: COMMAND, GITHUB_ACTION_PATH: FOLDER }
    const { status, stdout, stderr } = spawnSync("sh", ["-c", script], {
      ...{ cwd: folder, encoding: "utf8", env: { ...own, ...env } },
    })
    return { status, stdout, stderr }
  }

  describe("as an action", () => {
    const { inputs, runs } = parse(readFileSync(join(FOLDER, "action.yml"), "utf8")) as Action
    const [step] = runs.steps
    assert.ok(step)

    /** What a runner makes of the step: every `${{ inputs.x }}` is the input or its default. */
    const act = (given: { readonly [input: string]: string }) => {
      for (const name of Object.keys(given)) assert.ok(name in inputs, name)
      const env = Object.entries(step.env).map(([name, text]) => {
        const [, input = ""] = /^\$\{\{ inputs\.([a-z-]+) \}\}$/.exec(text) ?? []
        assert.ok(input in inputs, text)
        return [name, given[input] ?? inputs[input]?.default ?? ""]
      })
      return sh(step.run, Object.fromEntries(env))
    }
    const base = { paths: "in put\n", policy: "policy.json" }

    it("passes in one line, and fails with the exit code of the verdict", () => {
      const passed = act({ ...base, expect: "energy-per-work <= 2 kWh/Mtoken\nenergy <= 1 kWh" })
      assert.equal(passed.status, 0, passed.stderr)
      assert.match(passed.stdout, /^VALID 1 document/)
      assert.equal(passed.stdout.split("\n").length, 2)
      assert.equal(act({ ...base, expect: "energy-per-work <= 1 kWh/Mtoken" }).status, 5)
      assert.equal(act({ ...base, expect: "wue <= 1 L/kWh" }).status, 3)
      assert.equal(act({ ...base, model: "another" }).status, 5)
      assert.equal(act({ ...base, "fail-on": "info" }).status, 5)
      assert.equal(act({ ...base, "min-grade": "calibrated" }).status, 5)
      const [from, to] = ["2020-01-01", "2030-01-01"]
      assert.equal(act({ ...base, from, to, "whole-job": "true" }).status, 0)
      assert.equal(act({ ...base, from: to }).status, 5)
      assert.equal(act({ ...base, to: from }).status, 5)
      const between = "energy-per-work <= 1.8 kWh/Mtoken"
      assert.equal(act({ ...base, expect: between, central: "true" }).status, 0)
      assert.equal(act({ ...base, expect: between, central: "false" }).status, 5)
      assert.equal(act({ ...base, paths: "part.json", policy: "both.json", "whole-job": "false" }).status, 0)
      assert.equal(act({ ...base, paths: "part.json", policy: "both.json", "whole-job": "true" }).status, 3)
      assert.equal(act({ ...base, policy: "" }).status, 2)
      assert.equal(act({ ...base, paths: "" }).status, 2)
    })

    it("takes a name that begins like an option, and runs nothing that an input says", () => {
      assert.equal(act({ ...base, paths: "-odd.json" }).status, 0)
      const hostile = '$(touch owned); `touch owned`; "; touch owned; "'
      assert.notEqual(act({ ...base, paths: hostile, model: hostile, expect: hostile }).status, 0)
      assert.equal(sh("test -e owned", {}).status, 1)
    })

    it("writes what a pipeline shows of its tests", () => {
      assert.equal(act({ ...base, junit: "out.xml" }).status, 0)
      assert.match(readFileSync(join(folder, "out.xml"), "utf8"), /tests="2" failures="0" errors="0"/)
    })
  })

  it("as a template, runs the same script", () => {
    const template = (parse(readFileSync(join(FOLDER, "gitlab.yml"), "utf8")) as Template)[".wattest-gate"]
    const gate = template?.script.at(-1) ?? ""
    const script = gate.replace('"$(npm root --global)/@wattest/verifier/ci/gate.sh"', `"${FOLDER}/gate.sh"`)
    assert.notEqual(script, gate)
    const env = { ...template?.variables, WATTEST_PATHS: "in put", WATTEST_POLICY: "policy.json" }
    const run = (expect: string) =>
      sh(script.replace("WATTEST_COMMAND=wattest-verify ", ""), { ...env, WATTEST_EXPECT: expect })
    assert.equal(run("energy <= 1 kWh").status, 0)
    assert.equal(run("energy <= 1 Wh").status, 5)
    assert.match(readFileSync(join(folder, template?.variables.WATTEST_JUNIT ?? ""), "utf8"), /EXPECTATION_NOT_MET/)
  })

  it("is of the version that is published with it", () => {
    for (const file of ["gate.sh", "gitlab.yml"])
      assert.ok(readFileSync(join(FOLDER, file), "utf8").includes(`@wattest/verifier@${MEMBER.version}`), file)
  })
})
