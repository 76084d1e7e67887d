import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import { assertTiled, sideBySide, sums, type World } from "../metered.ts"

type Rhythm = readonly { readonly stopMs: number; readonly runMs: number }[]

/** A load that runs while the process is stopped, and only then; the meter tells power alone, and is rated 2 kW. */
const loadedWhileStopped = (rhythm: Rhythm) => async (world: World) => {
  world.configure({}, "power", { ratingWatts: 2000 })
  world.meter.watts = 100
  const serving = await world.metering()
  await sleep(300)
  const before = world.meter.millijoules
  for (const { stopMs, runMs } of rhythm) {
    serving.child.kill("SIGSTOP")
    world.meter.watts = 1900
    await sleep(stopMs)
    world.meter.watts = 100
    serving.child.kill("SIGCONT")
    await sleep(runMs)
  }
  const flowed = (world.meter.millijoules - before) / 1000
  await world.stop(serving)
  const runs = world.runs()
  assertTiled(runs)
  return { ...sums(runs), flowed, stoppedMs: rhythm.reduce((sum, { stopMs }) => sum + stopMs, 0) }
}

describe("a device whose process is stopped and goes on", () => {
  const stories = sideBySide({
    "once for long": loadedWhileStopped([{ stopMs: 3500, runMs: 500 }]),
    "once, briefly": loadedWhileStopped([{ stopMs: 1500, runMs: 500 }]),
    "in a slow rhythm": loadedWhileStopped(Array.from({ length: 4 }, () => ({ stopMs: 700, runMs: 150 }))),
    "in a fast rhythm": loadedWhileStopped(Array.from({ length: 20 }, () => ({ stopMs: 120, runMs: 40 }))),
    "not at all": loadedWhileStopped([]),
  })

  for (const what of ["once for long", "once, briefly", "in a slow rhythm", "in a fast rhythm"] as const)
    it(`by SIGSTOP and SIGCONT ${what}: the stops are blind, and the energy within the uncertainty`, async () => {
      const { joules, uncertainty, blindMs, flowed, stoppedMs } = await stories(what)
      assert.ok(blindMs >= stoppedMs * 0.9, `blind for ${blindMs} of ${stoppedMs} ms`)
      assert.ok(flowed <= joules + uncertainty, `${flowed} J flowed, ${joules} ± ${uncertainty} are in the books`)
    })

  it("not at all: no time is blind", async () => {
    const { blindMs } = await stories("not at all")
    assert.ok(blindMs < 300, `${blindMs} ms`)
  })
})
