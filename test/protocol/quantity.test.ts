import assert from "node:assert/strict"
import { findMetric, formatQuantity, METRIC_NAMES, type MetricName, parseQuantity, unitsOf } from "@wattest/protocol"

const value = (text: string, metric: MetricName, work = "token") => parseQuantity(text, metric, work)
const fault = (text: string, metric: MetricName, work = "token") => {
  const result = value(text, metric, work)
  assert.ok(typeof result === "object", `${text} was read as ${String(result)}`)
  return result.fault
}

describe("bounds in words", () => {
  it("are read exactly, in the metric's usual unit or in the one written", () => {
    assert.equal(value("0.07", "energy-per-work"), 70_000n)
    assert.equal(value("0.07 J/token", "energy-per-work"), 70_000n)
    assert.equal(value("70 mJ / token", "energy-per-work"), 70_000n)
    assert.equal(value("70000 µJ", "energy-per-work"), 70_000n)
    assert.equal(value("12.5 %", "idle-tax"), 125_000n)
    assert.equal(value("0.0001", "idle-tax"), 1n)
    assert.equal(value("1.5 MWh", "energy"), 5_400_000_000_000n)
    assert.equal(value("0.000001", "carbon"), 1n)
    assert.equal(value("3", "work"), 3n)
    assert.equal(value("1.2", "pue"), 1_200_000n)
    assert.equal(value("0.4 L/kWh", "wue"), 400_000n)
    assert.equal(value("1.5 h", "metered-time"), 5_400_000n)
    assert.equal(value("70 mJ/token", "energy-per-input"), 70_000n)
    assert.equal(value("1208925819614629174706.174", "energy"), 2n ** 80n - 2n)
  })

  it("finer than the proof's unit or beyond 80 bits are refused, never rounded", () => {
    assert.match(fault("0.0000001", "energy-per-work"), /finer/)
    assert.match(fault("0.0015 mL", "water"), /finer/)
    assert.match(fault("0.5", "work"), /finer/)
    assert.match(fault("1208925819614629174706.175", "energy"), /80 bits/)
    assert.equal(value("0.1000000000000000000000000", "energy"), 100n)
  })

  it("in another unit, or per another unit of work, are refused", () => {
    assert.match(fault("1 g", "energy"), /no unit of energy/)
    assert.match(fault("1 J/image", "energy-per-work"), /per image/)
    assert.match(fault("1 J/token", "energy"), /not a number per unit/)
    for (const text of ["", "J", "-1", "+1", "1e3", "01", "1.", ".5", "1,5", "0x10", "NaN", "1 J J", "1 constructor"])
      assert.ok(fault(text, "energy").length > 0)
  })

  it("are written so that they read back as the same number", () => {
    for (const metric of METRIC_NAMES)
      for (const number of [0n, 1n, 70_000n, 123_456_789n, 2n ** 80n - 2n]) {
        const text = formatQuantity(number, metric, "token")
        const bare = metric === "work" ? text.replace(" token", "") : text.replace(/ per (accepted |input )?token$/, "")
        assert.equal(value(bare, metric), number, text)
      }
    assert.equal(formatQuantity(70_000n, "energy-per-work", "token"), "0.07 J per token")
    assert.equal(formatQuantity(70_000n, "energy-per-accepted", "token"), "0.07 J per accepted token")
    assert.equal(formatQuantity(70_000n, "energy-per-input", "token"), "0.07 J per input token")
    assert.equal(formatQuantity(125_000n, "idle-tax", ""), "12.5 %")
    assert.equal(formatQuantity(1_200_000n, "pue", ""), "1.2")
    assert.equal(formatQuantity(400_000n, "wue", ""), "0.4 L/kWh")
    assert.equal(formatQuantity(1_000n, "energy", ""), "1 J")
    assert.equal(formatQuantity(5n, "work", "token"), "5 token")
  })

  it("belong to metrics by their names and by spoken ones", () => {
    for (const metric of METRIC_NAMES) {
      assert.deepEqual(findMetric(metric), { metric, unit: null })
      assert.ok(unitsOf(metric).length > 0)
    }
    assert.deepEqual(findMetric("joules-per-token"), { metric: "energy-per-work", unit: "token" })
    assert.deepEqual(findMetric("joules-per-accepted-token"), { metric: "energy-per-accepted", unit: "token" })
    assert.deepEqual(findMetric("joules-per-input-token"), { metric: "energy-per-input", unit: "token" })
    assert.deepEqual(findMetric("carbon-per-image"), { metric: "carbon-per-work", unit: "image" })
    assert.deepEqual(findMetric("energy-with-uncertainty"), { metric: "energy", unit: null })
    assert.equal(findMetric("joules"), null)
    assert.equal(findMetric("constructor"), null)
  })
})
