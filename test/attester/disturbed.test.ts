import assert from "node:assert/strict"
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { deviceIdOf, encodeVouch, fromHex, VOUCH_TYPE } from "@wattest/protocol"
import {
  archivedRuns,
  attest,
  createMeteredDevice,
  discard,
  endpointOf,
  METER_WATTS,
  type Process,
  startAttest,
  type TestMeter,
  until,
  writeConfig,
} from "@wattest/testkit/attester/program"

type Runs = ReturnType<typeof archivedRuns>
const RATING_WATTS = 2000
const TARGET = ["--chain", "31337", "--registry", `0x${"11".repeat(20)}`]

/** What the runs say: energy and uncertainty in J, blind time in ms. */
const sums = (runs: Runs) =>
  runs.reduce(
    (sum, { statement: { registers: r } }) => ({
      joules: sum.joules + Number(r.energyMillijoules) / 1000,
      uncertainty: sum.uncertainty + Number(r.uncertaintyMillijoules) / 1000,
      blindMs: sum.blindMs + Number(r.blindMilliseconds),
    }),
    { joules: 0, uncertainty: 0, blindMs: 0 },
  )

describe("a device that is disturbed", () => {
  let folder: string
  let home: string
  let config: string
  let meter: TestMeter
  beforeEach(async () => {
    ;({ folder, home, config, meter } = await createMeteredDevice())
  })
  afterEach(() => discard({ folder, meter }))

  const serve = () => startAttest(["serve", "--home", home, "--config", config])
  const metering = ({ said }: Process) => until("it meters", () => said().includes("metering"))
  const stop = async ({ child, exit, said }: Process) => {
    child.kill("SIGTERM")
    assert.equal(await exit, 0, said())
  }
  const kill = async ({ child, exit }: Process) => {
    child.kill("SIGKILL")
    await exit
  }
  const runCommand = (script: string, ...flags: string[]) =>
    startAttest(["run", "--home", home, "--config", config, ...flags, "--", process.execPath, "-e", script])

  /** The voucher's word that no more than 2 kW can flow through the meter. */
  function vouch(): void {
    const { key, scheme } = JSON.parse(
      readFileSync(join(home, "device.journal"), "utf8").split("\n")[0]?.slice(9) ?? "{}",
    )
    const sensor = (id: string, quantity: string) => ({
      id,
      surface: "http",
      quantity,
      serial: "",
      ratingWatts: String(RATING_WATTS),
      accuracyClass: "",
      calibrations: [],
      channel: "wired" as const,
    })
    const document = {
      mediaType: VOUCH_TYPE,
      device: deviceIdOf({ scheme, key }),
      boundary: "node",
      origin: "live",
      site: "",
      sensors: [sensor("pdu/energy", "energy"), sensor("pdu/power", "power")],
      metering: [],
      accelerators: [],
      validFrom: 1_700_000_000,
      previous: null,
    } as const
    writeFileSync(join(home, "vouch.json"), encodeVouch(document))
  }

  /** Each run begins where the one before it ended, and lifetime is the sum; a break is where it is said to be. */
  function assertTiled(runs: Runs, broken: readonly number[] = []): void {
    let lifetime = 0n
    for (const [i, { statement }] of runs.entries()) {
      const before = runs[i - 1]?.statement
      assert.equal(statement.broken, broken.includes(i), `run ${i}: broken`)
      if (statement.broken) lifetime = 0n
      else if (before !== undefined) assert.equal(statement.startTimeMs, before.endTimeMs, `run ${i}: start`)
      lifetime += statement.registers.energyMillijoules
      assert.equal(statement.lifetimeMillijoules, lifetime, `run ${i}: lifetime`)
    }
  }

  /** All that flowed between the first run's start and the last one's end, by the exact counter. */
  function assertCounted(runs: Runs): void {
    const spanMs = (runs.at(-1)?.statement.endTimeMs ?? 0) - (runs[0]?.statement.startTimeMs ?? 0)
    const missing = spanMs * METER_WATTS - sums(runs).joules * 1000
    // Two clocks of one machine tell the same time to a few ms.
    const slack = runs.length * METER_WATTS * 3
    assert.ok(Math.abs(missing) <= slack, `${missing} mJ missing`)
  }

  it("by kill −9: the time after it is bridged by a run with the labels of the one that was open", async () => {
    const running = runCommand("setTimeout(() => 0, 60_000)", "--model", "llama", "--job", "night")
    await until("the workload runs", () => running.said().includes("run 0 closed"))
    await sleep(400)
    await kill(running)
    await sleep(1200)
    const serving = serve()
    await metering(serving)
    await stop(serving)
    const runs = archivedRuns(home)
    assertTiled(runs)
    assertCounted(runs)
    assert.deepEqual(
      runs.map(({ statement }) => [statement.model, statement.context.job, statement.status]),
      [
        ["", "", "complete"],
        ["llama", "night", "interrupted"],
        ["llama", "night", "interrupted"],
        ["", "", "complete"],
      ],
    )
    const bridge = runs[2]?.statement
    assert.ok((bridge?.endTimeMs ?? 0) - (bridge?.startTimeMs ?? 0) >= 1200)
    assert.equal(sums(runs).blindMs, 0, "a counter tells what flowed meanwhile")
  })

  it("by kill −9 twice, with another command between: the labels are those of the signed run", async () => {
    const running = runCommand("setTimeout(() => 0, 60_000)", "--model", "llama")
    await until("the workload runs", () => existsSync(join(home, "stands", "1")))
    await kill(running)
    assert.match(attest("submit", "--home", home, ...TARGET).stderr, /run 1 closed as interrupted/)
    const serving = serve()
    await metering(serving)
    await stop(serving)
    assert.deepEqual(
      archivedRuns(home).map(({ statement }) => statement.model),
      ["", "llama", "llama", ""],
    )
  })

  it("by a proper stop: the time after it is in an idle run without labels", async () => {
    const first = runCommand("setTimeout(() => 0, 200)", "--model", "llama")
    assert.equal(await first.exit, 0)
    await sleep(500)
    const serving = serve()
    await metering(serving)
    await stop(serving)
    const runs = archivedRuns(home)
    assertTiled(runs)
    assertCounted(runs)
    assert.deepEqual(
      runs.map(({ statement }) => statement.model),
      ["", "llama", "", ""],
    )
  })

  for (const [what, spoil] of [
    ["deleted", (path: string) => unlinkSync(path)],
    ["overwritten", (path: string) => writeFileSync(path, "00000000 nonsense\n11111111 more\n")],
    [
      "torn in its middle",
      (path: string) => {
        const lines = readFileSync(path, "utf8").split("\n")
        lines.splice(2, 1, "spoilt")
        writeFileSync(path, lines.join("\n"))
      },
    ],
  ] as const)
    it(`by a journal that is ${what}: the run is void, and its energy is in the run after it`, async () => {
      const running = runCommand("setTimeout(() => 0, 60_000)", "--model", "llama")
      await until("the workload runs", () => running.said().includes("run 0 closed"))
      await sleep(800)
      await kill(running)
      spoil(join(home, "runs", "1.journal"))
      const serving = serve()
      await metering(serving)
      assert.match(serving.said(), /run 1 is void/)
      await stop(serving)
      const runs = archivedRuns(home)
      assert.deepEqual(
        runs.map(({ run, statement }) => [run, statement.model]),
        [
          [0n, ""],
          [2n, "llama"],
          [3n, ""],
        ],
      )
      assertTiled(runs)
      assertCounted(runs)
    })

  it("by an archive that is renamed: the device's own log is enough", async () => {
    for (const round of [0, 1]) {
      const serving = serve()
      await metering(serving)
      await sleep(300)
      await stop(serving)
      if (round === 0) renameSync(join(home, "archive"), join(folder, "elsewhere"))
    }
    mkdirSync(join(home, "archive"), { recursive: true })
    cpSync(join(folder, "elsewhere"), join(home, "archive"), { recursive: true })
    const runs = archivedRuns(home)
    assert.equal(runs.length, 2)
    assertTiled(runs)
    assertCounted(runs)
  })

  /** A run, then something is done to the folder, then another. */
  async function spoiled(spoil: () => void) {
    const first = serve()
    await metering(first)
    await sleep(300)
    await stop(first)
    spoil()
    const second = serve()
    await until("it meters or ends", () => second.said().includes("metering") || second.child.exitCode !== null)
    if (second.child.exitCode === null) await stop(second)
    return { runs: archivedRuns(home), said: second.said(), code: second.child.exitCode }
  }
  const stands = () => join(home, "stands")

  it("by the loss of where its books stood: the break is signed, and lifetime begins anew", async () => {
    const { runs, said } = await spoiled(() => rmSync(stands(), { recursive: true }))
    assert.match(said, /the books are broken: nothing says where run 0 ended/)
    assertTiled(runs, [1])
  })

  it("by a forged end: only its own signature counts", async () => {
    const { runs, said } = await spoiled(() => {
      const path = join(stands(), "0")
      const forged = readFileSync(path, "utf8").replace(/"quantity":"lifetime"/g, '"quantity":"lifetimes"')
      writeFileSync(path, forged)
    })
    assert.match(said, /the books are broken: run 0: the device did not sign it/)
    assertTiled(runs, [1])
  })

  it("by another run's end in the place of its own", async () => {
    const first = serve()
    await metering(first)
    await stop(first)
    const { runs, said } = await spoiled(() => cpSync(join(stands(), "0"), join(stands(), "1")))
    assert.match(said, /the books are broken: run 1: the device did not sign it/)
    assertTiled(runs, [2])
  })

  it("by a log that is edited: it refuses to go on", async () => {
    const { runs, said, code } = await spoiled(() => {
      const path = join(home, "device.journal")
      writeFileSync(path, readFileSync(path, "utf8").replace('"run":"0"', '"run":"9"'))
    })
    assert.equal(code, 1)
    assert.match(said, /line [0-9]+ is damaged/)
    assert.equal(runs.length, 1)
  })

  it("by a home that is restored: an older signed end only counts more", async () => {
    const first = serve()
    await metering(first)
    await stop(first)
    const copy = join(folder, "copy")
    cpSync(home, copy, { recursive: true })
    const second = serve()
    await metering(second)
    await sleep(500)
    await stop(second)
    rmSync(home, { recursive: true })
    cpSync(copy, home, { recursive: true })
    const third = serve()
    await metering(third)
    await stop(third)
    const runs = archivedRuns(home)
    assert.equal(runs.length, 2)
    assertTiled(runs)
    assertCounted(runs)
  })

  /** A load that runs while the process is stopped, and only then; the meter tells power alone. */
  async function loadedWhileStopped(rhythm: readonly { readonly stopMs: number; readonly runMs: number }[]) {
    vouch()
    writeConfig(config, meter, {}, "power")
    meter.watts = 100
    const serving = serve()
    await metering(serving)
    await sleep(300)
    const before = meter.millijoules
    for (const { stopMs, runMs } of rhythm) {
      serving.child.kill("SIGSTOP")
      meter.watts = 1900
      await sleep(stopMs)
      meter.watts = 100
      serving.child.kill("SIGCONT")
      await sleep(runMs)
    }
    const flowed = (meter.millijoules - before) / 1000
    await stop(serving)
    const runs = archivedRuns(home)
    assertTiled(runs)
    const stoppedMs = rhythm.reduce((sum, { stopMs }) => sum + stopMs, 0)
    return { ...sums(runs), flowed, stoppedMs }
  }

  for (const [what, rhythm] of [
    ["once for long", [{ stopMs: 4000, runMs: 500 }]],
    ["once, briefly", [{ stopMs: 1500, runMs: 500 }]],
    ["in a slow rhythm", Array.from({ length: 4 }, () => ({ stopMs: 700, runMs: 150 }))],
    ["in a fast rhythm", Array.from({ length: 20 }, () => ({ stopMs: 120, runMs: 40 }))],
  ] as const)
    it(`by SIGSTOP and SIGCONT ${what}: the stops are blind, and the energy within the uncertainty`, async () => {
      const { joules, uncertainty, blindMs, flowed, stoppedMs } = await loadedWhileStopped(rhythm)
      assert.ok(blindMs >= stoppedMs * 0.9, `blind for ${blindMs} of ${stoppedMs} ms`)
      assert.ok(flowed <= joules + uncertainty, `${flowed} J flowed, ${joules} ± ${uncertainty} are in the books`)
    })

  it("by nothing: no time is blind", async () => {
    const { blindMs } = await loadedWhileStopped([])
    assert.ok(blindMs < 300, `${blindMs} ms`)
  })

  for (const [what, script, status] of [
    ["fails", "process.exit(1)", 1],
    ["is killed", "process.kill(process.pid, 'SIGKILL'); setTimeout(() => 0, 5000)", 137],
    ["is told to hang up", "process.kill(process.pid, 'SIGHUP'); setTimeout(() => 0, 5000)", 129],
    ["faults", "process.kill(process.pid, 'SIGSEGV'); setTimeout(() => 0, 5000)", 139],
  ] as const)
    it(`by a command that ${what}: the run is interrupted, and its exit status ${status} is signed`, async () => {
      const running = runCommand(script)
      assert.equal(await running.exit, status, running.said())
      const workload = archivedRuns(home)[1]
      assert.equal(workload?.statement.status, "interrupted")
      assert.equal(workload?.evidence.at(-1)?.sources.closing?.exitStatus, status)
      assert.equal(workload?.statement.context.workload, "node")
    })

  it("by a command that there is not: exit status 127, and the run is interrupted", async () => {
    const running = startAttest(["run", "--home", home, "--config", config, "--", "/nowhere/tool", "--token", "secret"])
    assert.equal(await running.exit, 127)
    const workload = archivedRuns(home)[1]
    assert.equal(workload?.statement.status, "interrupted")
    assert.equal(workload?.statement.context.workload, "tool")
    const evidence = readFileSync(
      join(home, "archive", readdirSync(join(home, "archive"))[0] ?? "", `${"0".repeat(19)}1`, "evidence.ndjson"),
      "utf8",
    )
    assert.doesNotMatch(evidence, /secret/)
  })

  it("by nothing: a command that ends well is complete, with exit status 0", async () => {
    assert.equal(await runCommand("0").exit, 0)
    const workload = archivedRuns(home)[1]
    assert.equal(workload?.statement.status, "complete")
    assert.equal(workload?.evidence.at(-1)?.sources.closing?.exitStatus, 0)
  })

  it("by one Ctrl-C: it reaches the command once", async () => {
    const log = join(folder, "signals")
    const script = `let n = 0; process.on("SIGINT", () => { require("fs").writeFileSync(${JSON.stringify(log)}, String(++n)); setTimeout(() => process.exit(5), 300) }); setTimeout(() => 0, 20_000)`
    const running = runCommand(script)
    await until("the workload runs", () => running.said().includes("run 0 closed"))
    await sleep(500)
    process.kill(running.child.pid ?? 0, "SIGINT")
    assert.equal(await running.exit, 5)
    assert.equal(readFileSync(log, "utf8"), "1")
  })

  it("by counts that no workload delivers: they are refused, and energy goes on", async () => {
    writeConfig(config, meter, { port: 0 })
    const serving = serve()
    await until("the endpoint is there", () => serving.said().includes("endpoint"))
    const { post: ask } = endpointOf(home)
    const post = async (path: string, body: object) => (await ask(path, body)).status
    assert.equal(await post("/v1/run", { model: "llama" }), 200)
    assert.equal(await post("/v1/work", { units: "18446744073709551615" }), 400)
    assert.equal(await post("/v1/work", { units: "10", accepted: "11" }), 400)
    assert.equal(await post("/v1/work", { units: "10", accepted: "10" }), 200)
    await sleep(400)
    assert.equal(await post("/v1/stop", {}), 200)
    await stop(serving)
    const runs = archivedRuns(home)
    assertTiled(runs)
    assertCounted(runs)
    assert.equal(runs[1]?.statement.registers.workUnits, 10n)
    assert.equal(runs[1]?.statement.status, "complete")
  })

  it("by a second container: one process alone has the device, whatever it shares", async () => {
    const serving = serve()
    await metering(serving)
    // Another network and another list of processes, as a container has; the folder is the same.
    const { spawnSync } = await import("node:child_process")
    const main = join(import.meta.dirname, "../../attester/src/main.ts")
    const inside = [process.execPath, main, "submit", "--home", home, ...TARGET]
    const second = spawnSync("unshare", ["--net", "--pid", "--fork", ...inside], { encoding: "utf8" })
    assert.equal(second.status, 1, second.stderr)
    assert.match(second.stderr, /another process holds the device/)
    await stop(serving)
  })

  it("by its own death: the lock goes with the process", async () => {
    const serving = serve()
    await metering(serving)
    await kill(serving)
    assert.ok(existsSync(join(home, "lock")))
    assert.deepEqual(
      readdirSync(home).filter((name) => name.startsWith("lock")),
      ["lock"],
    )
    assert.match(attest("submit", "--home", home, ...TARGET).stderr, /run 0 closed as interrupted/)
  })

  it("by another device's vouch document: it refuses it", async () => {
    vouch()
    const path = join(home, "vouch.json")
    const id = /"device":"(0x[0-9a-f]{64})"/.exec(readFileSync(path, "utf8"))?.[1] ?? ""
    assert.equal(fromHex(id as `0x${string}`).length, 32)
    writeFileSync(path, readFileSync(path, "utf8").replace(id, `0x${"77".repeat(32)}`))
    const serving = serve()
    assert.equal(await serving.exit, 1)
    assert.match(serving.said(), /is the vouch document of 0x77/)
  })
})
