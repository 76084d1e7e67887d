import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { createDevice, Device, openKey } from "@wattest/attester"
import { Rejection } from "@wattest/protocol"
import { archivedRuns, until } from "@wattest/testkit/attester/program"
import { Agent } from "../../attester/src/agent/agent.ts"
import { UNDECLARED } from "../../attester/src/boundary/composition.ts"
import { createHost, type Host, IDLE, NOON, sourceOf, WATTS } from "./simulated-host.ts"

describe("a device's time", () => {
  let home: string
  let host: Host
  beforeEach(async () => {
    home = join(mkdtempSync(join(tmpdir(), "wattest-")), "device")
    await createDevice(home, { scheme: "ed25519" })
    host = createHost(NOON)
  })
  afterEach(() => rmSync(join(home, ".."), { recursive: true }))

  type Metering = { readonly agent: Agent; readonly device: Device; tick(): Promise<void>; readonly said: string[] }

  /** Meters until `work` is done; `tick` waits for the next capture, in which no time of the host passes by itself. */
  async function metered(
    work: (metering: Metering) => Promise<void>,
    quantity: "energy" | "power" = "energy",
    closed = () => {},
  ) {
    const device = await Device.open(home, await openKey(home))
    const said: string[] = []
    try {
      await device.recover()
      const agent = await Agent.start({
        device,
        sources: [sourceOf(host, quantity)],
        plan: { boundary: "node", composition: UNDECLARED, share: null, vouch: null },
        intervalMs: 50,
        period: "quarter-hour",
        idle: IDLE,
        clock: async () => "informative",
        calibrations: [],
        factors: {},
        beacon: () => ({ number: 7n, hash: `0x${"ab".repeat(32)}` }),
        closed,
        say: (line) => said.push(line),
        clocks: { wallMs: () => host.wallMs, runningMs: () => host.runningMs, upMs: () => host.upMs },
        uptime: () => ({ boot: host.boot, upMs: host.upMs }),
      })
      /** The sensors were read anew since, and a capture has taken it. */
      const tick = async () => {
        const { reads } = host
        await until("the sensors are read again", () => host.reads >= reads + 2)
        await sleep(120)
      }
      await work({ agent, device, tick, said }).finally(() => agent.close())
    } finally {
      await device.close()
    }
    return said
  }
  const statements = () => archivedRuns(home).map(({ statement }) => statement)
  const joules = (from = 0) =>
    statements()
      .slice(from)
      .reduce((sum, { registers }) => sum + Number(registers.energyMillijoules) / 1000, 0)

  it("is cut at the last reading before a period of UTC ends", async () => {
    host.wallMs = NOON + 15 * 60_000 - 1500
    await metered(async ({ tick }) => {
      for (let i = 0; i < 6; i++) {
        await tick()
        host.pass(700)
        await tick()
      }
    })
    const runs = statements()
    const end = NOON + 15 * 60_000
    assert.equal(runs.length, 2)
    assert.ok((runs[0]?.endTimeMs ?? 0) <= end && (runs[0]?.endTimeMs ?? 0) > end - 1500)
    assert.equal(runs[1]?.startTimeMs, runs[0]?.endTimeMs)
    assert.ok((runs[1]?.endTimeMs ?? 0) > end)
    assert.equal(runs[0]?.status, "continued")
    assert.equal(runs[1]?.context.jobStart, 0n)
    assert.ok(Math.abs(joules() - host.millijoules / 1000) < 0.01)
  })

  it("counts what is told between two runs of one workload in the one that begins", async () => {
    host.wallMs = NOON + 15 * 60_000 - 500
    let told = () => {}
    await metered(
      async ({ agent, tick }) => {
        await tick()
        const run = await agent.startRun({ ...IDLE, workload: "chat" })
        run.work(3n)
        told = () => run.work(5n)
        for (let i = 0; i < 3; i++) {
          await tick()
          host.pass(700)
          await tick()
        }
        told = () => {}
        await run.stop()
      },
      "energy",
      () => told(),
    )
    const chat = statements().filter(({ context }) => context.workload === "chat")
    assert.deepEqual(
      chat.map(({ registers, status }) => [registers.workUnits, status]),
      [
        [3n, "continued"],
        [5n, "complete"],
      ],
    )
  })

  it("follows a wall clock that is set forward, with a run that spans the time: power is blind there", async () => {
    for (const quantity of ["power", "energy"] as const) {
      await metered(async ({ tick }) => {
        await tick()
        host.wallMs += 3_600_000
        await tick()
        host.pass(500)
        await tick()
      }, quantity)
    }
    const runs = statements()
    const spanned = runs.filter(({ startTimeMs, endTimeMs }) => endTimeMs - startTimeMs >= 3_600_000)
    assert.deepEqual(
      spanned.map(({ registers }) => registers.blindMilliseconds >= 3_600_000n),
      [true, true],
      "the boards read power in both",
    )
    assert.ok((spanned[0]?.registers.energyMillijoules ?? 0n) >= 3_600_000n * BigInt(WATTS))
    assert.ok((spanned[1]?.registers.energyMillijoules ?? 0n) < 3_600_000n)
  })

  it("sees that the host has slept: the counter tells what flowed, and the next run spans it", async () => {
    await metered(async ({ tick }) => {
      await tick()
      host.sleep(600_000)
      await tick()
      host.pass(500)
      await tick()
    })
    assert.ok(Math.abs(joules() - host.millijoules / 1000) < 0.01)
    assert.ok((statements().at(-1)?.endTimeMs ?? 0) >= NOON + 600_000)
  })

  it("sees that the host has slept behind a wall clock that was set back, and counts the time", async () => {
    await metered(async ({ tick }) => {
      await tick()
      host.wallMs -= 600_000
      host.sleep(599_000)
      await tick()
      host.pass(500)
      await tick()
    }, "power")
    const last = statements().at(-1)
    assert.ok((last?.endTimeMs ?? 0) >= NOON + 599_000, "time has passed")
    assert.ok((last?.registers.blindMilliseconds ?? 0n) >= 599_000n, "power is blind there")
  })

  it("goes on behind a wall clock that was set back while the process was away: the host has counted", async () => {
    await metered(async ({ tick }) => {
      await tick()
      host.pass(1000)
    })
    host.pass(600_000)
    host.wallMs -= 600_000
    const said = await metered(({ tick }) => tick(), "power")
    assert.deepEqual(
      said.filter((line) => line.includes("broken")),
      [],
    )
    const runs = statements()
    const [, second] = runs
    assert.equal(second?.broken, false)
    assert.ok((second?.endTimeMs ?? 0) - (second?.startTimeMs ?? 0) >= 600_000)
    assert.ok((second?.registers.blindMilliseconds ?? 0n) >= 600_000n)
  })

  it("says that the books are broken where the host was down and its clock was set back", async () => {
    await metered(({ tick }) => tick())
    host.reboot(600_000)
    host.wallMs -= 3_600_000
    const said = await metered(({ tick }) => tick())
    assert.match(said.join("\n"), /the books are broken: the wall clock was set back/)
    const [first, second] = statements()
    assert.deepEqual([first?.broken, second?.broken], [false, true])
    assert.equal(second?.lifetimeMillijoules, second?.registers.energyMillijoules)
  })

  it("goes on where the wall clock falls back to 1970, while it runs and afterwards, and breaks its books after a boot", async () => {
    await metered(async ({ tick }) => {
      await tick()
      host.wallMs = 0
      host.pass(5000)
      await tick()
    })
    host.pass(60_000)
    await metered(({ tick }) => tick())
    const whole = statements()
    assert.ok(whole.every(({ broken, startTimeMs, endTimeMs }) => !broken && endTimeMs >= startTimeMs))
    assert.ok((whole.at(-1)?.endTimeMs ?? 0) >= NOON + 65_000)
    assert.ok(Math.abs(joules() - host.millijoules / 1000) < 0.01)
    host.reboot(60_000)
    host.wallMs = 0
    const said = await metered(({ tick }) => tick())
    assert.match(said.join("\n"), /the books are broken/)
    const last = statements().at(-1)
    assert.equal(last?.broken, true)
    assert.ok((last?.startTimeMs ?? 0) >= NOON, "no run begins before what was signed")
  })

  it("knows by the boot that counters may have begun anew", async () => {
    await metered(({ tick }) => tick())
    host.reboot(60_000)
    host.millijoules = 20_000_000
    await metered(async ({ tick }) => {
      await tick()
      host.pass(1000)
      await tick()
    })
    const [, second] = archivedRuns(home)
    assert.ok(second?.evidence[0]?.sources.readings.some(({ quantity }) => quantity === "restart"))
    assert.ok((second?.statement.registers.blindMilliseconds ?? 0n) >= 60_000n)
    assert.equal(second?.statement.broken, false)
  })

  it("was far ahead: what it made then is void once the chain's time is known, and is metered again", async () => {
    const day = 86_400_000
    await metered(({ tick }) => tick())
    host.wallMs += 30 * day
    await metered(async ({ tick }) => {
      await tick()
      host.pass(1000)
    })
    host.wallMs -= 30 * day
    host.pass(1000)
    const device = await Device.open(home, await openKey(home))
    const ahead = device.state.roots.length - 1
    assert.ok(ahead >= 1)
    assert.equal(await device.voidLaterThan(NOON + day, BigInt(ahead + 1)), 0, "runs that were handed over stay")
    assert.equal(await device.voidLaterThan(NOON + day, 0n), ahead)
    assert.equal(await device.voidLaterThan(NOON + day, 0n), 0)
    await device.close()
    await metered(({ tick }) => tick())
    const [first, third] = [statements()[0], statements().at(-1)]
    assert.equal(third?.startTimeMs, first?.endTimeMs)
    assert.equal(third?.broken, false)
    assert.ok((third?.endTimeMs ?? 0) < NOON + day)
    const { roots } = await Device.open(home, await openKey(home)).then(async (opened) => {
      await opened.close()
      return opened.state
    })
    assert.ok(roots.slice(1, 1 + ahead).every((root) => root === `0x${"00".repeat(32)}`))
    const kept = Number(first?.registers.energyMillijoules ?? 0n) + Number(third?.registers.energyMillijoules ?? 0n)
    assert.ok(Math.abs(kept - host.millijoules) < 10)
    assert.equal(third?.lifetimeMillijoules, BigInt(kept))
  })

  it("begins a new run with a board that appears, and names its SKU and rating", async () => {
    await metered(async ({ tick }) => {
      await tick()
      host.boards = 2
      host.pass(1000)
      await until("the next run", () => archivedRuns(home).length > 0)
    })
    const runs = statements()
    const boardsOf = (run: (typeof runs)[number] | undefined) =>
      run?.context.metering.filter(({ role }) => role === "accelerator").map(({ sensor }) => sensor)
    assert.deepEqual(boardsOf(runs[0]), ["meter/board-0"])
    assert.deepEqual(boardsOf(runs[1]), ["meter/board-0", "meter/board-1"])
    assert.deepEqual(runs[1]?.context.accelerators.at(-1), { id: "GPU-1", sku: "NVIDIA H100 80GB HBM3" })
  })

  it("closes a run with a beacon, so that both its ends have one", async () => {
    await metered(({ tick }) => tick())
    const [run] = archivedRuns(home)
    assert.equal(run?.evidence.at(-1)?.sources.closing?.beacon?.number, 7n)
    assert.ok(run?.statement.fed.includes("beacons"))
  })

  it("ends a run that cannot be recorded as interrupted, and the next begins there", async () => {
    const said = await metered(async ({ device, agent, tick }) => {
      await tick()
      host.pass(1000)
      await tick()
      const before = agent.status.run
      const beginRun = device.beginRun.bind(device)
      device.beginRun = async (opening) => {
        const run = await beginRun(opening)
        const capture = run.capture.bind(run)
        let fails = 1
        run.capture = async (observations) => {
          if (fails-- > 0) throw new Rejection("NUMBER_OUT_OF_RANGE", "a number that nobody can record")
          return capture(observations)
        }
        device.beginRun = beginRun
        return run
      }
      const workload = await agent.startRun({ ...IDLE, workload: "chat" })
      await until("the next run", () => agent.status.run !== String(Number(before) + 1))
      host.pass(1000)
      await tick()
      await workload.stop()
    })
    assert.match(said.join("\n"), /the run ends as interrupted, and the next begins there/)
    const runs = statements()
    assert.deepEqual(
      runs.map(({ status, context }) => [context.workload, status]),
      [
        ["idle", "complete"],
        ["chat", "interrupted"],
        ["chat", "complete"],
        ["idle", "complete"],
      ],
    )
    for (const [i, { startTimeMs }] of runs.entries()) if (i > 0) assert.equal(startTimeMs, runs[i - 1]?.endTimeMs)
    assert.ok(Math.abs(joules() - host.millijoules / 1000) < 0.01)
  })
})
