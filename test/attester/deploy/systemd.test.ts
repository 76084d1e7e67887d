import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { attest } from "@wattest/testkit/attester/program"
import { skip } from "@wattest/testkit/skip"

const UNIT = readFileSync("attester/deploy/systemd/wattest-device.service", "utf8")
const PROGRAM = "/usr/bin/wattest-attest"

const hasAnalyze = (): boolean => spawnSync("systemd-analyze", ["--version"]).status === 0

/** Values of a setting, in their order. */
const settings = (name: string) => [...UNIT.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value = ""]) => value)

describe("the systemd unit", () => {
  /** What systemd's own tool says of a unit, whose program is one that is here. */
  function analyze(unit: string, ...args: string[]) {
    const folder = mkdtempSync(join(tmpdir(), "wattest-unit-"))
    try {
      const path = join(folder, "wattest-device.service")
      writeFileSync(path, unit.replace(PROGRAM, process.execPath))
      return spawnSync("systemd-analyze", [...args, path], { encoding: "utf8" })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  it("is one that systemd takes without a word", function () {
    if (!hasAnalyze()) skip(this, "no systemd-analyze")
    const { status, stderr } = analyze(UNIT, "verify")
    assert.deepEqual([status, stderr], [0, ""])
    const misspelt = analyze(UNIT.replace("ProtectSystem=", "ProtectSistem="), "verify")
    assert.match(misspelt.stderr, /ProtectSistem/)
  })

  it("is exposed as little as a process can be that reads devices and speaks to a network", function () {
    if (!hasAnalyze()) skip(this, "no systemd-analyze")
    const security = (unit: string) => analyze(unit, "security", "--offline=true", "--threshold=20")
    const { status, stdout } = security(UNIT)
    assert.equal(status, 0, stdout)
    assert.notEqual(
      security(UNIT.replace("CapabilityBoundingSet=\n", "").replace("RestrictNamespaces=yes\n", "")).status,
      0,
    )
  })

  it("starts a command that there is, as a user of its own that can write one folder", () => {
    const [start = ""] = settings("ExecStart")
    const [program, command, ...flags] = start.split(" ")
    assert.equal(program, PROGRAM)
    const { status, stderr } = attest(command ?? "", ...flags.map((flag) => flag.replace("/etc/wattest", "/nowhere")))
    assert.equal(status, 2)
    assert.match(stderr, /\/nowhere\/agent\.json/)
    assert.deepEqual(settings("Environment"), ["WATTEST_HOME=/var/lib/wattest"])
    assert.deepEqual([...settings("StateDirectory"), ...settings("StateDirectoryMode")], ["wattest", "0700"])
    assert.match(
      readFileSync("attester/deploy/systemd/wattest.sysusers.conf", "utf8"),
      /^u wattest - .* \/var\/lib\/wattest$/m,
    )
    assert.deepEqual(
      [...settings("User"), ...settings("ProtectSystem"), ...settings("NoNewPrivileges")],
      ["wattest", "strict", "yes"],
    )
  })

  it("does not start again what refuses its configuration", () => {
    const { status } = attest("serve", "--config", "/nowhere/agent.json")
    assert.deepEqual(settings("RestartPreventExitStatus"), [String(status)])
  })
})
