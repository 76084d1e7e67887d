import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { Agent, Device, openKey, parseAgentConfig, type WorkloadLabels } from "@wattest/attester"
import { METER_WATTS, until } from "@wattest/testkit/attester/program"
import { skip } from "@wattest/testkit/skip"
import { assertCounted, assertTiled, meteredDevice, spanMs, sums } from "../metered.ts"

/** Captures that wait for a disk before none is taken any more; a config's own interval is 50 ms at least. */
const MAX_WAITING = 600
const INTERVAL_MS = 5

const IDLE: WorkloadLabels = {
  tags: { model: "", unit: "", zone: "", site: "", party: "" },
  ...{ workload: "idle", job: "", modelDigest: null, versions: {}, task: null, qualityRule: "" },
}

describe("a device's disk", () => {
  let disk: string
  // Before the device's folder is removed.
  afterEach(() => execFileSync("sh", ["-c", `! mountpoint -q ${disk} || umount -l ${disk}`]))
  const world = meteredDevice()

  /** Moves the device onto a small disk of its own. */
  function mount(size: string): void {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", disk], { stdio: "ignore" })
    cpSync(world.home, join(disk, "device"), { recursive: true })
    world.home = join(disk, "device")
  }
  before(function () {
    try {
      execFileSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" })
    } catch {
      skip(this, "a small disk cannot be mounted here")
    }
  })
  beforeEach(() => {
    disk = join(world.folder, "disk")
    mkdirSync(disk)
  })

  const fill = (bytes: number) =>
    assert.throws(() => writeFileSync(join(disk, "filler"), Buffer.alloc(bytes)), /ENOSPC/)

  it("that is full: captures wait, nothing is lost when there is room again, and it is said once", async () => {
    mount("512k")
    const serving = await world.metering()
    fill(1 << 20)
    await until("the full disk is noticed", () => serving.said().includes("ENOSPC"))
    await sleep(500)
    rmSync(join(disk, "filler"))
    const [name = ""] = readdirSync(join(world.home, "runs"))
    const stored = () => readFileSync(join(world.home, "runs", name), "utf8").split("\n").length
    const before = stored()
    await until("captures are stored again", () => stored() > before + 6)
    await world.stop(serving)
    const [run] = world.runs()
    assert.equal(run?.statement.status, "complete")
    assert.equal(run?.statement.energyGrade, "measured")
    assert.deepEqual(serving.said().match(/capture: .*(?:ENOSPC|well again)/g)?.length, 2, serving.said())
  })

  it("that is full for longer than captures can wait loses no energy: the counter tells what flowed", async () => {
    mount("2m")
    const device = await Device.open(world.home, await openKey(world.home))
    const config = parseAgentConfig(JSON.parse(readFileSync(world.config, "utf8")))
    const said: string[] = []
    const agent = await Agent.start({
      ...config,
      ...{ device, plan: { ...config, vouch: null }, intervalMs: INTERVAL_MS, idle: IDLE },
      ...{ clock: async () => "informative", beacon: () => null, closed: () => undefined },
      say: (line) => said.push(line),
    })
    fill(1 << 22)
    await until("no more captures are taken", () => said.some((line) => line.includes(`${MAX_WAITING} captures wait`)))
    await sleep(1000)
    rmSync(join(disk, "filler"))
    await sleep(1000)
    await agent.close()
    await device.close()
    const runs = world.runs()
    assertTiled(runs)
    const missing = spanMs(runs) * METER_WATTS - sums(runs).joules * 1000
    assert.ok(Math.abs(missing) <= runs.length * METER_WATTS * 3, `${missing} mJ missing`)
    assert.ok(spanMs(runs) > MAX_WAITING * INTERVAL_MS)
  })

  it("that is read-only: it does not begin, and counts from where its books stood", async () => {
    mount("8m")
    await world.stop(await world.metering())
    execFileSync("mount", ["-o", "remount,ro", disk])
    const refused = world.serve()
    assert.equal(await refused.exit, 1, refused.said())
    execFileSync("mount", ["-o", "remount,rw", disk])
    await world.stop(await world.metering())
    const runs = world.runs()
    assertTiled(runs)
    assertCounted(runs)
    assert.equal(sums(runs).blindMs, 0)
  })
})
