import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { NODE } from "@wattest/cli"
import { NO_UPPER_BOUND, parseExpectation } from "@wattest/protocol"
import { knownOfClaim } from "../../budget/src/books/amount.ts"
import { lineOf } from "../../budget/src/gate/decide.ts"
import { play } from "../command/support.ts"

const CASE = resolve("conformance/cases/presentation-valid")

describe("a budget and a claim over its period", () => {
  let folder = ""
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-budget-claims-"))
  })
  after(() => rmSync(folder, { recursive: true }))

  /** The claim is of model llama, at most 50.5 mJ for a token, from 08:00 to 08:17, with one void run. */
  const gated = async (limit: string, { select = "{model: llama, unit: token}", to = "2027-01-15T08:17:00Z" } = {}) => {
    const period = `{from: "2027-01-15T08:00:00Z", to: "${to}"}`
    const file = join(folder, "b.yaml")
    writeFileSync(file, `version: 1\nbudgets: [{name: a, select: ${select}, period: ${period}, limits: ["${limit}"]}]`)
    const documents = [join(CASE, "presentation.json"), "--policy", join(CASE, "policy.json"), "--offline"]
    const args = ["gate", ...documents, "--budget", file, "--json", "--allow-missing"]
    const { exit, stdout, stderr } = await play({ node: NODE }, args)
    assert.equal(stderr, "")
    const { lines, missing } = JSON.parse(stdout).budgets[0]
    return { exit, missing, lines, of: [exit, lines[0].standing, lines[0].source === "runs" ? "runs" : "claim"] }
  }

  it("is within where the proved bound keeps it, and unknown where it is looser", async () => {
    assert.deepEqual((await gated("energy-per-work <= 50.5 mJ/token")).of, [0, "within", "claim"])
    assert.deepEqual((await gated("energy-per-work <= 50.499 mJ/token")).of, [3, "unknown", "claim"])
  })

  it("knows nothing by a claim of another number, selection or period", async () => {
    const limit = "energy-per-work <= 1 J/token"
    const unknown = [3, "unknown", "runs"]
    assert.deepEqual((await gated("energy <= 1 GWh")).of, unknown)
    assert.deepEqual((await gated(limit, { to: "2027-01-15T08:18:00Z" })).of, unknown)
    for (const select of [
      "{model: llama}",
      "{unit: token}",
      "{model: llama, unit: token, site: x}",
      "{model: llama, unit: token, job: x}",
      "{model: llama, unit: token, boundary: gpu}",
    ])
      assert.deepEqual((await gated(limit, { select })).of, unknown, select)
    assert.deepEqual((await gated(limit, { select: "{model: llama, unit: token, boundary: node}" })).of, [
      0,
      "within",
      "claim",
    ])
  })

  it("says which runs the claim leaves out", async () => {
    const { missing } = await gated("energy-per-work <= 1 J/token")
    assert.match(missing.join(), /leaves out 0 unopened and 1 void runs$/)
  })

  it("goes off on the proved lower end of what has no uncertainty, and of nothing else", () => {
    const claim = (metric: "carbon" | "energy", lo: bigint, hi: bigint) => knownOfClaim({ metric, lo, hi })
    const standing = (limit: string, known: ReturnType<typeof claim>) => {
      const read = parseExpectation(limit)
      assert.ok(!("fault" in read))
      return lineOf(read, "p", known, "").standing
    }
    assert.equal(standing("carbon <= 10 mg", claim("carbon", 11n, 20n)), "over")
    assert.equal(standing("carbon <= 10 mg", claim("carbon", 10n, 20n)), "warning")
    assert.equal(standing("carbon <= 20 mg", claim("carbon", 10n, 20n)), "within")
    assert.equal(standing("energy <= 10 mJ", claim("energy", 11n, 20n)), "unknown", "uncertainty is in its bound")
  })

  it("says why it knows nothing only where neither end is bounded", () => {
    const whyOf = (metric: "carbon" | "energy", lo: bigint, hi: bigint) => knownOfClaim({ metric, lo, hi }).why
    assert.deepEqual(
      [whyOf("carbon", 0n, 20n), whyOf("carbon", 1n, NO_UPPER_BOUND), whyOf("energy", 1n, 20n)],
      [null, null, null],
    )
    for (const why of [whyOf("carbon", 0n, NO_UPPER_BOUND), whyOf("energy", 1n, NO_UPPER_BOUND)])
      assert.match(why ?? "", /from neither end/)
  })
})
