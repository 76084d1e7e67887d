import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { formulaOf, KPIS, kpisOf, kpiTable } from "@wattest/budget"
import { toJson } from "@wattest/protocol"
import type { JudgedRun } from "../../budget/src/books/books.ts"
import { type Stage, stage } from "./scene.ts"

describe("the key figures", () => {
  let set: Stage
  before(() => {
    set = stage({
      tokens: { accepted: 0.5 },
      queries: { device: "q", unit: "query" },
      paid: { device: "t", unit: "transaction" },
    })
  })
  after(() => set.close())

  /** Runs of a certificate as if it were metered at the boards. */
  const runsOf = (name: string, boundary: "node" | "gpu" = "node"): readonly JudgedRun[] =>
    set.certificate(name).runs.map((run) => ({
      document: name,
      device: "0x",
      certified: { ...run, statement: { ...run.statement, boundary } },
    }))
  const figure = (name: string, id: string, quality: number | null = null, boundary: "node" | "gpu" = "node") =>
    kpisOf(runsOf(name, boundary), quality).find((kpi) => kpi.id === id)

  it("are data of one shape, each with a unit, a source and a formula", () => {
    assert.deepEqual(kpiTable(toJson(KPIS), "kpis"), KPIS)
    assert.equal(new Set(KPIS.map(({ id }) => id)).size, KPIS.length)
    assert.equal(
      formulaOf(KPIS.find(({ id }) => id === "wh-per-1000-queries") as (typeof KPIS)[number]),
      "1000/3600 · energy / work",
    )
    const page = readFileSync("docs/metrics.md", "utf8")
    for (const { id } of KPIS) assert.ok(page.includes(`\`${id}\``), id)
    assert.throws(() => kpiTable(toJson([{ ...KPIS[0], below: ["joules"] }]), "kpis"), /kpis\[0\]\.below\[0\]/)
  })

  it("are what their formulas say, at both ends of the energy", () => {
    const [run] = set.certificate("tokens").runs
    const registers = run?.statement.registers
    assert.ok(registers !== undefined)
    const joules = Number(registers.energyMillijoules) / 1000
    const expanded = Number(registers.uncertaintyMillijoules) / 1000
    const close = (found: number | undefined, wanted: number) => assert.ok(Math.abs((found ?? 0) / wanted - 1) < 1e-12)
    const accurate = figure("tokens", "joules-per-accurate-prediction")
    close(accurate?.value, joules / 2250)
    close(accurate?.lower, (joules - expanded) / 2250)
    close(accurate?.upper, (joules + expanded) / 2250)
    const perKwh = figure("tokens", "accuracy-per-kwh", 0.9)
    close(perKwh?.value, (0.9 / joules) * 3.6e6)
    close(perKwh?.lower, (0.9 / (joules + expanded)) * 3.6e6)
    const emitting = runsOf("tokens").map(({ certified: { statement, ...run }, ...judged }) => {
      const [fed, own] = [[...statement.fed, "carbon" as const], { ...registers, carbonMilligrams: 2500n }]
      return { ...judged, certified: { ...run, statement: { ...statement, fed, registers: own } } }
    })
    close(kpisOf(emitting, 0.9).find(({ id }) => id === "accuracy-per-gram-co2e")?.upper, 0.9 / 2.5)
    close(figure("paid", "wh-per-transaction")?.value, joules / 3600 / 4500)
    close(figure("queries", "wh-per-1000-queries", null, "gpu")?.value, (joules / 3600 / 4500) * 1000)
    close(figure("queries", "energy-per-prompt", null, "gpu")?.value, joules / 3600 / 4500)
    close(figure("tokens", "tokens-per-joule", null, "gpu")?.value, 4500 / joules)
  })

  it("are left out where runs do not feed them, count another unit or are metered elsewhere", () => {
    assert.equal(figure("queries", "joules-per-accurate-prediction"), undefined)
    assert.equal(figure("tokens", "accuracy-per-kwh"), undefined)
    assert.equal(figure("tokens", "accuracy-per-gram-co2e", 0.9), undefined, "no carbon is fed")
    const silent = runsOf("tokens").map(({ certified: { statement, ...run }, ...judged }) => ({
      ...judged,
      certified: { ...run, statement: { ...statement, fed: statement.fed.filter((name) => name !== "accepted") } },
    }))
    const both = [...runsOf("tokens"), ...silent]
    const isGiven = (runs: readonly JudgedRun[]) =>
      kpisOf(runs, null).some(({ id }) => id === "joules-per-accurate-prediction")
    assert.deepEqual([runsOf("tokens"), both, silent].map(isGiven), [true, false, false], "one of two feeds it")
    assert.equal(figure("tokens", "wh-per-transaction"), undefined)
    assert.equal(figure("queries", "wh-per-1000-queries"), undefined, "metered at the node")
  })
})
