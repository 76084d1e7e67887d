import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { parsePolicy } from "@wattest/verifier"
import { judgeEach } from "@wattest/verifier/files"

/** What a case of the conformance suite holds, judged as one of many documents. */
async function judged(name: string, file: string) {
  const folder = `conformance/cases/${name}`
  const policy = parsePolicy(readFileSync(`${folder}/policy.json`))
  const found = []
  for await (const one of judgeEach({ paths: [`${folder}/${file}`], policy, offline: true, nodesDeadlineMs: 1 }))
    found.push({
      kind: one.kind,
      status: one.verdict.status,
      certificates: one.proven?.wholes.length ?? null,
      runs: one.facts.runs.length,
      jobs: one.facts.jobs.length,
    })
  return found
}

describe("one of many documents that are judged", () => {
  it("shows the certificates of a job once all of it holds, and none of one that does not", async () => {
    const valid = { kind: "job", status: "valid", certificates: 2, runs: 2, jobs: 1 }
    assert.deepEqual(await judged("group-valid", "job.ndjson"), [valid])
    const refused = { kind: "job", status: "invalid", certificates: null, runs: 0, jobs: 0 }
    assert.deepEqual(await judged("group-certificate-forged", "job.ndjson"), [refused])
  })
})
