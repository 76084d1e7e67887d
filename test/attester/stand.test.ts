import assert from "node:assert/strict"
import type { MeteredSensor, SensorReading } from "@wattest/protocol"
import fc from "fast-check"
import { beginAfter, beginAnew } from "../../attester/src/books/beginning.ts"
import { Recorder } from "../../attester/src/books/recorder.ts"
import { hostAt, standOf, timeAfter } from "../../attester/src/books/stand.ts"
import { BEAT_MS, Watch } from "../../attester/src/time/watch.ts"

const PLAN: readonly MeteredSensor[] = [
  { sensor: "c", role: "energy", method: "counter", periodMs: 1000, ratingWatts: "1000" },
  { sensor: "p", role: "energy", method: "trapezoid", periodMs: 1000, ratingWatts: "1000" },
  { sensor: "w", role: "work", method: "counter" },
]
const UNITS: { readonly [sensor: string]: string } = { c: "mJ", p: "mW", w: "1" }
const reading = (sensor: string, timeMs: number, value: number): SensorReading => ({
  ...{ sensor, timeMs, value: String(value), unit: UNITS[sensor] ?? "" },
  ...{ surface: "test", quantity: "", grade: "measured", accuracy: {} },
})
const HOST = { boot: "7", bootedMs: 0, aheadMs: 0 }

describe("where a device's books stand", () => {
  it("is told by the captures that a run begins and ends with, and by no other", () => {
    const recorder = new Recorder(
      { startMs: 1000, broken: false, lifetimeMillijoules: 70n, metering: PLAN, readings: [reading("c", 1000, 0)] },
      HOST,
    )
    assert.equal(standOf(1000, recorder.last.readings)?.lifetimeMillijoules, 70n)
    const between = recorder.record(2000, [reading("c", 2000, 300)])
    assert.equal(standOf(2000, between.readings), null)
    const end = recorder.close(3000, [])
    const stand = standOf(3000, end.readings)
    assert.equal(stand?.lifetimeMillijoules, 370n)
    assert.deepEqual(stand?.host, HOST)
    assert.deepEqual(
      stand?.readings.map(({ sensor, timeMs }) => [sensor, timeMs]),
      [["c", 2000]],
      "a sensor that was silent repeats its last reading",
    )
  })

  it("goes on from the believed of two values at one time, so that a clock which stood still hides nothing", () => {
    const opening = {
      startMs: 0,
      broken: false,
      lifetimeMillijoules: 0n,
      metering: PLAN,
      readings: [reading("c", 0, 0)],
    }
    const recorder = new Recorder(opening, HOST)
    const end = recorder.close(0, [reading("c", 0, 5000)])
    const stand = standOf(0, end.readings)
    assert.ok(stand)
    const next = new Recorder(beginAfter(stand, PLAN, { boot: HOST.boot }), HOST)
    assert.equal(next.record(1000, [reading("c", 1000, 5300)]).metered.registers.energyMillijoules, 5300n)
  })

  it("have a mean power as high as a capture holds, and none above it or over no time", () => {
    const unrated = PLAN.filter(({ sensor }) => sensor === "c").map(({ ratingWatts: _, ...entry }) => entry)
    const opening = { startMs: 0, broken: false, lifetimeMillijoules: 0n, metering: unrated }
    const meanAfter = (ms: number, millijoules: number) =>
      new Recorder({ ...opening, readings: [reading("c", 0, 0)] }, HOST).record(ms, [reading("c", ms, millijoules)])
        .meanPowerMilliwatts
    const most = 2 ** 40 - 2
    assert.deepEqual(
      [meanAfter(1000, 5), meanAfter(1000, most), meanAfter(1000, most + 1), meanAfter(0, 5)],
      [5, most, null, null],
    )
  })

  it("says how far ahead the device was when that last changed", () => {
    const opening = { startMs: 0, broken: false, lifetimeMillijoules: 0n, metering: PLAN, readings: [] }
    const recorder = new Recorder(opening, HOST)
    recorder.record(1000, [{ ...reading("c", 1000, 0), sensor: "attester/ahead", surface: "attester", value: "5000" }])
    assert.equal(standOf(2000, recorder.close(2000, []).readings)?.host.aheadMs, 5000)
  })

  const step = fc.record({
    pass: fc.integer({ min: 100, max: 2500 }),
    watts: fc.nat(900),
    tokens: fc.nat(50),
    /** By how much a sensor's clock runs ahead, and whether it answers. */
    ahead: fc.constantFrom(0, 0, 0, 300, 1500),
    counter: fc.boolean(),
    power: fc.boolean(),
  })

  it("lets runs add up to one, wherever they are divided and whatever sensor was silent", () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 3, maxLength: 25 }),
        fc.array(fc.nat(24), { maxLength: 4 }),
        (steps, at) => {
          const play = (isDivided: (i: number) => boolean) => {
            const first = [reading("c", 0, 0), reading("p", 0, 0), reading("w", 0, 0)]
            let recorder = new Recorder(beginAnew(first, PLAN, { nowMs: 0, broken: false }), HOST)
            const sums = { energy: 0n, work: 0n, runs: 1n }
            const end = (timeMs: number) => {
              const { registers } = recorder.close(timeMs, []).metered
              sums.energy += registers.energyMillijoules
              sums.work += registers.workUnits
            }
            let [timeMs, millijoules, tokens] = [0, 0, 0]
            for (const [i, { pass, watts, ahead, counter, power, tokens: more }] of steps.entries()) {
              timeMs += pass
              millijoules += watts * pass
              tokens += more
              const own = [
                ...(counter ? [reading("c", timeMs + ahead, millijoules)] : []),
                ...(power ? [reading("p", timeMs + ahead, watts * 1000)] : []),
                reading("w", timeMs, tokens),
              ]
              recorder.record(timeMs, own)
              if (!isDivided(i)) continue
              end(timeMs)
              const stand = standOf(timeMs, recorder.last.readings)
              assert.ok(stand)
              recorder = new Recorder(beginAfter(stand, PLAN, { boot: HOST.boot }), HOST)
              sums.runs++
            }
            timeMs += 2000
            millijoules += 100 * 2000
            recorder.record(timeMs, [reading("c", timeMs, millijoules), reading("p", timeMs, 100_000)])
            end(timeMs)
            return sums
          }
          const whole = play(() => false)
          const parts = play((i) => at.includes(i))
          const missing = whole.energy - parts.energy
          assert.ok(missing >= -1n && missing <= parts.runs, `${missing} mJ missing in ${parts.runs} runs`)
          assert.equal(parts.work, whole.work)
        },
      ),
      { numRuns: 2000 },
    )
  })

  const stand = {
    timeMs: 100_000,
    readings: [],
    lifetimeMillijoules: 0n,
    host: { boot: "7", bootedMs: 40_000, aheadMs: 0 },
  }

  it("goes on by the host's own count in the same boot, whatever the wall clock says", () => {
    const upMs = 75_000
    assert.deepEqual(timeAfter(stand, { boot: "7", upMs }, 1000), { timeMs: 115_000, isLost: false })
    assert.deepEqual(timeAfter(stand, { boot: "7", upMs }, 115_500), { timeMs: 115_500, isLost: false })
    assert.equal(timeAfter(stand, { boot: "7", upMs: 0 }, 1000).timeMs, 100_000, "never before the stand")
  })

  it("goes on by the wall clock in another boot, and is lost where that contradicts the host", () => {
    assert.deepEqual(timeAfter(stand, { boot: "8", upMs: 5000 }, 130_000), { timeMs: 130_000, isLost: false })
    assert.deepEqual(timeAfter(stand, { boot: "8", upMs: 5000 }, 105_000), { timeMs: 105_000, isLost: false })
    assert.deepEqual(timeAfter(stand, { boot: "8", upMs: 5000 }, 104_999), { timeMs: 105_000, isLost: true })
  })

  it("stays as far ahead of the wall clock as it was", () => {
    const ahead = { ...stand, host: { ...stand.host, aheadMs: 60_000 } }
    assert.deepEqual(timeAfter(ahead, { boot: "8", upMs: 1000 }, 50_000), { timeMs: 110_000, isLost: false })
  })

  it("knows a boot by the device's time at which it began", () => {
    assert.deepEqual(hostAt(100_000, 98_000, { boot: "7", upMs: 60_000 }), {
      boot: "7",
      bootedMs: 40_000,
      aheadMs: 2000,
    })
    assert.equal(hostAt(1000, 5000, { boot: "7", upMs: 60_000 }).bootedMs, 0)
  })
})

