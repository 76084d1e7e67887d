import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { join } from "node:path"
import {
  archivedRuns,
  attest,
  attestLater,
  createMeteredDevice,
  discard,
  endpointOf,
  METER_WATTS,
  startAttest,
  type TestMeter,
  until,
  writeConfig,
} from "@wattest/testkit/attester/program"

const energyOf = (run: ReturnType<typeof archivedRuns>[number] | undefined) =>
  run?.statement.registers.energyMillijoules ?? -1n

describe("the always-on agent", () => {
  let folder: string
  let home: string
  let config: string
  let meter: TestMeter
  beforeEach(async () => {
    ;({ folder, home, config, meter } = await createMeteredDevice())
  })
  afterEach(() => discard({ folder, meter }))

  /** The host counts its uptime in hundredths of a second, by which a new process goes on: never less than passed. */
  const AHEAD_MS = 20

  /**
   * The counter is exact and so is every stretch between two instants of it, but for the clocks that name these: meter
   * and device each count whole milliseconds, so that each end lies within one of theirs. `aheadMs`: what the device's
   * time may have gone ahead in between.
   */
  function assertCounted(
    what: string,
    millijoules: bigint,
    { startTimeMs, endTimeMs }: { readonly startTimeMs: number; readonly endTimeMs: number },
    aheadMs = 0,
  ): void {
    const off = Number(millijoules) - METER_WATTS * (endTimeMs - startTimeMs)
    assert.ok(off <= 2 * METER_WATTS && off >= -(2 + aheadMs) * METER_WATTS, `${what}: ${off} mJ too much`)
  }

  /** Runs tile time, and lifetime counters span them. */
  function assertTiled(runs: ReturnType<typeof archivedRuns>, aheadMs = 0): void {
    let lifetime = 0n
    for (const [i, { run, statement, evidence }] of runs.entries()) {
      assert.equal(run, BigInt(i))
      lifetime += statement.registers.energyMillijoules
      assert.equal(statement.lifetimeMillijoules, lifetime)
      if (i > 0) assert.equal(statement.startTimeMs, runs[i - 1]?.statement.endTimeMs)
      assertCounted(`run ${i}`, statement.registers.energyMillijoules, statement, aheadMs)
      assert.equal(evidence[0]?.sources.opening?.context.workload, statement.context.workload)
    }
  }

  const meterCommand = (script: string, ...flags: string[]) =>
    startAttest(["run", "--home", home, "--config", config, ...flags, "--", process.execPath, "-e", script])

  it("meters a command between two idle runs and exits as it does", async () => {
    const { exit, said } = meterCommand(
      "setTimeout(() => process.exit(7), 700)",
      "--model",
      "llama",
      "--unit",
      "token",
      "--json",
    )
    assert.equal(await exit, 7, said())
    const runs = archivedRuns(home)
    assert.deepEqual(
      runs.map(({ statement }) => statement.context.workload === "idle"),
      [true, false, true],
    )
    assertTiled(runs)
    const [, workload] = runs
    assert.equal(workload?.statement.model, "llama")
    assert.equal(workload?.statement.status, "interrupted", "it failed")
    assert.equal(workload?.statement.energyGrade, "measured")
    assert.ok(energyOf(workload) >= 500n * BigInt(METER_WATTS))
    assert.match(said(), new RegExp(workload?.root ?? "-"))
  })

  it("takes work, phases and labels from the local endpoint", async () => {
    writeConfig(config, meter, { port: 0, zone: "GB" })
    const { child, said, exit } = startAttest(["serve", "--home", home, "--config", config])
    await until("the endpoint is there", () => said().includes("endpoint"))
    const { get, post } = endpointOf(home)
    assert.equal((await post("/v1/mark", { phase: "decode" })).status, 409)
    assert.equal((await post("/v1/run", { model: "llama", unit: "token", workload: "chat" })).status, 200)
    assert.equal((await post("/v1/run", {})).status, 409)
    assert.equal((await post("/v1/mark", { phase: "nonsense" })).status, 400)
    assert.equal((await post("/v1/mark", { phase: "decode" })).status, 200)
    assert.equal((await post("/v1/work", { units: "120", accepted: "100" })).status, 200)
    assert.equal((await post("/v1/work", { units: "30" })).status, 200)
    assert.equal((await post("/v1/work", { units: 30 })).status, 400)
    assert.equal((await post("/v1/work", {}, { "content-type": "text/plain" })).status, 415)
    assert.equal((await post("/v1/nothing", {})).status, 404)
    await until("a capture in this phase", async () => (await get("/v1/status")).body.phase === "decode")
    await new Promise((resolve) => setTimeout(resolve, 300))
    const { body } = await post("/v1/stop", {})
    child.kill("SIGTERM")
    assert.equal(await exit, 0, said())
    const runs = archivedRuns(home)
    assertTiled(runs)
    const workload = runs[1]
    assert.equal(workload?.root, body.root)
    assert.equal(workload?.statement.registers.workUnits, 150n)
    assert.equal(workload?.statement.registers.acceptedUnits, 100n)
    assert.equal(workload?.statement.workGrade, "declared")
    assert.equal(workload?.statement.zone, "GB")
    assert.ok(workload?.evidence.some(({ gauges }) => gauges.phase === "decode"))
  })

  it("begins where the last process ended, so that the time between is metered", async () => {
    for (const _ of [1, 2]) assert.equal(await meterCommand("setTimeout(() => 0, 200)").exit, 0)
    const runs = archivedRuns(home)
    assert.equal(runs.length, 6)
    assertTiled(runs, AHEAD_MS)
  })

  it("lives on when its source dies, and says so in grade and evidence", async () => {
    const { exit, said, child } = startAttest(["serve", "--home", home, "--config", config])
    await until("it meters", () => said().includes("metering"))
    meter.mode = "hanging"
    await until("the fault is seen", () => said().includes("timeout"))
    meter.mode = "dead"
    await until("the other fault is seen", () => said().includes("500"))
    meter.mode = "well"
    const answers = meter.answers
    await until("it is read again", () => meter.answers > answers + 5)
    child.kill("SIGTERM")
    assert.equal(await exit, 0, said())
    const runs = archivedRuns(home)
    // The counter spans the silence: nothing is lost and nothing is estimated.
    assertTiled(runs)
    const quantities = runs.flatMap(({ evidence }) =>
      evidence.flatMap(({ sources }) => sources.readings.map(({ quantity }) => quantity)),
    )
    assert.ok(quantities.includes("fault timeout"))
  })

  it("counts in the next run what a silent source did not show at the end of this one", async () => {
    const first = startAttest(["serve", "--home", home, "--config", config])
    await until("it meters", () => first.said().includes("metering"))
    meter.mode = "dead"
    await until("the fault is seen", () => first.said().includes("500"))
    await new Promise((resolve) => setTimeout(resolve, 400))
    first.child.kill("SIGTERM")
    assert.equal(await first.exit, 0)
    meter.mode = "well"
    assert.equal(await meterCommand("setTimeout(() => 0, 200)").exit, 0)
    const runs = archivedRuns(home)
    const [startTimeMs = 0, last] = [runs[0]?.statement.startTimeMs, runs.at(-1)?.statement]
    const span = { startTimeMs, endTimeMs: last?.endTimeMs ?? 0 }
    assertCounted("all runs", last?.lifetimeMillijoules ?? 0n, span, AHEAD_MS)
  })

  it("refuses to start where nothing measures its boundary", async () => {
    writeConfig(config, meter, { boundary: "rack" })
    const { exit, said } = startAttest(["serve", "--home", home, "--config", config])
    assert.equal(await exit, 1)
    assert.match(said(), /no source measures rack/)
  })

  it("lets one process alone have the device", async () => {
    const { child, said, exit } = startAttest(["serve", "--home", home, "--config", config])
    await until("it meters", () => said().includes("metering"))
    const second = attest("replay", "samples/h100-simulated.csv", "--home", home, "--utc-offset", "Z")
    assert.equal(second.status, 1)
    assert.match(second.stderr, /another process holds the device/)
    child.kill("SIGTERM")
    assert.equal(await exit, 0)
  })

  it("meters a command by the process that serves already", async () => {
    writeConfig(config, meter, { port: 0, zone: "GB" })
    const serving = startAttest(["serve", "--home", home, "--config", config])
    await until("the endpoint is there", () => serving.said().includes("endpoint"))
    const { exit, said } = meterCommand("setTimeout(() => process.exit(7), 400)", "--model", "llama", "--json")
    assert.equal(await exit, 7, said())
    assert.equal(serving.child.exitCode, null)
    const summary = JSON.parse(said())
    serving.child.kill("SIGTERM")
    assert.equal(await serving.exit, 0, serving.said())
    const runs = archivedRuns(home)
    assertTiled(runs)
    assert.equal(runs.length, 3)
    assert.equal(runs[1]?.root, summary.root)
    assert.deepEqual([runs[1]?.statement.model, runs[1]?.statement.zone], ["llama", "GB"])
    assert.ok(energyOf(runs[1]) >= 300n * BigInt(METER_WATTS))
    assert.ok(!existsSync(join(home, "endpoint.json")))
  })

  it("says what to do where the serving process has no endpoint, or a workload already", async () => {
    const serving = startAttest(["serve", "--home", home, "--config", config])
    await until("it meters", () => serving.said().includes("metering"))
    const refused = meterCommand("process.exit(0)")
    assert.equal(await refused.exit, 2)
    assert.match(refused.said(), /error: another process holds the device .* no local endpoint\nhint: put "port": 0/)
    serving.child.kill("SIGTERM")
    assert.equal(await serving.exit, 0)
    writeConfig(config, meter, { port: 0 })
    const first = meterCommand("setTimeout(() => 0, 3000)", "--workload", "first")
    await until("its endpoint is there", () => existsSync(join(home, "endpoint.json")))
    const { get } = endpointOf(home)
    await until("its run is open", async () => (await get("/v1/status")).body.workload === "first")
    const second = meterCommand("process.exit(0)")
    assert.equal(await second.exit, 1)
    assert.match(second.said(), /first is running/)
    assert.equal(await first.exit, 0)
  })

  it("shows what the sources of a configuration give", async () => {
    const well = attestLater("sources", "check", config, "--json")
    const { sources, metering } = JSON.parse((await well).stdout)
    assert.equal(sources[0].values.length, 1)
    assert.deepEqual(metering[0].sensor, "pdu/energy")
    meter.mode = "dead"
    const dead = await attestLater("sources", "check", config)
    assert.equal(dead.status, 1)
    assert.match(dead.stdout, /500/)
  })

  for (const [what, change] of [
    ["an unknown field", { colour: "red" }],
    ["a share beyond 1", { share: "1.5" }],
    ["an unknown boundary", { boundary: "planet" }],
    ["energy from a source that is not there", { energy: "nobody" }],
    ["a sum that counts one source twice", { energy: { sum: ["pdu", "pdu"] } }],
  ] as const)
    it(`refuses a configuration with ${what}`, () => {
      writeConfig(config, meter, change)
      const { status, stderr } = attest("serve", "--home", home, "--config", config)
      assert.equal(status, 2)
      assert.match(stderr, /config\./)
    })
})
