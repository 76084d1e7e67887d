import assert from "node:assert/strict"
import { createMeter, type MeteredSensor, type SensorReading } from "@wattest/protocol"
import { restartReading } from "../../attester/src/books/stand.ts"

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
