import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createDevice } from "@wattest/attester"
import { encodeProfile, toJson } from "@wattest/protocol"
import { attest } from "@wattest/testkit/attester/program"
import { anchorRuns, recordedPolicy } from "@wattest/testkit/attester/recorded"
import { ACCOUNTS } from "@wattest/testkit/conformance/keys"
import { needsData } from "../attester/traces/support.ts"
import { profileOf } from "./scene.ts"

const DATA = "mlperf-training-v4.0-smc-8xH100-ac-vs-dc"
const WINDOW = ["--from", "1715257378825", "--to", "1715259073345", "--rating", "18000", "--interval", "10min"]
/** The node's own supplies deliver DC; what feeds them is metered at the rack. */
const SIDES = { ac: "rack", dc: "node" } as const

const command = (member: string, ...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${member}/src/main.ts`, ...args], {
    encoding: "utf8",
  })
  assert.equal(status, 0, stderr)
  return stdout
}

describe("one run that was metered at both sides of its supplies", function () {
  this.timeout(120_000)
  let folder = ""
  const at = (...names: readonly string[]) => join(folder, ...names)

  before(async function () {
    const logs = needsData(this, DATA)
    folder = mkdtempSync(join(tmpdir(), "wattest-pair-"))
    mkdirSync(at("certificates"))
    for (const [side, boundary] of Object.entries(SIDES)) {
      await createDevice(at(side), { scheme: "ed25519" })
      const trace = join(logs, side, "node_0.txt")
      const { status, stderr } = attest("replay", trace, ...WINDOW, "--boundary", boundary, "--home", at(side))
      assert.equal(status, 0, stderr)
    }
    const block = await anchorRuns([at("ac"), at("dc")], 100n)
    for (const side of ["ac", "dc"])
      command("prover", "certificate", "--home", at(side), "--runs", "0", "--out", at("certificates", `${side}.json`))
    writeFileSync(at("policy.json"), JSON.stringify(toJson(recordedPolicy([block]))))
    writeFileSync(at("profile.json"), encodeProfile(profileOf({ operator: ACCOUNTS.operator, sites: [], meters: [] })))
  })
  after(() => {
    if (folder !== "") rmSync(folder, { recursive: true })
  })

  const rows = (year: string): readonly { boundary: string; energyKwh: string }[] => {
    const believed = ["--policy", at("policy.json"), "--profile", at("profile.json"), "--offline"]
    return JSON.parse(command("disclosure", "inventory", at("certificates"), ...believed, "--year", year, "--json"))
      .rows
  }

  it("has the ratio 0.9742 of one boundary to the other in the inventory, which adds them nowhere", () => {
    const kWh = new Map(rows("2024").map(({ boundary, energyKwh }) => [boundary, Number(energyKwh)]))
    assert.deepEqual([...kWh.keys()].sort(), ["node", "rack"])
    assert.equal(((kWh.get("node") ?? 0) / (kWh.get("rack") ?? 0)).toFixed(4), "0.9742")
    assert.ok(Math.abs((kWh.get("rack") ?? 0) * 3.6 - 12.115) < 0.012)
  })

  it("is in no other year", () => assert.deepEqual(rows("2025"), []))
})
