import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import {
  Agent,
  createDevice,
  Device,
  listRuns,
  openKey,
  parseAgentConfig,
  stateOf,
  WorkloadBusy,
  type WorkloadLabels,
} from "@wattest/attester"
import { archivedRuns } from "@wattest/testkit/attester/program"

const LEVELS = { gpu: "accelerator", node: "node", rack: "rack" } as const
type Watts = { readonly [L in keyof typeof LEVELS]: number }

const labels = (workload: string): WorkloadLabels => ({
  tags: { model: "llama", unit: "token", zone: "GB", site: "", party: "" },
  workload,
  job: "",
  modelDigest: null,
  versions: {},
  task: null,
  qualityRule: "",
})

type More = {
  readonly sources?: readonly object[]
  readonly share?: string
  /** What the disk does to the device before it meters. */
  readonly disk?: (device: Device) => void
}

/** A configuration whose three sources read the counters of one server, each at its own steady power. */
const configOf = (url: string, { sources = [], disk: _, ...more }: More) =>
  parseAgentConfig({
    boundary: "node",
    intervalMs: 100,
    ...more,
    sources: sources.concat(
      Object.entries(LEVELS).map(([id, covers]) => ({
        kind: "json",
        id,
        url,
        periodMs: 50,
        covers,
        accuracy: { gainLimit: 0.01, origin: "test" },
        time: { at: "/timeMs", format: "unix-ms" },
        values: [{ at: `/${id}`, name: "energy", quantity: "energy", unit: "mJ" }],
      })),
    ),
  })

