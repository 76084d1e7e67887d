import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { globSync, readFileSync } from "node:fs"
import { parse } from "yaml"

type Step = { readonly uses?: string; readonly run?: string; readonly with?: Readonly<Record<string, unknown>> }
type Permissions = Readonly<Record<string, string>>
type Job = { readonly permissions?: Permissions; readonly environment?: string; readonly steps: readonly Step[] }
type Workflow = { readonly permissions?: Permissions; readonly jobs: Readonly<Record<string, Job>> }

const FILES = globSync(".github/workflows/*.yml")
const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> }
const workflows = FILES.map((file) => {
  const text = readFileSync(file, "utf8")
  return { file, text, workflow: parse(text) as Workflow }
})
const jobs = workflows.flatMap(({ file, workflow }) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({ where: `${file}: ${name}`, job, workflow })),
)

/** What a job may write, by its own permissions or its workflow's. Without either it would have all that the token has. */
const writesOf = ({ permissions }: Job, workflow: Workflow): readonly string[] => {
  const granted = permissions ?? workflow.permissions
  if (granted === undefined) return ["everything"]
  return Object.entries(granted).flatMap(([what, right]) => (right === "write" ? [what] : []))
}
const unpinned = (text: string) =>
  [...text.matchAll(/^\s*-? ?uses: (.*)$/gm)].filter(
    ([, use = ""]) => !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(use),
  )

describe("the workflows", () => {
  it("are three", () =>
    assert.deepEqual(FILES.map((file) => file.split("/").at(-1)).sort(), ["check.yml", "nightly.yml", "release.yml"]))

  it("pin every action to a commit, beside its version", () => {
    for (const { file, text } of workflows) assert.deepEqual(unpinned(text), [], file)
    assert.equal(unpinned("      - uses: actions/checkout@v5\n").length, 1)
    assert.equal(unpinned(`      - uses: actions/checkout@${"a".repeat(40)}\n`).length, 1)
  })

  it("may write nothing, but for the release, which a person approves and which builds no code of ours beside its rights", () => {
    for (const { where, job, workflow } of jobs) {
      const writes = writesOf(job, workflow)
      if (writes.length === 0) continue
      assert.match(where, /release\.yml: (?:npm|image)$/)
      assert.equal(job.environment, "release", where)
      assert.ok(!job.steps.some(({ run }) => /npm (?:ci|run|test|start)|\.ci\/run/.test(run ?? "")), where)
      assert.ok(!(writes.includes("id-token") && writes.includes("packages")), where)
    }
    assert.deepEqual(writesOf({ steps: [] }, { jobs: {} }), ["everything"])
  })

  it("leave no token in a checkout", () => {
    for (const { where, job } of jobs)
      for (const step of job.steps)
        if (step.uses?.startsWith("actions/checkout@")) assert.equal(step.with?.["persist-credentials"], false, where)
  })

  it("run .ci/run on pull requests, deep at night, and before a release", () => {
    const runs = (name: string) => workflows.find(({ file }) => file.endsWith(name))?.text ?? ""
    for (const name of ["check.yml", "nightly.yml", "release.yml"]) assert.match(runs(name), /sudo .*\.ci\/run/)
    assert.match(runs("check.yml"), /^ {2}pull_request:$/m)
    assert.match(runs("nightly.yml"), /WATTEST_DEPTH: deep/)
    assert.match(runs("release.yml"), /needs: build/)
  })

  it("name npm scripts that exist, in shell that parses, and put no event's text into it", () => {
    for (const { where, job } of jobs)
      for (const { run } of job.steps) {
        if (run === undefined) continue
        for (const [, name = ""] of run.matchAll(/npm run ([\w:-]+)/g)) assert.ok(scripts[name], `${where}: ${name}`)
        assert.doesNotMatch(run, /\$\{\{/, where)
        const { status, stderr } = spawnSync("bash", ["-n"], { input: run, encoding: "utf8" })
        assert.equal(status, 0, `${where}: ${stderr}`)
      }
  })
})
