import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Two devices of 54.8 kJ ± 6.25 kJ together. */
const JOB = "conformance/cases/group-valid"

describe("budgets and jobs of several devices", function () {
  this.timeout(120_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-budget-jobs-"))
  after(() => rmSync(folder, { recursive: true }))

  function gate(limit: string, job = JOB) {
    const budget = join(folder, "budget.yaml")
    const period = "{ from: 2020-01-01, to: 2035-01-01 }"
    writeFileSync(budget, `version: 1\nbudgets:\n  - { name: all, period: ${period}, limits: [${limit}] }\n`)
    const words = [
      "gate",
      join(job, "job.ndjson"),
      "--policy",
      join(job, "policy.json"),
      "--budget",
      budget,
      "--offline",
    ]
    const { status, stdout } = spawnSync(process.execPath, ["cli/src/main.ts", ...words], { encoding: "utf8" })
    return { status, stdout }
  }

  it("count every device's runs, both ends of the interval", () => {
    assert.equal(gate("energy <= 61056 J").status, 0)
    const within = gate("energy <= 50 kJ")
    assert.deepEqual([within.status, /48\.54 kJ to 61\.06 kJ/.test(within.stdout)], [0, true])
    assert.equal(gate("energy <= 48544 J").status, 1)
  })

  it("are missing where they are refused", () => {
    const { status, stdout } = gate("energy <= 1 MWh", "conformance/cases/group-foreign-device")
    assert.equal(status, 3)
    assert.match(stdout, /does not enter: it is invalid, JOB_DEVICE_FOREIGN/)
  })
})
