import assert from "node:assert/strict"
import { createMeter, type MeteredSensor, type SensorReading } from "@wattest/protocol"

const UNITS = { energy: "J", work: "1" } as const

/** What a plan of one sensor makes of its values, a second apart. */
function metered(
  plan: Partial<MeteredSensor> & { readonly role: keyof typeof UNITS },
  values: readonly number[],
  { everyMs = 1000, restartAt = -1 } = {},
) {
  const entry: MeteredSensor = { sensor: "s", method: "counter", periodMs: 1000, ...plan }
  const meter = createMeter([entry])
  const about = { surface: "test", quantity: "", grade: "measured", accuracy: {} } as const
  let registers = meter.advance(0, []).registers
  for (const [i, value] of values.entries()) {
    const timeMs = i * everyMs
    const own: SensorReading = { ...about, sensor: "s", unit: UNITS[plan.role], value: String(value), timeMs }
    const sign = {
      ...about,
      sensor: "attester/restart",
      surface: "attester",
      quantity: "restart",
      unit: "1",
      value: "1",
    }
    registers = meter.advance(timeMs, [own, ...(i === restartAt ? [{ ...sign, timeMs }] : [])]).registers
  }
  return {
    joules: Number(registers.energyMillijoules) / 1000,
    blindMs: Number(registers.blindMilliseconds),
    work: registers.workUnits,
  }
}

describe("the meter at its edges", () => {
  const rated = { role: "energy", ratingWatts: "700" } as const

  it("counts nothing of a work counter that is back exactly where it stood", () => {
    assert.equal(metered({ role: "work" }, [100, 40, 45, 100, 130]).work, 35n)
    assert.equal(metered({ role: "work" }, [100, 40, 45, 101, 130]).work, 35n)
  })

  it("counts no wrap for a counter that stands still, where one was possible", () => {
    const { joules, blindMs } = metered({ ...rated, wrapsAt: "1000" }, [500, 500, 500], { everyMs: 2000 })
    assert.equal(joules, 0)
    assert.ok(blindMs > 0, "it may have wrapped")
  })

  it("takes a width of 0 for none, and never divides by it", () => {
    assert.equal(metered({ ...rated, wrapsAt: "0" }, [500, 800, 1100]).joules, 600)
    const { joules, blindMs } = metered({ ...rated, wrapsAt: "0" }, [0, 300, 600])
    assert.deepEqual([joules, blindMs], [600, 0])
  })

  it("lets a counter stand at its width before it wraps", () => {
    const { joules, blindMs } = metered({ ...rated, wrapsAt: "10000" }, [9700, 10_000, 300, 600])
    assert.deepEqual([joules, blindMs], [900, 0])
  })

  it("estimates nothing across a sign of a restart where the count is the same as before", () => {
    const { joules } = metered({ ...rated }, [9000, 9300, 9300, 9600], { restartAt: 1 })
    assert.equal(joules, 600)
  })

  it("believes a rise up to the rating over the time and a second of slack, and no joule more", () => {
    assert.deepEqual(metered({ ...rated }, [0, 1400, 1700]).blindMs, 0)
    assert.ok(metered({ ...rated }, [0, 1401, 1701]).blindMs > 0)
  })

  it("begins a run at the reading on its start, whatever was read before", () => {
    const plan: MeteredSensor = { ...{ sensor: "s", role: "energy", method: "trapezoid" }, periodMs: 1000 }
    const power = (second: number, watts: number): SensorReading => ({
      ...{ sensor: "s", surface: "test", quantity: "power", unit: "W", value: String(watts), timeMs: second * 1000 },
      ...{ grade: "measured", accuracy: { updateMs: "1000" } },
    })
    const uncertainty = (before: readonly SensorReading[]) => {
      const meter = createMeter([plan])
      meter.advance(1000, [...before, power(1, 500)])
      return meter.advance(3000, [power(2, 500), power(3, 500)]).registers.uncertaintyMillijoules
    }
    assert.equal(uncertainty([power(0, 100)]), uncertainty([]))
  })

  it("knows how coarse a counter is by its smallest advance: one that stands still for less is not stuck", () => {
    const plan: MeteredSensor = { ...{ sensor: "s", role: "energy", method: "counter" }, periodMs: 1000, witness: "p" }
    const meter = createMeter([{ ...plan, ratingWatts: "700" }])
    const about = { surface: "test", quantity: "", grade: "measured", accuracy: {} } as const
    const blindMs = Array.from({ length: 301 }, (_, second) => {
      const timeMs = second * 1000
      // 300 W in steps of 30 kJ, the first of them soon.
      const value = String(30_000 * Math.floor((second + 50) / 100))
      const count = { ...about, sensor: "s", unit: "J", value, timeMs }
      return meter.advance(timeMs, [count, { ...about, sensor: "p", unit: "W", value: "300", timeMs }]).registers
        .blindMilliseconds
    })
    assert.equal(blindMs[300], 0n)
  })
})
