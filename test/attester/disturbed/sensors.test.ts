import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import { METER_WATTS, startMeter, until } from "@wattest/testkit/attester/program"
import { type Runs, sideBySide, spanMs, sums, type World } from "../metered.ts"

const named = (name: string, quantity: string, unit: string) => ({ at: `/${quantity}`, name, quantity, unit })

/** Counter and power of one meter, under the names that it has now; its counter has a new value at each reading. */
const configure = (world: World, name = "") =>
  world.configure({}, "energy", {
    accuracy: { updateMs: 50, step: 0.001, origin: "test" },
    values: [named(`${name}energy`, "energy", "mJ"), named(`${name}power`, "power", "W")],
  })

/** All that flowed lies within the books' uncertainty, or in time that they call blind or broken. */
function assertBounded(runs: Runs): void {
  const { joules, uncertainty } = sums(runs)
  const flowed = (spanMs(runs) * METER_WATTS) / 1000
  const tick = (2 * METER_WATTS) / 1000
  assert.ok(Math.abs(flowed - joules) <= uncertainty + tick, `${flowed} J flowed, ${joules} ± ${uncertainty} are said`)
}

/** Serves while something is done to the meter; gives the runs. */
const disturbed = (disturb: (world: World) => Promise<void>) => async (world: World) => {
  configure(world)
  const serving = await world.metering()
  await sleep(500)
  await disturb(world)
  await sleep(500)
  await world.stop(serving)
  return { runs: world.runs(), said: serving.said() }
}

const plannedIn = ({ statement }: Runs[number]) =>
  statement.context.metering.find(({ role }) => role === "energy")?.sensor

describe("a device whose sensors", () => {
  const stories = sideBySide({
    undisturbed: disturbed(async () => undefined),
    "come back": disturbed(async ({ meter }) => {
      meter.mode = "dead"
      await sleep(700)
      meter.mode = "well"
    }),
    "begin anew": disturbed(async ({ meter }) => {
      meter.mode = "dead"
      await sleep(500)
      meter.beginAnew()
      meter.mode = "well"
    }),
    freeze: disturbed(async ({ meter }) => {
      meter.mode = "frozen"
      await sleep(4500)
    }),
    "thaw again": disturbed(async ({ meter }) => {
      meter.mode = "frozen"
      await sleep(4000)
      meter.mode = "well"
    }),
    "change their names": async (world: World) => {
      for (const name of ["", "other."]) {
        configure(world, name)
        const serving = await world.metering()
        await sleep(300)
        await world.stop(serving)
      }
      return world.runs()
    },
    "are one of two views": async (world: World) => {
      const other = await startMeter()
      const view = (id: string, url: string) => ({
        ...{ kind: "json", id, url, periodMs: 50, timeoutMs: 300, covers: "node", ratingWatts: 1000 },
        ...{ time: { at: "/timeMs", format: "unix-ms" }, values: [named("power", "power", "W")] },
      })
      const sources = [view("main", world.meter.url), view("bmc", other.url)]
      world.configure({ sources, energy: { alternatives: ["main", "bmc"] } })
      try {
        const serving = await world.metering()
        await sleep(300)
        world.meter.mode = "dead"
        await until("the other view takes its place", () => world.runs().length === 1)
        await sleep(600)
        world.meter.mode = "well"
        await until("it answers again", () => serving.said().includes("main/power: is well again"))
        await sleep(300)
        await world.stop(serving)
        return { runs: world.runs(), said: serving.said() }
      } finally {
        await other.close()
      }
    },
  })

  it("go on undisturbed is not blind", async () => {
    const { runs } = await stories("undisturbed")
    assertBounded(runs)
    assert.equal(sums(runs).blindMs, 0)
  })

  it("die and come back as they were loses nothing, and says so once", async () => {
    const { runs, said } = await stories("come back")
    assertBounded(runs)
    assert.equal(sums(runs).blindMs, 0, "the counter tells what flowed meanwhile")
    const about = said.split("\n").filter((line) => line.startsWith("pdu: "))
    assert.deepEqual(
      about.map((line) => /failed|well again/.exec(line)?.[0]),
      ["failed", "well again"],
    )
  })

  it("come back with a counter that began anew is blind across the fall, which is no wrap", async () => {
    const { runs } = await stories("begin anew")
    const { joules, blindMs } = sums(runs)
    assert.ok(blindMs >= 400, `blind for ${blindMs} ms`)
    assert.equal(runs.at(-1)?.statement.energyGrade, "declared", "nothing rates this sensor")
    assert.ok(joules < 1.5 * ((spanMs(runs) * METER_WATTS) / 1000), `${joules} J`)
  })

  for (const what of ["freeze", "thaw again"] as const)
    it(`${what}, with a power that says otherwise, uses the power, and the time is blind`, async () => {
      const { runs } = await stories(what)
      const { joules, blindMs } = sums(runs)
      assertBounded(runs)
      assert.ok(blindMs >= 3500, `blind for ${blindMs} ms`)
      const share = joules / ((spanMs(runs) * METER_WATTS) / 1000)
      assert.ok(share > 0.9 && share < 1.1, `${share} of what flowed`)
    })

  it("change their names is metered on, by a run that begins where the one before ended", async () => {
    const runs = await stories("change their names")
    assert.equal(runs[1]?.statement.startTimeMs, runs[0]?.statement.endTimeMs)
    assertBounded(runs)
    assert.deepEqual(runs.map(plannedIn), ["pdu/energy", "pdu/other.energy"])
  })

  it("are one of two views gives way to the other where it dies: blind until then, and signed in the next run", async () => {
    const { runs, said } = await stories("are one of two views")
    assert.deepEqual(runs.map(plannedIn), ["main/power", "bmc/power"], "it makes no runs by coming back")
    const [first, second] = runs.map(({ statement }) => statement)
    assert.ok(first && second)
    assert.equal(second.startTimeMs, first.endTimeMs)
    assert.ok(first.registers.blindMilliseconds >= 3000n, `${first.registers.blindMilliseconds} ms`)
    assertBounded(runs)
    assert.equal(first.energyGrade, "measured", "its rating bounds what flowed")
    assert.match(said, /main\/power: is silent: other views of it take its place/)
    const readings = runs[0]?.evidence.flatMap(({ sources }) => sources.readings.map(({ quantity }) => quantity))
    assert.ok(readings?.includes("fault failed"))
  })
})
