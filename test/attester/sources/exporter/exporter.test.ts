import assert from "node:assert/strict"
import { createSource } from "../../../../attester/src/sources/create.ts"
import { only, readOnce, rejectsWith, withServer } from "../bench.ts"

const read = (page: string, options: Record<string, unknown>) =>
  withServer(
    (_request, response) => response.end(page),
    (url) => readOnce(createSource({ url: `${url}metrics`, ...options })),
  )
const generic = (page: string, value: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  read(page, { kind: "prometheus", values: [value], ...more })
const POWER = { metric: "meter_watts", quantity: "power", unit: "W" }

describe("the generic Prometheus source", () => {
  it("reads the one series that fits, in its unit, as what the operator says it covers", async () => {
    const page = 'meter_watts{feed="a"} 5.9e2\nmeter_watts{feed="b"} 700\n'
    const values = await generic(page, { ...POWER, labels: { feed: "a" } }, { covers: "rack" })
    const { value, covers, grade, sensor, part } = only(values, "power")
    assert.deepEqual([value, covers, grade, sensor, part], ["590", "rack", "measured", "meter_watts", undefined])
  })

  it("reads equal parts by their labels, each a sensor of its own", async () => {
    const page = 'meter_watts{rack="r1",feed="a"} 590\nmeter_watts{rack="r1",feed="b"} 1665\n'
    const values = await generic(page, { ...POWER, part: ["rack", "feed"], expect: 2 })
    assert.deepEqual(
      values.map(({ part, value }) => [part, value]),
      [
        ["r1/a", "590"],
        ["r1/b", "1665"],
      ],
    )
  })

  it("chooses nothing among several series, and names them and what to write", async () => {
    const page = 'meter_watts{feed="a"} 590\nmeter_watts{feed="b"} 1665\n'
    const error = await rejectsWith("unsupported", generic(page, POWER), /2 series of meter_watts are one part/)
    assert.match(error.message, /\{feed="a"\}, \{feed="b"\}; select one by labels, or name the labels of equal parts/)
    assert.deepEqual(error.values, [])
    const same = generic(page, { ...POWER, part: ["rack"] })
    await rejectsWith("unsupported", same, /are one part/)
  })

  it("says by name what is missing, and still hands on the rest", async () => {
    const page = 'meter_watts{feed="a"} 590\nmeter_watts{feed="b"} NaN\n'
    const error = await rejectsWith(
      "unsupported",
      generic(page, { ...POWER, part: ["feed"] }),
      /feed="b"\} is no number/,
    )
    assert.deepEqual(
      error.values.map(({ part }) => part),
      ["a"],
    )
    await rejectsWith("unsupported", generic(page, { ...POWER, metric: "other" }), /the page has no other/)
    await rejectsWith("unsupported", generic(page, { ...POWER, labels: { feed: "c" } }), /with \{"feed":\["c"\]\}/)
    await rejectsWith(
      "unsupported",
      generic("meter_watts 5\n", { ...POWER, part: ["feed"], expect: 2 }),
      /1 parts, not 2/,
    )
  })

  it("takes 0 W of a machine that answers, and a power below zero, for no reading", async () => {
    await rejectsWith("unsupported", generic("meter_watts 0\n", POWER), /says 0 W/)
    await rejectsWith("unsupported", generic("meter_watts -1\n", POWER), /is below zero/)
    const outlets = await generic('meter_watts{o="1"} 0\nmeter_watts{o="2"} 5\n', { ...POWER, part: ["o"] })
    assert.equal(only(outlets, "power", "1").value, "0")
  })

  it("notices a series that was there and is gone", async () => {
    let page = 'meter_watts{o="1"} 4\nmeter_watts{o="2"} 5\n'
    await withServer(
      (_request, response) => response.end(page),
      async (url) => {
        const value = { ...POWER, part: ["o"] }
        const source = createSource({ kind: "prometheus", url: url.href, values: [value] })
        assert.equal((await readOnce(source)).length, 2)
        page = 'meter_watts{o="2"} 5\n'
        const error = await rejectsWith("missing", readOnce(source), /no longer on the page: meter_watts\/1/)
        assert.equal(error.values.length, 1)
        page = 'meter_watts{o="1"} 4\nmeter_watts{o="2"} 5\n'
        assert.equal((await readOnce(source)).length, 2)
      },
    )
  })

  it("reads numbers in powers of ten of a unit, exactly", async () => {
    const value = { metric: "m", quantity: "energy", unit: "kWh", exponent: -1 }
    assert.equal(only(await generic("m_total 1234567\n", value), "energy").value, "123456.7")
  })

  it("reads OpenMetrics: counters by their suffix, times in seconds", async () => {
    const page = "# TYPE m counter\nm_total 5 1784000000.125\nm_created 1784000000.0\n# EOF\n"
    const { value, timeMs } = only(await generic(page, { metric: "m", quantity: "energy", unit: "J" }), "energy")
    assert.deepEqual([value, timeMs], ["5", 1_784_000_000_125])
    const text = "m 5 1784000000125\n"
    assert.equal(
      only(await generic(text, { metric: "m", quantity: "energy", unit: "J" }), "energy").timeMs,
      1_784_000_000_125,
    )
  })

  it("is as accurate as the worst meter that is known, unless its owner says better", async () => {
    const plain = only(await generic("meter_watts 5\n", POWER), "power").accuracy
    assert.deepEqual([plain.gainLimit, plain.updateMs], [0.05, 30_000])
    assert.match(plain.origin, /worst known/)
    const accuracy = { gainLimit: 0.01, origin: "data sheet" }
    assert.equal(only(await generic("meter_watts 5\n", POWER, { accuracy }), "power").accuracy.gainLimit, 0.01)
  })

  it("counts work as declared, and takes an intensity for estimated", async () => {
    const work = only(await generic("tokens_total 200\n", { metric: "tokens", quantity: "work", unit: "1" }), "work")
    assert.deepEqual([work.grade, work.covers, work.value], ["declared", "workload", "200"])
    const grid = { metric: "co2", quantity: "carbonIntensity", unit: "gCO2e/kWh" }
    assert.equal(only(await generic("co2 120\n", grid, { grade: "calibrated" }), "carbonIntensity").grade, "estimated")
  })

  it("refuses options that it does not know, and units of something else", () => {
    const make = (value: object) => () => createSource({ kind: "prometheus", url: "http://h/", values: [value] })
    assert.throws(make({ ...POWER, unit: "J" }), /values\[0\]\.unit/)
    assert.throws(make({ ...POWER, lables: {} }), /lables: is not an option/)
    assert.throws(make({ ...POWER, labels: { feed: 1 } }), /labels\.feed/)
  })
})
