import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import { METER_WATTS, until } from "@wattest/testkit/attester/program"
import { assertTiled, type Runs, sideBySide, sums, type World } from "../metered.ts"

const HOUR_MS = 3_600_000
const SLEPT_MS = 600_000

const timesOf = (runs: Runs) => runs.flatMap(({ evidence }) => evidence.map(({ timeMs }) => timeMs))
const clocksOf = (runs: Runs) =>
  new Set(runs.flatMap(({ evidence }) => evidence.map(({ gauges }) => gauges.clock === "unsynchronised")))

/** Serves on a host whose clocks leap by so much; the meter's readings have the host's time. */
const leaping =
  (quantity: "energy" | "power", wallMs: number, upMs: number, { passes = 0, divides = true } = {}) =>
  async (world: World) => {
    world.configure({}, quantity, { time: undefined, ratingWatts: 1000 })
    const serving = await world.meteringOnHost({ wallMs: 0, upMs: 0 })
    await sleep(400)
    world.meter.pass(passes)
    world.leap(serving, { wallMs, upMs })
    if (divides) await until("the run ends there", () => world.runs().length > 0)
    else await sleep(700)
    await sleep(400)
    await world.stop(serving)
    return { runs: world.runs(), flowed: world.meter.millijoules / 1000 }
  }

describe("a process on a host whose clock", () => {
  const stories = sideBySide({
    "is set forward": leaping("power", HOUR_MS, 0),
    "is set back": leaping("energy", -HOUR_MS, 0, { divides: false }),
    "counts on in its sleep": leaping("energy", SLEPT_MS, SLEPT_MS, { passes: SLEPT_MS }),
    "counts on in its sleep, before a meter of power": leaping("power", SLEPT_MS, SLEPT_MS),
    "is set back over its sleep": leaping("power", 0, SLEPT_MS),
  })

  it("is set forward spans the time by a run, blind", async () => {
    const { runs } = await stories("is set forward")
    assertTiled(runs)
    const spanned = runs.find(({ statement }) => statement.endTimeMs - statement.startTimeMs >= HOUR_MS)
    assert.ok((spanned?.statement.registers.blindMilliseconds ?? 0n) >= BigInt(HOUR_MS))
  })

  it("is set back never falls, and says that it cannot be believed", async () => {
    const { runs } = await stories("is set back")
    assertTiled(runs)
    const times = timesOf(runs)
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
    assert.ok((times.at(-1) ?? 0) - (times[0] ?? 0) < 60_000)
    assert.ok(clocksOf(runs).has(true), "unsynchronised")
  })

  it("counts on in its sleep counts what flowed meanwhile, by a run that spans it", async () => {
    const { runs, flowed } = await stories("counts on in its sleep")
    assertTiled(runs)
    assert.ok(runs.some(({ statement }) => statement.endTimeMs - statement.startTimeMs >= SLEPT_MS))
    const { joules } = sums(runs)
    assert.ok(joules >= (SLEPT_MS * METER_WATTS) / 1000 && joules <= flowed, `${joules} of ${flowed} J`)
  })

  for (const what of ["counts on in its sleep, before a meter of power", "is set back over its sleep"] as const)
    it(`${what}: the sleep is blind, and what may have flowed is in the uncertainty`, async () => {
      const { runs } = await stories(what)
      assertTiled(runs)
      const { joules, uncertainty, blindMs } = sums(runs)
      assert.ok(blindMs >= SLEPT_MS, `${blindMs} ms`)
      for (const watts of [0, METER_WATTS, 1000])
        assert.ok(
          Math.abs((watts * SLEPT_MS) / 1000 - joules) <= uncertainty,
          `${watts} W in ${joules} ± ${uncertainty} J`,
        )
    })
})
