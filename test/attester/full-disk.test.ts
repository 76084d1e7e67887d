import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import {
  archivedRuns,
  createMeteredDevice,
  discard,
  METER_WATTS,
  startAttest,
  until,
  writeConfig,
} from "@wattest/testkit/attester/program"

/** Captures that wait for a disk before none is taken any more, and how often one is. */
const MAX_WAITING = 600
const INTERVAL_MS = 50

describe("a disk that is full for longer than captures can wait", function () {
  this.timeout(120_000)
  let device: Awaited<ReturnType<typeof createMeteredDevice>>
  let disk: string
  before(async function () {
    device = await createMeteredDevice()
    disk = join(device.folder, "disk")
    mkdirSync(disk)
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], { stdio: "ignore" })
    } catch {
      process.stderr.write("      skipped: a small disk cannot be mounted here\n")
      this.skip()
    }
  })
  after(async () => {
    execFileSync("sh", ["-c", `! mountpoint -q ${disk} || umount -l ${disk}`])
    await discard(device)
  })

  it("loses no energy: the counter tells what flowed meanwhile, and runs go on where they ended", async () => {
    const home = join(disk, "device")
    cpSync(device.home, home, { recursive: true })
    const config = writeConfig(device.config, device.meter, { intervalMs: INTERVAL_MS })
    const { child, exit, said } = startAttest(["serve", "--home", home, "--config", config])
    await until("it meters", () => said().includes("metering"))
    assert.throws(() => writeFileSync(join(disk, "filler"), Buffer.alloc(1 << 22)), /ENOSPC/)
    await until("the full disk is noticed", () => said().includes("ENOSPC"))
    await until("no more captures are taken", () => said().includes(`${MAX_WAITING} captures wait`), 60_000)
    await sleep(2000)
    rmSync(join(disk, "filler"))
    await sleep(2000)
    child.kill("SIGTERM")
    assert.equal(await exit, 0, said())
    const runs = archivedRuns(home).map(({ statement }) => statement)
    const [first, last] = [runs[0], runs.at(-1)]
    assert.ok(first && last)
    for (const [i, { startTimeMs, broken }] of runs.entries()) {
      assert.equal(broken, false)
      if (i > 0) assert.equal(startTimeMs, runs[i - 1]?.endTimeMs)
    }
    const millijoules = runs.reduce((sum, { registers }) => sum + Number(registers.energyMillijoules), 0)
    const flowed = (last.endTimeMs - first.startTimeMs) * METER_WATTS
    assert.ok(Math.abs(flowed - millijoules) <= runs.length * METER_WATTS * 3, `${millijoules} of ${flowed} mJ`)
    assert.ok(last.endTimeMs - first.startTimeMs > MAX_WAITING * INTERVAL_MS)
  })
})