describe("the agent as a library", () => {
  let home: string
  let server: Server
  let watts: Watts
  /** How far the meters' times lie behind; and what a serving engine has generated. */
  let lagMs: number
  let tokens: number
  beforeEach(async () => {
    home = join(mkdtempSync(join(tmpdir(), "wattest-")), "device")
    watts = { gpu: 300, node: 500, rack: 600 }
    lagMs = 0
    tokens = 1000
    const beganMs = Date.now() - 1000
    server = createServer((request, response) => {
      if (request.url === "/metrics") {
        tokens += 10
        response.end(`# TYPE vllm:generation_tokens_total counter\nvllm:generation_tokens_total ${tokens}\n`)
        return
      }
      const timeMs = Date.now() - lagMs
      const counts = Object.entries(watts).map(([level, power]) => [level, (timeMs - beganMs) * power])
      response.end(JSON.stringify({ timeMs, ...Object.fromEntries(counts) }))
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    await createDevice(home, { scheme: "ed25519" })
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    rmSync(join(home, ".."), { recursive: true })
  })

  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

  /** Does `work` with an agent that meters; gives the archived runs, read and checked as a stranger would. */
  async function metered(work: (agent: Agent) => Promise<void>, more: More = {}) {
    const config = configOf(address(), more)
    const device = await Device.open(home, await openKey(home))
    try {
      const idle = labels("idle")
      const quiet = { beacon: () => null, closed: () => undefined, say: () => undefined }
      more.disk?.(device)
      const agent = await Agent.start({ ...config, device, plan: { ...config, vouch: null }, idle, ...quiet })
      await work(agent).finally(() => agent.close())
    } finally {
      await device.close()
    }
    return archivedRuns(home)
  }

  const chat = async (agent: Agent) => {
    const run = await agent.startRun(labels("chat"))
    await sleep(400)
    await run.stop()
  }

  it("starts a run, marks phases, counts work and stops", async () => {
    let root = ""
    const runs = await metered(async (agent) => {
      const run = await agent.startRun(labels("chat"))
      await assert.rejects(agent.startRun(labels("other")), WorkloadBusy)
      run.mark("prefill")
      run.work(20n)
      await sleep(300)
      run.mark("decode")
      run.work(130n, 100n)
      await sleep(300)
      root = (await run.stop()).record.root
    })
    assert.deepEqual(
      runs.map(({ statement }) => statement.context.workload),
      ["idle", "chat", "idle"],
    )
    const [before, workload, after] = runs
    assert.equal(workload?.root, root)
    assert.equal(workload?.statement.registers.workUnits, 150n)
    assert.equal(workload?.statement.registers.acceptedUnits, 100n)
    assert.equal(workload?.statement.workGrade, "declared")
    const phases = new Set(workload?.evidence.map(({ gauges }) => gauges.phase))
    assert.ok(phases.has("prefill") && phases.has("decode"))
    // What the workload delivered is in no run beside its own.
    for (const idle of [before, after]) {
      assert.equal(idle?.statement.registers.workUnits, 0n)
      assert.ok(idle?.evidence.every(({ gauges }) => gauges.phase !== "decode" || idle === after))
    }
  })

  /** The disk fails once when a run of this workload is opened: its journal is whole, or it is lost. */
  const failingOnce = (workload: string, journal: "whole" | "lost") => (device: Device) => {
    const beginRun = device.beginRun.bind(device)
    let fails = true
    device.beginRun = async (opening) => {
      const run = await beginRun(opening)
      if (opening.labels.context.workload !== workload || !fails) return run
      fails = false
      await run.close()
      if (journal === "lost") rmSync(join(home, "runs", `${run.run}.journal`))
      throw Object.assign(new Error("the disk failed"), { code: "EIO" })
    }
  }

  it("begins a job in the first run that is kept, where the disk fails as it is opened", async () => {
    const jobOf = (runs: Awaited<ReturnType<typeof metered>>) =>
      runs
        .filter(({ statement }) => statement.context.workload === "chat")
        .map(({ run, statement }) => [run, statement.context.jobStart, statement.status])
    assert.deepEqual(jobOf(await metered(chat, { disk: failingOnce("chat", "whole") })), [
      [1n, 1n, "continued"],
      [2n, 1n, "complete"],
    ])
    rmSync(home, { recursive: true })
    await createDevice(home, { scheme: "ed25519" })
    assert.deepEqual(jobOf(await metered(chat, { disk: failingOnce("chat", "lost") })), [[2n, 2n, "complete"]])
  })

  it("counts what an engine generated once, also where its count is ahead of the meters", async () => {
    lagMs = 200
    const engine = { kind: "vllm", id: "engine", url: `${address()}metrics`, periodMs: 50 }
    const runs = await metered(chat, { sources: [engine] })
    assert.equal(runs.length, 3)
    const counts = runs.flatMap(({ evidence }) =>
      evidence.flatMap(({ sources }) =>
        sources.readings
          .filter(({ sensor, quantity }) => sensor.startsWith("engine/") && quantity === "work")
          .map(({ value }) => BigInt(value)),
      ),
    )
    const [first, last] = [counts[0], counts.at(-1)]
    assert.ok(first !== undefined && last !== undefined && last > first + 50n, counts.join())
    const total = runs.reduce((sum, { statement }) => sum + statement.registers.workUnits, 0n)
    assert.equal(total, last - first)
  })

  /** The last finding of a comparison in the workload's run, and the run's length in ms. */
  const findingOf = (runs: ReturnType<typeof archivedRuns>, name: string) => {
    const run = runs.find(({ statement }) => statement.context.workload === "chat")
    assert.ok(run)
    const found = run.evidence.flatMap(({ sources }) => sources.readings).findLast(({ sensor }) => sensor === name)
    assert.ok(found, name)
    const ms = run.statement.endTimeMs - run.statement.startTimeMs
    return { ...found, ms, watts: Number(found.value) / ms, uncertainty: Number(found.accuracy.uncertainty), run }
  }

  it("lists the runs that it kept, with what their records say", async () => {
    const runs = await metered(chat)
    const listed = await listRuns(await stateOf(home), join(home, "archive"))
    assert.deepEqual(
      listed,
      runs.map(({ run, statement }) => ({
        ...{ run, job: statement.context.job, model: statement.model, state: "spooled" },
        energyMillijoules: statement.registers.energyMillijoules,
      })),
    )
  })

  it("records what the node draws beside its boards and the rack beside its node", async () => {
    const runs = await metered(chat)
    for (const [name, residual, gains] of [
      ["residual/node-accelerator", 200, 800],
      ["residual/rack-node", 100, 1100],
    ] as const) {
      const finding = findingOf(runs, name)
      assert.equal(finding.quantity, "difference")
      // Counters read at different instants of the run's last 50 ms period differ by that much.
      assert.ok(Math.abs(finding.watts - residual) < 0.3 * gains, `${name}: ${finding.watts} W`)
      // At least the two gain limits, expanded: 2 · 1 % / √3 of both energies.
      assert.ok(finding.uncertainty >= 0.8 * ((2 * 0.01) / Math.sqrt(3)) * gains * finding.ms)
    }
  })

  it("marks boards that draw more than their node as implausible, and rescales nothing", async () => {
    watts = { gpu: 2000, node: 500, rack: 600 }
    const runs = await metered(chat)
    const finding = findingOf(runs, "residual/node-accelerator")
    assert.equal(finding.quantity, "implausible difference")
    assert.ok(Number(finding.value) < -finding.uncertainty)
    assert.equal(findingOf(runs, "residual/rack-node").quantity, "difference")
    const { energyMillijoules, acceleratorMillijoules } = finding.run.statement.registers
    assert.ok(acceleratorMillijoules > 2n * energyMillijoules)
  })

  it("takes the declared share of the configuration, graded allocated", async () => {
    const whole = (await metered(chat)).find(({ statement }) => statement.context.workload === "chat")
    const shared = (await metered(chat, { share: "0.25" })).findLast(
      ({ statement }) => statement.context.workload === "chat",
    )
    /** As much as flowed between the ends of the run, each of which two clocks name to a millisecond. */
    const assertPower = (run: typeof whole, watts: number) => {
      assert.ok(run)
      const { registers, endTimeMs, startTimeMs } = run.statement
      const off = Number(registers.energyMillijoules) - watts * (endTimeMs - startTimeMs)
      assert.ok(Math.abs(off) <= 2 * watts, `${off} mJ too much in ${endTimeMs - startTimeMs} ms`)
    }
    assert.equal(whole?.statement.energyGrade, "measured")
    assertPower(whole, 500)
    assert.equal(shared?.statement.energyGrade, "allocated")
    assertPower(shared, 125)
    const entry = shared?.statement.context.metering.find(({ role }) => role === "energy")
    assert.equal(entry?.share, "0.25")
  })

  it("reads labels by the documents' shape before anything of a run begins", async () => {
    const train = labels("train")
    const others: readonly object[] = [
      ...[{ model: "x".repeat(257) }, { site: "e\u0301" }, { party: "\ud83d" }, { unit: "ß".repeat(129) }],
      ...[{ model: "a\0" }, { zone: "GB\n" }, { party: "a\u202eb" }],
    ].map((tags) => ({ ...train, tags: { ...train.tags, ...tags } }))
    const runs = await metered(async (agent) => {
      const before = agent.status.run
      for (const wanted of [...others, { ...train, workload: "x".repeat(257) }, { ...train, job: "e\u0301" }])
        await assert.rejects(agent.startRun(wanted as WorkloadLabels), { name: "Rejection" })
      assert.equal(agent.status.run, before, "the idle run goes on")
      await (await agent.startRun({ ...train, workload: "x".repeat(256) })).stop()
    })
    assert.deepEqual(
      runs.map(({ statement }) => statement.context.workload),
      ["idle", "x".repeat(256), "idle"],
    )
  })

  it("refuses a configuration whose labels no document could hold", () => {
    for (const label of [{ zone: "e\u0301" }, { site: "x".repeat(257) }, { party: "a\ude00" }, { site: "a\u2067" }])
      assert.throws(() => configOf("http://127.0.0.1:1", label as More), { name: "ConfigError" })
    assert.equal(configOf("http://127.0.0.1:1", { site: "Halle 3" } as More).site, "Halle 3")
  })
})