describe("a device's watch over itself", () => {
  const PERIOD_MS = 1000
  /** Stretches that were unwatched, by looks at these times. */
  const unwatched = (looks: readonly number[], periodMs = PERIOD_MS) => {
    const watch = new Watch(0, periodMs)
    for (const timeMs of looks) watch.look(timeMs)
    return watch.take().map(({ timeMs, value }) => [timeMs, timeMs + Number(value)])
  }
  const every = (ms: number, until: number) => Array.from({ length: Math.floor(until / ms) }, (_, i) => (i + 1) * ms)

  it("sees nothing in beats that come as they should, or as on a busy machine", () => {
    assert.deepEqual(unwatched(every(BEAT_MS, 60_000)), [])
    assert.deepEqual(unwatched(every(BEAT_MS + 40, 60_000)), [])
    assert.deepEqual(
      unwatched([...every(BEAT_MS, 5000), 5000 + BEAT_MS + 900, ...every(BEAT_MS, 9000).map((t) => t + 6200)]),
      [],
    )
  })

  it("sees a look that is later than a period", () => {
    assert.deepEqual(unwatched([250, 250 + BEAT_MS + 25 + PERIOD_MS]), [])
    assert.deepEqual(unwatched([250, 250 + BEAT_MS + 26 + PERIOD_MS]), [[250, 250 + BEAT_MS + 26 + PERIOD_MS]])
  })

  it("sees a rhythm of stops that are each too short to be late", () => {
    const looks = every(BEAT_MS + 400, 60_000)
    const seen = unwatched(looks).reduce((sum, [from = 0, to = 0]) => sum + to - from, 0)
    assert.ok(seen > 50_000, `${seen} of 60,000 ms`)
  })

  it("is told of a stop, and looks back to before it", () => {
    const watch = new Watch(0, PERIOD_MS)
    watch.look(250)
    watch.look(500)
    watch.look(900)
    watch.wake(905)
    assert.deepEqual(
      watch.take().map(({ timeMs, value }) => [timeMs, Number(value)]),
      [[500, 405]],
    )
    assert.deepEqual(watch.take(), [])
  })
})
