import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { changeOf } from "../../budget/src/gate/promote.ts"
import { type Stage, stage } from "./scene.ts"

describe("a change from the incumbent", () => {
  const ends = (lo: bigint, hi: bigint) => ({
    ends: { lo: { value: lo, divisor: 1n }, hi: { value: hi, divisor: 1n } },
  })
  const NONE = { value: 0n, divisor: 100n }
  const TENTH = { value: 10n, divisor: 100n }

  it("is a tie where the intervals touch, and something else one beside", () => {
    const incumbent = ends(100n, 200n)
    assert.equal(changeOf(ends(50n, 99n), incumbent, NONE), "better")
    assert.equal(changeOf(ends(50n, 100n), incumbent, NONE), "tie")
    assert.equal(changeOf(ends(200n, 300n), incumbent, NONE), "tie")
    assert.equal(changeOf(ends(201n, 300n), incumbent, NONE), "worse")
  })

  it("is allowed up to the incumbent's upper end and the share of it, both included", () => {
    const incumbent = ends(100n, 200n)
    assert.equal(changeOf(ends(201n, 300n), incumbent, TENTH), "worse, as allowed")
    assert.equal(changeOf(ends(220n, 300n), incumbent, TENTH), "worse, as allowed")
    assert.equal(changeOf(ends(221n, 300n), incumbent, TENTH), "worse")
  })
})

describe("a promotion", () => {
  let set: Stage
  before(() => {
    set = stage({
      incumbent: { accepted: 0.8 },
      same: { device: "same", power: 1.02 },
      more: { device: "more", power: 1.4, accepted: 0.8 },
      less: { device: "less", power: 0.5 },
      images: { device: "images", unit: "image" },
    })
  })
  after(() => set.close())

  const promote = async (candidate: string, ...args: string[]) => {
    const given = ["--promote", candidate, "--policy", "policy.json", "--offline", "--json", ...args]
    const { exit, stdout, stderr } = await set.say("gate", ...given)
    return { exit, stderr, ...(stdout === "" ? {} : JSON.parse(stdout)) }
  }
  const against = (candidate: string, ...args: string[]) => promote(candidate, "--incumbent", "incumbent.json", ...args)

  it("is refused only where the candidate takes more beyond uncertainty", async () => {
    const rows = [
      ["less.json", 0, "promote", "better"],
      ["same.json", 0, "promote", "tie"],
      ["more.json", 1, "refuse", "worse"],
    ] as const
    for (const [candidate, exit, decision, change] of rows) {
      const found = await against(candidate)
      assert.deepEqual([found.exit, found.decision, found.change], [exit, decision, change], candidate)
    }
  })

  it("allows a regression exactly up to what is said", async () => {
    const { candidate, incumbent } = await against("more.json")
    const percent = (candidate.lower / incumbent.upper - 1) * 100
    assert.ok(percent > 0.1)
    const allowing = async (allowed: number) =>
      (await against("more.json", "--allow-regression", allowed.toFixed(9))).change
    assert.equal(await allowing(percent + 1e-6), "worse, as allowed")
    assert.equal(await allowing(percent - 1e-6), "worse")
  })

  it("holds a candidate against budgets for a unit that select it", async () => {
    const budgets = (limit: string, select = "{}") =>
      set.write(
        "b.yaml",
        `version: 1\nbudgets: [{name: a, select: ${select}, period: month, limits: ["${limit}", "energy <= 1 J"]}]`,
      )
    const decided = async (limit: string, select?: string) => {
      budgets(limit, select)
      const { exit, decision, lines } = await promote(
        "same.json",
        "--budget",
        "b.yaml",
        "--incumbent",
        "incumbent.json",
      )
      return [exit, decision, lines.length]
    }
    assert.deepEqual(await decided("energy-per-work <= 9 J/token"), [0, "promote", 1], "a month's sum is no model's")
    assert.deepEqual(await decided("energy-per-work <= 1 J/token"), [1, "refuse", 1])
    assert.deepEqual(await decided("energy-per-accepted <= 9 J/token"), [3, "unknown", 1])
    assert.deepEqual(await decided("energy-per-work <= 1 J/token", "{model: other}"), [0, "promote", 0])
    assert.equal((await promote("same.json", "--budget", "b.yaml")).exit, 2, "nothing decides")
  })

  it("needs valid documents of one unit that have the number", async () => {
    const forged = readFileSync(set.at("same.json"), "utf8").replace('"zone":"DE"', '"zone":"SE"')
    set.write("forged.json", forged)
    const candidate = await against("forged.json")
    assert.deepEqual([candidate.exit, candidate.decision, candidate.candidate], [1, "refuse", null])
    const incumbent = await promote("same.json", "--incumbent", "forged.json")
    assert.deepEqual([incumbent.exit, incumbent.decision, incumbent.refused.length], [3, "unknown", 1])
    const unlike = await against("images.json")
    assert.deepEqual([unlike.exit, /counts image/.test(unlike.stderr)], [2, true])
    assert.equal((await against("more.json", "--by", "energy-per-accepted")).change, "worse")
    assert.equal((await against("same.json", "--by", "energy-per-accepted")).exit, 2)
  })

  it("says it in words", async () => {
    const words = ["gate", "--promote", "more.json", "--incumbent", "incumbent.json", "--policy", "policy.json"]
    const { stdout } = await set.say(...words)
    assert.match(stdout, /\nREFUSE: it takes more energy than the incumbent, beyond uncertainty/)
  })
})
