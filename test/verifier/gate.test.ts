import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeDocument, parseCertificate, toJson } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import { parsePolicy, policyDigest } from "@wattest/verifier"
import { sayFraction } from "../../verifier/src/gate/fraction.ts"

const MAIN = "verifier/src/main.ts"
const told = tell({})

describe("the buyer's gate", () => {
  let folder = ""
  const at = (name: string) => join(folder, name)
  const gate = (...args: string[]) => {
    const given = [at("run.json"), "--policy", at("policy.json"), "--offline", ...args]
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...given], { encoding: "utf8" })
    return { status, stdout, stderr }
  }

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-gate-"))
    writeFileSync(at("run.json"), encodeDocument(told.certificate))
    writeFileSync(at("policy.json"), JSON.stringify(toJson(told.policy)))
  })
  after(() => rmSync(folder, { recursive: true }))

  it("passes on a sentence, says the number in its unit, and in one line", () => {
    const { status, stdout } = gate("--expect", "energy-per-work <= 2 kWh/Mtoken", "--line")
    assert.deepEqual([status, stdout.split("\n").length], [0, 2])
    assert.match(
      stdout,
      /^VALID .*run\.json: energy-per-work <= 2 kWh\/Mtoken: 1\.86[0-9]* kWh\/Mtoken, uncertainty counted\n$/,
    )
  })

  it("counts uncertainty against the claimant, unless told to compare the value", () => {
    const bound = ["--expect", "energy-per-work <= 1.8 kWh/Mtoken"]
    const missed = gate(...bound, "--line")
    assert.equal(missed.status, 5)
    assert.match(missed.stdout, /^UNACCEPTED .*EXPECTATION_NOT_MET: energy-per-work <= 1\.8 kWh\/Mtoken: it is 1\.86/)
    assert.equal(gate(...bound, "--central").status, 0)
  })

  it("exits 3 on what cannot be decided, and shows no number then", () => {
    const { status, stdout } = gate("--expect", "wue <= 9 L/kWh", "--json")
    assert.equal(status, 3)
    const { verdict, quantities, expectations } = JSON.parse(stdout)
    assert.deepEqual([verdict.code, quantities, expectations], ["EXPECTATION_UNDECIDED", [], []])
  })

  it("exits 1 on a forged certificate, whatever is expected", () => {
    writeFileSync(at("forged.json"), readFileSync(at("run.json"), "utf8").replace('"zone":"DE"', '"zone":"SE"'))
    const args = [at("forged.json"), "--policy", at("policy.json"), "--offline", "--expect", "energy <= 1 GWh"]
    assert.equal(spawnSync(process.execPath, [MAIN, ...args]).status, 1)
  })

  it("looks at labels, time, grades, findings and the whole job", () => {
    const rows: readonly (readonly [number, ...string[]])[] = [
      [0, "--model", modelOf()],
      [5, "--model", "another"],
      [5, "--party", "another"],
      [0, "--from", "2020-01-01", "--to", "2030-01-01"],
      [5, "--from", "2030-01-01"],
      [5, "--to", "2020-01-01"],
      [0, "--min-grade", "measured"],
      [5, "--min-grade", "calibrated"],
      [0, "--fail-on", "serious"],
      [5, "--fail-on", "info"],
    ]
    for (const [expected, ...args] of rows) assert.equal(gate(...args).status, expected, args.join(" "))
  })

  it("wants the whole job where it is asked to", () => {
    const { certificate, policy } = tell({ runs: 2 })
    const parsed = parseCertificate(encodeDocument(certificate))
    writeFileSync(at("part.json"), encodeDocument({ ...parsed, runs: parsed.runs.slice(1) }))
    writeFileSync(at("both.json"), JSON.stringify(toJson(policy)))
    const status = (...args: string[]) =>
      spawnSync(process.execPath, [MAIN, at("part.json"), "--policy", at("both.json"), "--offline", ...args]).status
    assert.deepEqual([status(), status("--whole-job"), gate("--whole-job").status], [0, 3, 0])
  })

  it("refuses to be asked what it cannot read, and says how to write it", () => {
    for (const text of ["energy-per-work <= 2 J", "enrgy <= 2 J", "energy < 2 J"]) {
      const { status, stderr } = gate("--expect", text)
      assert.equal(status, 2, text)
      assert.match(stderr, /^error: --expect: .*\nhint: write it as --expect "energy-per-work <= 0\.2 kWh\/Mtoken"/)
    }
  })

  it("is the same in a policy, which an option may add to and never change", () => {
    const contract = { ...told.policy, expect: { bounds: ["energy <= 1 kWh"], party: "another" } }
    writeFileSync(at("contract.json"), JSON.stringify(toJson(contract)))
    const under = (...args: string[]) =>
      spawnSync(process.execPath, [MAIN, at("run.json"), "--policy", at("contract.json"), "--offline", ...args], {
        encoding: "utf8",
      })
    assert.equal(under().status, 5)
    const { status, stderr } = under("--party", "")
    assert.deepEqual([status, /--party/.test(stderr)], [2, true])
    assert.match(under("--party", "mine").stderr, /--party is not what the policy expects/)
    assert.throws(
      () => parsePolicy(encodeDocument({ ...contract, expect: { bounds: ["energy < 1"] } })),
      /FIELD_MALFORMED|METRIC/,
    )
  })

  it("changes no digest of a policy that expects nothing", () => {
    const { expect: _, ...bare } = told.policy
    assert.equal(policyDigest(bare), policyDigest(told.policy))
    assert.notEqual(policyDigest({ ...bare, expect: { model: "x" } }), policyDigest(bare))
  })
})

const modelOf = () => (told.certificate as { runs: { statement: { model: string } }[] }).runs[0]?.statement.model ?? ""

describe("a number beside its bound", () => {
  const say = (value: bigint, divisor: bigint, isUp: boolean) =>
    sayFraction({ value, divisor }, { value: 1n, divisor: 1n }, isUp)

  it("is rounded against the claimant, and never across its bound", () => {
    assert.deepEqual([say(1n, 3n, true), say(1n, 3n, false)], ["0.3334", "0.3333"])
    assert.deepEqual([say(2n, 3000n, true), say(2n, 3000n, false)], ["0.0006667", "0.0006666"])
    assert.deepEqual([say(1n, 3000n, true), say(1n, 3000n, false)], ["0.0003334", "0.0003333"])
    assert.deepEqual([say(123_456n, 10n, true), say(123_456n, 10n, false)], ["12346", "12345"])
    assert.deepEqual([say(0n, 7n, true), say(5n, 1n, true), say(1n, 10n, false)], ["0", "5", "0.1"])
  })
})
