import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { REGISTERS, type Registers } from "@wattest/protocol"
import { skip } from "@wattest/testkit/skip"
import { familiesOf } from "../../../attester/src/metrics/page.ts"
import { checkRules, promtool } from "../metrics/judges.ts"

type Panel = {
  readonly id: number
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[]
}
type Dashboard = {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] }
}

const dashboard = JSON.parse(readFileSync("attester/deploy/grafana/devices.json", "utf8")) as Dashboard

/** A page on which everything is that a device can show, but for what a host and a board exclude of one another. */
const families = (["node", "gpu"] as const).flatMap((boundary) =>
  familiesOf({
    device: "0x",
    boundary,
    lifetimeMillijoules: 1n,
    totals: Object.fromEntries(REGISTERS.map((name) => [name, 1n])) as Registers,
    run: 1n,
    captures: 1,
    timeMs: 1,
    powerMilliwatts: 1,
    clock: "synchronised",
    isWorking: true,
    powers: [{ sensor: "a", covers: "accelerator", watts: 1 }],
    faults: new Map([["a", new Map([["timeout", 1]])]]),
    covers: new Map(),
    runs: { ended: 1, anchored: 1, anchoredUntilMs: 1 },
  }),
)
const labels = new Map(
  families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, samples: [first] }) => [name, ["instance", ...Object.keys(first?.labels ?? {})]]),
)

/** Names and labels of a query that no page has. */
function strangersIn(expr: string, legend = ""): readonly string[] {
  const names = [...expr.matchAll(/\b(?:wattest|hw)_[a-z0-9_]+(?=[{[\s),]|$)/g)].map(([name]) => name)
  const metrics = names.filter((name) => !name.startsWith("hw_") || labels.has(name) || !/^hw_(?:id|type)$/.test(name))
  const known = new Set(metrics.flatMap((name) => labels.get(name) ?? []))
  const asked = [
    ...[...expr.matchAll(/[{,]([a-z_]+)=/g)].map(([, label = ""]) => label),
    ...[...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(", ")),
    ...[...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label),
  ]
  if (metrics.length === 0) return [`no metric in ${expr}`]
  return [...metrics.filter((name) => !labels.has(name)), ...asked.filter((label) => !known.has(label))]
}

describe("the dashboard", () => {
  const targets = dashboard.panels.flatMap(({ title, targets: own }) => own.map((target) => ({ title, ...target })))

  it("asks for metrics and labels that the page has, and for nothing else", () => {
    assert.ok(targets.length > 15)
    for (const { title, expr, legendFormat } of targets) assert.deepEqual(strangersIn(expr, legendFormat), [], title)
    const queries = dashboard.templating.list.flatMap(({ query }) =>
      typeof query === "object" && query !== null && "query" in query ? [String(query.query)] : [],
    )
    assert.deepEqual(
      queries.map((query) => strangersIn(query)),
      [[]],
    )
  })

  it("would not pass with a metric or label that no page has", () => {
    assert.deepEqual(strangersIn("rate(wattest_device_energy_total[5m])"), ["wattest_device_energy_total"])
    assert.deepEqual(strangersIn("sum by (job_name) (hw_errors_total)"), ["job_name"])
    assert.deepEqual(strangersIn("hw_errors_total", "{{model}}"), ["model"])
    assert.deepEqual(strangersIn("up"), ["no metric in up"])
  })

  it("shows every metric that the page has, but for the names that stand beside another", () => {
    const text = targets.map(({ expr }) => expr).join("\n")
    const unseen = [...labels.keys()].filter((name) => !text.includes(name))
    assert.deepEqual(unseen.sort(), [
      "hw_energy_joules_total",
      "hw_host_energy_joules_total",
      "hw_host_power_watts",
      "wattest_device_last_anchored_run",
      "wattest_device_run_captures",
      "wattest_device_runs_ended",
    ])
  })

  it("has panels of different numbers that do not lie on one another", () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    )
    assert.equal(new Set(cells).size, cells.length)
    assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length)
  })

  it("asks in a language that Prometheus' own tool reads", function () {
    const tool = promtool()
    if (tool === null) return skip(this, "no promtool", "deep")
    const check = (expressions: readonly string[]) => {
      const rules = expressions.map((expr, i) => ({ record: `r${i}`, expr: expr.replaceAll("$__rate_interval", "5m") }))
      return checkRules(tool, JSON.stringify({ groups: [{ name: "dashboard", rules }] }))
    }
    const well = check(targets.map(({ expr }) => expr))
    assert.equal(well.status, 0, well.stderr)
    assert.notEqual(check(["sum(rate(hw_errors_total))"]).status, 0)
  })
})
