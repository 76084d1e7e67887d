import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeDocument, METRIC_NAMES, type MetricName, toJson, unitsOf } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import { type Expected, verifyCertificate } from "@wattest/verifier"
import { codeOf, OFFLINE } from "./judging.ts"

const told = tell({})
const certificate = encodeDocument(told.certificate)
const HUGE = `${"9".repeat(29)}`

/** Units in which a bound of a metric may be written, with the work that it is counted by. */
function spellings(metric: MetricName): readonly string[] {
  const units = unitsOf(metric)
  if (metric === "work") return ["token", "ktoken", "Mtoken", "Gtoken"]
  if (!/-per-/.test(metric)) return units
  return units.flatMap((unit) => ["token", "ktoken", "Mtoken", "Gtoken"].map((work) => `${unit}/${work}`))
}

/** Every metric that a certificate may be asked for, in every unit. */
const ASKED = METRIC_NAMES.filter((metric) => metric !== "ratio").flatMap((metric) =>
  spellings(metric).map((unit) => ({ metric, unit })),
)

const judge = async (expect: Expected) => verifyCertificate(certificate, { ...told.policy, expect }, OFFLINE)

/** What the gate says that a number is, rounded against the claimant; null where nothing is known of it. */
async function foundOf(bound: string): Promise<string | null> {
  const { verdict } = await judge({ bounds: [bound] })
  if (verdict.status === "undetermined" && verdict.code === "EXPECTATION_UNDECIDED") return null
  assert.ok(verdict.status === "valid", `${bound}: ${"detail" in verdict ? verdict.detail : ""}`)
  const [met] = verdict.claim.expectations
  return /^[0-9.]+/.exec(met?.found ?? "")?.[0] ?? assert.fail(`${bound}: ${met?.found}`)
}

/** The same decimal number, its last digit one higher or lower. */
function stepped(decimal: string, by: bigint): string {
  const [whole = "", fraction = ""] = decimal.split(".")
  const digits = String(BigInt(whole + fraction) + by).padStart(fraction.length + 1, "0")
  const at = digits.length - fraction.length
  return fraction === "" ? digits : `${digits.slice(0, at)}.${digits.slice(at)}`
}

describe("the gate's metrics and units", () => {
  const folder = mkdtempSync(join(tmpdir(), "wattest-units-"))
  const at = (name: string) => join(folder, name)
  before(() => {
    writeFileSync(at("run.json"), certificate)
    writeFileSync(at("policy.json"), JSON.stringify(toJson(told.policy)))
  })
  after(() => rmSync(folder, { recursive: true }))

  const gate = (bounds: readonly string[]) => {
    const flags = bounds.flatMap((bound) => ["--expect", bound])
    const given = [at("run.json"), "--policy", at("policy.json"), "--offline", "--line", ...flags]
    return spawnSync(process.execPath, ["verifier/src/main.ts", ...given], { encoding: "utf8" })
  }

  it("hold at what a number is and miss one step before it, in every unit, through library and command", async () => {
    const met: string[] = []
    for (const { metric, unit } of ASKED) {
      const most = await foundOf(`${metric} <= ${HUGE} ${unit}`)
      const least = await foundOf(`${metric} >= 0 ${unit}`)
      assert.equal(most === null, least === null, `${metric} ${unit}`)
      if (most === null || least === null || most === "0") continue
      const holding = [`${metric} <= ${most} ${unit}`, `${metric} >= ${least} ${unit}`]
      assert.equal(codeOf(await judge({ bounds: holding })), "valid", holding.join(", "))
      met.push(...holding)
      const missing = [`${metric} <= ${stepped(most, -1n)} ${unit}`]
      if (least !== "0") missing.push(`${metric} >= ${stepped(least, 1n)} ${unit}`)
      for (const bound of missing) assert.equal(codeOf(await judge({ bounds: [bound] })), "EXPECTATION_NOT_MET", bound)
    }
    assert.ok(met.length >= 100, `${met.length} bounds`)
    for (let first = 0; first < met.length; first += 64) {
      const { status, stdout } = gate(met.slice(first, first + 64))
      assert.equal(status, 0, stdout)
    }
    const [some = ""] = met.filter((bound) => bound.includes("kWh/Mtoken"))
    const [, metric, most = "", unit] = /^(\S+) <= (\S+) (.+)$/.exec(some) ?? []
    assert.equal(gate([`${metric} <= ${stepped(most, -1n)} ${unit}`]).status, 5)
  }).timeout(120_000)

  it("are undecided, and never met, where nothing feeds them", async () => {
    for (const metric of ["wue", "pue", "erf", "carbon", "water", "ledger-share"] as const)
      for (const bound of [`${metric} <= ${HUGE}`, `${metric} >= 0`])
        assert.equal(codeOf(await judge({ bounds: [bound] })), "EXPECTATION_UNDECIDED", bound)
  })
})
