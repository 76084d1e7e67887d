import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { createMeter, type MeteredSensor, type SensorReading } from "@wattest/protocol"
import { archivedRuns, METER_WATTS, writeConfig } from "@wattest/testkit/attester/program"
import { restartReading } from "../../attester/src/books/stand.ts"
import { meteredDevice, type Runs, sums } from "./metered.ts"

const source = (name: string, quantity: string, unit: string) => ({ at: `/${quantity}`, name, quantity, unit })

describe("a device whose sensors", () => {
  const world = meteredDevice()

  /** Counter and power of one meter, under the names that it has now. */
  const configure = (name = "") =>
    writeConfig(world.config, world.meter, {
      sources: [
        {
          ...{ kind: "json", id: "pdu", url: world.meter.url, periodMs: 50, timeoutMs: 500, covers: "node" },
          time: { at: "/timeMs", format: "unix-ms" },
          values: [source(`${name}energy`, "energy", "mJ"), source(`${name}power`, "power", "W")],
        },
      ],
    })

  /** All that flowed lies within the books' uncertainty, or in time that they call blind or broken. */
  function assertBounded(runs: Runs): void {
    const { joules, uncertainty } = sums(runs)
    const spanMs = (runs.at(-1)?.statement.endTimeMs ?? 0) - (runs[0]?.statement.startTimeMs ?? 0)
    const flowed = (spanMs * METER_WATTS) / 1000
    const tick = (2 * METER_WATTS) / 1000
    assert.ok(
      Math.abs(flowed - joules) <= uncertainty + tick,
      `${flowed} J flowed, ${joules} ± ${uncertainty} are said`,
    )
  }

  /** Serves while something is done to the meter; gives the runs. */
  async function disturbed(disturb: () => Promise<void>): Promise<Runs> {
    const serving = world.serve()
    await world.metering(serving)
    await sleep(800)
    await disturb()
    await sleep(800)
    await world.stop(serving)
    return archivedRuns(world.home)
  }

  it("go on undisturbed is not blind", async () => {
    configure()
    const runs = await disturbed(async () => undefined)
    assertBounded(runs)
    assert.equal(sums(runs).blindMs, 0)
  })

  it("die and come back as they were loses nothing", async () => {
    configure()
    const runs = await disturbed(async () => {
      world.meter.mode = "dead"
      await sleep(1000)
      world.meter.mode = "well"
    })
    assertBounded(runs)
    assert.equal(sums(runs).blindMs, 0, "the counter tells what flowed meanwhile")
  })

  it("come back with a counter that began anew is blind across the fall, which is no wrap", async () => {
    configure()
    const runs = await disturbed(async () => {
      world.meter.mode = "dead"
      await sleep(500)
      world.meter.beginAnew()
      world.meter.mode = "well"
    })
    const { joules, blindMs } = sums(runs)
    const spanMs = (runs.at(-1)?.statement.endTimeMs ?? 0) - (runs[0]?.statement.startTimeMs ?? 0)
    assert.ok(blindMs >= 400, `blind for ${blindMs} ms`)
    assert.equal(runs.at(-1)?.statement.energyGrade, "declared", "nothing rates this sensor")
    assert.ok(joules < 1.5 * ((spanMs * METER_WATTS) / 1000), `${joules} J`)
  })

  it("change their names is metered on, by a run that begins where the one before ended", async () => {
    configure()
    const first = world.serve()
    await world.metering(first)
    await sleep(400)
    await world.stop(first)
    configure("other.")
    const second = world.serve()
    await world.metering(second)
    await sleep(400)
    await world.stop(second)
    const runs = archivedRuns(world.home)
    assert.equal(runs[1]?.statement.startTimeMs, runs[0]?.statement.endTimeMs)
    assertBounded(runs)
    const planned = runs.map(
      ({ statement }) => statement.context.metering.find(({ role }) => role === "energy")?.sensor,
    )
    assert.deepEqual(planned, ["pdu/energy", "pdu/other.energy"])
  })

  it("are read by a device on a read-only disk: it does not begin, and counts from where its books stood", async function () {
    configure()
    const disk = join(world.folder, "disk")
    mkdirSync(disk)
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], { stdio: "ignore" })
    } catch {
      process.stderr.write("      skipped: no disk can be mounted here\n")
      this.skip()
    }
    try {
      cpSync(world.home, join(disk, "device"), { recursive: true })
      world.home = join(disk, "device")
      const first = world.serve()
      await world.metering(first)
      await world.stop(first)
      execFileSync("mount", ["-o", "remount,ro", disk])
      const refused = world.serve()
      assert.equal(await refused.exit, 1, refused.said())
      execFileSync("mount", ["-o", "remount,rw", disk])
      const second = world.serve()
      await world.metering(second)
      await world.stop(second)
      const runs = archivedRuns(world.home)
      assert.equal(runs[1]?.statement.startTimeMs, runs[0]?.statement.endTimeMs)
      assertBounded(runs)
      assert.equal(sums(runs).blindMs, 0)
    } finally {
      execFileSync("umount", ["-l", disk])
    }
  })
})

describe("a fall of a board's counter", () => {
  const plan = (more: Partial<MeteredSensor> = {}): readonly MeteredSensor[] => [
    { sensor: "gpu/energy", role: "energy", method: "counter", periodMs: 1000, ratingWatts: "700", ...more },
  ]
  const count = (timeMs: number, joules: number): SensorReading => ({
    ...{ sensor: "gpu/energy", surface: "nvml", quantity: "energy", unit: "J", value: String(joules), timeMs },
    ...{ grade: "measured", accuracy: {} },
  })

  /** 300 W for 20 s; after 10 s the counter has another value, and perhaps a sign of it came before. */
  function metered(
    after: number,
    { signed = false, more = {} }: { signed?: boolean; more?: Partial<MeteredSensor> } = {},
  ) {
    const meter = createMeter(plan(more))
    let registers = meter.advance(0, [count(0, 100_000)]).registers
    for (let s = 1; s <= 20; s++) {
      const joules = s <= 10 ? 100_000 + 300 * s : after + 300 * (s - 11)
      const sign = signed && s === 10 ? [restartReading(10_000)] : []
      registers = meter.advance(s * 1000, [count(s * 1000, joules), ...sign]).registers
    }
    return {
      joules: Number(registers.energyMillijoules) / 1000,
      uncertainty: Number(registers.uncertaintyMillijoules) / 1000,
      blindMs: Number(registers.blindMilliseconds),
    }
  }

  for (const signed of [false, true])
    it(`${signed ? "with" : "without"} a sign of a restart is blind, and never a wrap`, () => {
      const { joules, uncertainty, blindMs } = metered(150, { signed })
      assert.ok(blindMs >= 1000 && blindMs <= 2000, `${blindMs} ms`)
      assert.ok(Math.abs(joules - 6000) <= uncertainty, `${joules} ± ${uncertainty}`)
    })

  it("is a wrap at a width that is known so, and then not blind", () => {
    const { joules, blindMs } = metered(100, { more: { wrapsAt: "103200" } })
    assert.deepEqual([joules, blindMs], [6000, 0])
  })

  it("does not come of a counter that goes on", () => {
    assert.deepEqual(metered(103_300, { signed: true }).blindMs, 0)
  })
})
