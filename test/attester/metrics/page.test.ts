import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { REGISTERS, type Registers } from "@wattest/protocol"
import { skip } from "@wattest/testkit/skip"
import { inThousands } from "../../../attester/src/metrics/exposition.ts"
import { pageOf } from "../../../attester/src/metrics/page.ts"
import { serveMetrics } from "../../../attester/src/metrics/serve.ts"
import { FaultTally } from "../../../attester/src/metrics/tally.ts"
import type { View } from "../../../attester/src/metrics/view.ts"
import { parsePrometheus } from "../../../attester/src/sources/net/prometheus.ts"
import { hasClient, lint, promtool, readByClient } from "./judges.ts"

const totals = Object.fromEntries(REGISTERS.map((name, i) => [name, BigInt(1000 * i + 7)])) as Registers

const VIEW: View = {
  device: `0x${"12".repeat(32)}`,
  boundary: "node",
  lifetimeMillijoules: 2n ** 60n + 1n,
  totals,
  run: 3n,
  captures: 41,
  timeMs: 1_790_000_000_500,
  powerMilliwatts: 512_250,
  clock: "synchronised",
  isWorking: true,
  powers: [
    { sensor: "nvml/GPU-1/power", covers: "accelerator", watts: 300.5 },
    { sensor: "bmc/power", covers: "node", watts: 512 },
  ],
  faults: new Map([["bmc", new Map([["timeout", 2]])]]),
  covers: new Map([["bmc", "node"]]),
  runs: { ended: 3, anchored: 2, anchoredUntilMs: 1_789_999_000_000 },
}

const values = (view: View): ReadonlyMap<string, string | null> =>
  new Map(
    (parsePrometheus(pageOf(view)) ?? assert.fail("no page")).map(({ name, labels, value }) => [
      [name, ...[...labels].map(([label, text]) => `${label}=${text}`)].join(" "),
      value,
    ]),
  )

