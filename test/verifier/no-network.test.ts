import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeDocument, toJson } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import { skip } from "@wattest/testkit/skip"
import type { Policy, ReportModel } from "@wattest/verifier"

/** Runs a command where there is no interface at all, not even a loopback that is up. */
const without = ["--net", "--map-root-user"]
const canUnshare = spawnSync("unshare", [...without, "true"]).status === 0

describe("wattest-verify without a network", () => {
  let folder = ""
  before(function () {
    if (!canUnshare) skip(this, "unshare cannot make a network namespace here")
    folder = mkdtempSync(join(tmpdir(), "wattest-offline-"))
  })
  after(() => folder && rmSync(folder, { recursive: true }))

  function judge(change: (policy: Policy) => Policy) {
    const { certificate, policy } = tell({})
    const [document, belief] = [join(folder, "certificate.json"), join(folder, "policy.json")]
    writeFileSync(document, encodeDocument(certificate))
    writeFileSync(belief, JSON.stringify(toJson(change(policy))))
    const command = [process.execPath, "verifier/src/main.ts", document, "--policy", belief, "--json"]
    const { status, stdout, stderr } = spawnSync("unshare", [...without, ...command], { encoding: "utf8" })
    assert.equal(stderr, "")
    return { status, report: JSON.parse(stdout) as ReportModel }
  }

  const openChecks = ({ documents }: ReportModel) =>
    documents.flatMap(({ checks }) =>
      checks.filter(({ verdict }) => verdict.status !== "valid").map(({ id, verdict }) => `${id}: ${verdict.code}`),
    )

  it("is as sure as with one, where the policy lists the blocks", () => {
    const { status, report } = judge((policy) => policy)
    assert.equal(status, 0)
    assert.deepEqual(openChecks(report), [])
  })

  it("leaves open exactly the checks that need the chain, and names them", () => {
    const { status, report } = judge((policy) => ({
      ...policy,
      chains: policy.chains.map((chain) => ({ ...chain, trustedBlocks: [], rpcs: ["http://198.51.100.1:8545"] })),
    }))
    assert.equal(status, 3)
    assert.deepEqual(
      openChecks(report),
      ["block-trusted", "enrolment", "vouch", "not-withdrawn", "beacon"].map((id) => `${id}: CHAIN_UNAVAILABLE`),
    )
    assert.equal(report.subject, null)
  })
})
