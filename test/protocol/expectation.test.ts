import assert from "node:assert/strict"
import { amountFor, type MetricName, parseExpectation, parseQuantity, readAmount, unitsIn } from "@wattest/protocol"

const readable = (text: string) => {
  const read = parseExpectation(text)
  assert.ok(!("fault" in read), `${text}: ${"fault" in read ? read.fault : ""}`)
  return read
}
const fault = (text: string) => {
  const read = parseExpectation(text)
  assert.ok("fault" in read, `${text} was read`)
  return read.fault
}
const exact = (text: string, metric: MetricName, work = "token") => parseQuantity(text, metric, work)

describe("quantities per so many units of work", () => {
  it("are the same number in every common unit", () => {
    for (const text of ["0.72 J/token", "720 J/ktoken", "0.2 kWh/Mtoken", "0.2 Wh per ktoken", "200 kWh/Gtoken"])
      assert.equal(exact(text, "energy-per-work"), 720_000n, text)
    assert.equal(exact("0.0002 MWh / Mtoken", "energy-per-work"), 720_000n)
    assert.equal(exact("3 kg/Mtoken", "carbon-per-work"), 3_000n)
    assert.equal(exact("3 t/Gtoken", "carbon-per-work"), 3_000n)
    assert.equal(exact("5 Mtoken", "work"), 5_000_000n)
    assert.equal(exact("5 t", "carbon"), 5_000_000_000n)
    assert.equal(exact("2 MWh", "energy"), 7_200_000_000_000n)
  })

  it("are refused where their digits are finer than the proof's unit, and kept exactly where they are compared", () => {
    assert.ok(typeof exact("0.0000001 kWh/Mtoken", "energy-per-work") === "object")
    const amount = readAmount("0.0000001 kWh/Mtoken", "energy-per-work")
    assert.ok(!("fault" in amount))
    const exactly = amountFor(amount, "energy-per-work", "token")
    assert.ok(!("fault" in exactly))
    assert.equal(exactly.value * 25n, exactly.divisor * 9n, "0.36 µJ")
  })

  it("are of the unit of work that is written, with its prefix or without", () => {
    assert.deepEqual(
      [unitsIn("token", "token"), unitsIn("ktoken", "token"), unitsIn("Mtoken", "Mtoken")],
      [1n, 1000n, 1n],
    )
    for (const per of ["token", "mtoken", "kktoken", "Mimage", "k", ""])
      assert.equal(unitsIn(per, "image"), per === "Mimage" ? 10n ** 6n : null)
    assert.match(JSON.stringify(exact("1 J/kimage", "energy-per-work")), /per kimage/)
  })
})

describe("expectations", () => {
  it("are read with their metric, direction and amount", () => {
    const read = readable("energy-per-work <= 0.2 kWh/Mtoken")
    assert.deepEqual([read.metric, read.isUpper, read.work, read.amount.per], ["energy-per-work", true, null, "Mtoken"])
    assert.deepEqual(readable("pue≥1.05").isUpper, false)
    assert.equal(readable("joules-per-token<=7").work, "token")
    assert.equal(readable(" idle-tax <= 12.5 % ").amount.value, 1_250_000n)
  })

  it("without a unit of work are refused: its document could choose one", () => {
    assert.match(fault("energy-per-work <= 0.7 J"), /per which unit of work/)
    assert.match(fault("work >= 5"), /counts what/)
    assert.match(fault("joules-per-token <= 1 J/image"), /of token and of/)
  })

  it("are of 256 characters at most", () => {
    const padded = (length: number) => "carbon <= 3 kg".padEnd(length)
    assert.equal(readable(padded(256)).metric, "carbon")
    assert.match(fault(padded(257)), /is not METRIC <= QUANTITY/)
  })

  it("that say nothing are refused", () => {
    for (const text of ["", "energy", "energy < 5 J", "energy = 5 J", "energy <=", "<= 5 J", "energy <= 5 J <= 6 J"])
      fault(text)
    assert.match(fault("enrgy <= 5 J"), /no metric/)
    assert.match(fault("ratio <= 5"), /no meaning of its own/)
    assert.match(fault("energy <= 5 bananas"), /no unit of energy/)
    fault(`energy <= ${"1".repeat(300)} J`)
  })
})