describe("the page of metrics", () => {
  it("shows what the books say, exactly and in base units", () => {
    const shown = values(VIEW)
    assert.equal(shown.get("wattest_device_energy_joules_total"), "1152921504606846.977")
    assert.equal(shown.get("hw_host_energy_joules_total hw_id=node"), "1152921504606846.977")
    assert.equal(shown.get("wattest_device_energy_uncertainty_joules_total"), "1.007")
    assert.equal(shown.get("wattest_device_work_units_total"), "5007")
    assert.equal(shown.get("wattest_device_input_units_total"), "7007")
    assert.equal(shown.get("wattest_device_carbon_grams_total"), "8.007")
    assert.equal(shown.get("wattest_device_water_liters_total"), "9.007")
    assert.equal(shown.get("wattest_device_blind_seconds_total"), "11.007")
    assert.equal(shown.get("wattest_device_runs_waiting"), "1")
    assert.equal(shown.get("wattest_device_last_anchored_run"), "1")
    assert.equal(shown.get("wattest_device_last_anchored_end_timestamp_seconds"), "1789999000")
    assert.equal(shown.get("wattest_device_clock quality=synchronised"), "1")
    assert.equal(shown.get("wattest_device_clock quality=unsynchronised"), "0")
    assert.equal(shown.get("hw_errors_total hw_id=bmc hw_type=host error_type=timeout"), "2")
  })

  it("shows every register", () => {
    const shown = [...values(VIEW).values()]
    const missing = REGISTERS.filter((name) => name !== "energyMillijoules").filter((name) => {
      const isCount = name.endsWith("Units")
      return !shown.includes(isCount ? String(totals[name]) : inThousands(totals[name]))
    })
    assert.deepEqual(missing, [])
  })

  it("leaves out what is not known, since none of it is zero", () => {
    const runs = { ended: 0, anchored: 0, anchoredUntilMs: null }
    const shown = values({ ...VIEW, powerMilliwatts: null, powers: [], faults: new Map(), runs })
    for (const name of shown.keys()) assert.doesNotMatch(name, /power|errors|anchored/)
    assert.equal(shown.get("wattest_device_runs_waiting"), "0")
  })

  it("keeps a host apart from its parts, so that no sum counts one twice", () => {
    const host = [...values(VIEW).keys()].filter((name) => /^hw_.*power/.test(name))
    assert.deepEqual(host, ["hw_host_power_watts hw_id=node", "hw_power_watts hw_id=nvml/GPU-1/power hw_type=gpu"])
    const boards = [...values({ ...VIEW, boundary: "gpu" }).keys()].filter((name) => /^hw_.*power/.test(name))
    assert.deepEqual(boards, ["hw_power_watts hw_id=nvml/GPU-1/power hw_type=gpu"])
    const rack = [...values({ ...VIEW, boundary: "rack", powers: [] }).keys()].filter((name) =>
      /^hw_.*power/.test(name),
    )
    assert.deepEqual(rack, ["hw_power_watts hw_id=rack hw_type=enclosure"])
  })

  it("takes any name that a sensor has", function () {
    const sensor = 'a "quoted" \\ name\nof two lines {x="1"} é'
    const shown = values({ ...VIEW, powers: [{ sensor, covers: "accelerator", watts: 1 }] })
    assert.equal(shown.get(`hw_power_watts hw_id=${sensor} hw_type=gpu`), "1")
    if (!hasClient()) skip(this, "no python3-prometheus-client")
    const power = readByClient(pageOf({ ...VIEW, powers: [{ sensor, covers: "accelerator", watts: 1 }] }))
    const labels = power.flatMap(({ samples }) => samples).find(({ name }) => name === "hw_power_watts")?.labels
    assert.deepEqual(labels, { hw_id: sensor, hw_type: "gpu" })
  })

  it("is read alike by Prometheus' own client library, help and types too", function () {
    if (!hasClient()) skip(this, "no python3-prometheus-client")
    const families = readByClient(pageOf(VIEW))
    const theirs = families.flatMap(({ samples }) => samples.map(({ name, value }) => [name, value]))
    const ours = (parsePrometheus(pageOf(VIEW)) ?? []).map(({ name, value }) => [name, Number(value)])
    assert.deepEqual(theirs, ours)
    for (const { name, type, help, samples } of families) {
      assert.ok(help.length > 10, name)
      assert.equal(type, samples[0]?.name.endsWith("_total") ? "counter" : "gauge", name)
    }
  })

  it("passes Prometheus' own tool without a word", function () {
    const tool = promtool()
    if (tool === null) return skip(this, "no promtool", "deep")
    const { status, stdout, stderr } = lint(tool, pageOf(VIEW))
    assert.deepEqual([status, stdout, stderr], [0, "", ""])
    assert.notEqual(lint(tool, pageOf(VIEW).replaceAll("work_units_total", "work_units")).status, 0)
  })

  it("says that the device is not well once no capture comes, and that it is when one does", async () => {
    let [now, timeMs] = [0, VIEW.timeMs]
    const options = { host: "127.0.0.1", port: 0, intervalMs: 1000, nowMs: () => now }
    const page = await serveMetrics({ ...options, view: () => (timeMs === 0 ? null : { ...VIEW, timeMs }) })
    const health = async () => (await fetch(new URL("/health", page.url))).status
    try {
      assert.equal(await health(), 200)
      now = 33_000
      assert.equal(await health(), 200)
      now = 33_001
      assert.equal(await health(), 503)
      timeMs = 0
      assert.equal(await health(), 503)
      timeMs = VIEW.timeMs + 1
      assert.equal(await health(), 200)
    } finally {
      page.close()
    }
  })

  it("is described whole", () => {
    const text = readFileSync("docs/attester/deploy.md", "utf8")
    const names = (parsePrometheus(pageOf(VIEW)) ?? []).map(({ name }) => name)
    assert.deepEqual(
      names.filter((name) => !text.includes(`\`${name}`)),
      [],
    )
  })

  it("has a bound on its names, whatever faults there are", () => {
    const tally = new FaultTally()
    for (let i = 0; i < 2000; i++) tally.add(new Map([[`stranger-${i}/fault.malformed`, 1]]))
    tally.add(new Map([["stranger-0/fault.malformed", 2]]))
    assert.equal(tally.counts.size, 513)
    assert.equal(tally.counts.get("stranger-0")?.get("malformed"), 3)
    assert.equal(tally.counts.get("other")?.get("malformed"), 2000 - 512)
  })
})
