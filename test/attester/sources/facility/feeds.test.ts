import assert from "node:assert/strict"
import { appendFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createSource } from "../../../../attester/src/sources/create.ts"
import { pointTo } from "../../../../attester/src/sources/net/json.ts"
import { only, readOnce, rejectsWith, withFolder, withServer } from "../bench.ts"

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()
const POWER = { at: "kW", name: "main", quantity: "power", unit: "kW" }
const ENERGY = { at: "total kWh", name: "total", quantity: "energy", unit: "kWh" }
const TIME = { at: "time", format: "iso" }

const withFile = (text: string, use: (file: string) => Promise<void>) =>
  withFolder(async (folder) => {
    const file = join(folder, "meter.csv")
    writeFileSync(file, text)
    await use(file)
  })
const open = (file: string, options: Record<string, unknown> = {}) =>
  createSource({ kind: "csv", file, values: [POWER, ENERGY], time: TIME, ...options })

describe("facility meter as a CSV file", () => {
  it("reads the newest row and follows the file as it grows, but not a row half written", () =>
    withFile(`time,kW,"total kWh"\r\n${ago(120)},411.5,1000.25\r\n`, async (file) => {
      const source = open(file)
      assert.deepEqual(
        [only(await readOnce(source), "power").value, only(await readOnce(source), "energy").value],
        ["411.5", "1000.25"],
      )
      appendFileSync(file, `${ago(60)},412.5,1007`)
      assert.equal(only(await readOnce(source), "power").value, "411.5")
      appendFileSync(file, ".00\r\n")
      const values = await readOnce(source)
      assert.deepEqual([only(values, "power").value, only(values, "energy").value], ["412.5", "1007.00"])
      assert.equal(only(values, "power").covers, "facility")
    }))

  it("tells a table without rows from what has no header yet", async () => {
    for (const [text, fault, message] of [
      ["time,kW,total kWh\n", "stale", /no row for now/],
      ["time,kW,total", "malformed", /has no header line/],
      ["", "malformed", /has no header line/],
    ] as const)
      await withFile(text, async (file) => {
        await rejectsWith(fault, readOnce(open(file)), message)
      })
  })

  it("reads a file of many megabytes by its end", () => {
    const row = `${ago(9000)},400,1\n`
    return withFile(`time,kW,total kWh\n${row.repeat(100_000)}${ago(5)},412.5,2\n`, async (file) => {
      assert.equal(only(await readOnce(open(file)), "power").value, "412.5")
    })
  })

  it("uses a table of intensities by the row whose time has come, as estimated at best", () =>
    withFile(`time,g\n${ago(1800)},210.5\n${ago(-1800)},95\n`, async (file) => {
      const values = [{ at: "g", name: "DE", quantity: "carbonIntensity", unit: "gCO2e/kWh" }]
      const value = only(await readOnce(open(file, { values, grade: "calibrated" })), "carbonIntensity")
      assert.deepEqual([value.value, value.grade, value.covers], ["210.5", "estimated", "grid"])
    }))

  describe("with Electricity Maps' yearly columns", () => {
    const LIFE_CYCLE = "Carbon intensity gCO₂eq/kWh (Life cycle)"
    const HEADER = `Datetime (UTC),Country,Zone id,Carbon intensity gCO₂eq/kWh (direct),${LIFE_CYCLE}`
    const hour = (hours: number) =>
      new Date(Math.floor(Date.now() / 3.6e6) * 3.6e6 + hours * 3.6e6).toISOString().slice(0, 19).replace("T", " ")
    const values = [{ at: LIFE_CYCLE, name: "FR", quantity: "carbonIntensity", unit: "gCO2e/kWh" }]
    const read = (file: string, format: string) =>
      readOnce(open(file, { values, time: { at: "Datetime (UTC)", format } }))

    it("reads times whose column says UTC, and names of columns beyond ASCII", () =>
      withFile(`\uFEFF${HEADER}\r\n${hour(-1)},France,FR,90,110\r\n${hour(0)},France,FR,100,120\r\n`, async (file) => {
        const value = only(await read(file, "utc"), "carbonIntensity")
        assert.deepEqual([value.value, value.timeMs], ["120", Date.parse(`${hour(0)}Z`)])
        await rejectsWith("malformed", read(file, "iso"), /not a time: .*needs "format": "utc"/)
      }))

    it("takes no other zone for UTC, and no row of the future", async () => {
      await withFile(`${HEADER}\n${hour(0)}+01:00,France,FR,100,120\n`, async (file) => {
        await rejectsWith("malformed", read(file, "utc"), /not a time/)
      })
      await withFile(`${HEADER}\n${hour(2)},France,FR,100,120\n`, async (file) => {
        await rejectsWith("stale", read(file, "utc"), /no row for now/)
      })
    })
  })

  it("names an empty cell as missing, beside the others", () =>
    withFile(`time,kW,total kWh\n${ago(1)},,5\n`, async (file) => {
      const { values } = await rejectsWith("missing", readOnce(open(file)), /no value of main$/)
      assert.deepEqual(
        values.map(({ quantity, value }) => [quantity, value]),
        [["energy", "5"]],
      )
    }))

  it("refuses rows of another shape, unknown columns, times without zone, and text for numbers", async () => {
    const rejected: [string, RegExp][] = [
      [`time,kW,total kWh\n${ago(1)},5\n`, /not a row of this table/],
      [`time,kW\n${ago(1)},5\n`, /no column total kWh/],
      ["time,kW,total kWh\n2026-01-01 00:00:00,5,5\n", /not a time: 2026-01-01/],
      [`time,kW,total kWh\n${ago(1)},"1,5",5\n`, /column kW: not a number: 1,5/],
      ["", /no header/],
    ]
    for (const [text, message] of rejected)
      await withFile(text, (file) => rejectsWith("malformed", readOnce(open(file)), message).then(() => {}))
  })

  it("reports a file that stopped growing as stale and one that is gone as missing", () =>
    withFile(`time,kW,total kWh\n${ago(7200)},5,5\n`, async (file) => {
      await rejectsWith("stale", readOnce(open(file, { maxAgeMs: 3_600_000 })), /72\d\d s old/)
      await rejectsWith("missing", readOnce(open(`${file}.none`)))
    }))

  it("refuses a file without a time column and doubled names", () => {
    assert.throws(() => createSource({ kind: "csv", file: "f", values: [POWER] }), /\.time: must be/)
    assert.throws(() => open("f", { values: [POWER, POWER] }), /different names/)
    assert.throws(
      () => open("f", { values: [{ ...POWER, unit: "kWh" }] }),
      /values\[0\]\.unit: must be one of mW, W, kW/,
    )
  })
})

describe("facility meter over HTTP", () => {
  const values = [
    { at: "/meters/0/power", name: "main", quantity: "power", unit: "kW" },
    { at: "/meters/0/energy", name: "total", quantity: "energy", unit: "kWh" },
  ]
  const read = (answer: unknown, options: Record<string, unknown> = {}) =>
    withServer(
      (_request, response) => response.end(typeof answer === "string" ? answer : JSON.stringify(answer)),
      (url) =>
        readOnce(
          createSource({ kind: "json", url: url.href, values, time: { at: "/at", format: "unix-s" }, ...options }),
        ),
    )
  const now = () => Math.floor(Date.now() / 1000)

  it("reads numbers and texts of digits, with the meter's own time", async () => {
    const at = now()
    const found = await read({ at, meters: [{ power: 411.5, energy: "900719925474099.3" }] })
    assert.deepEqual([only(found, "power").value, only(found, "energy").value], ["411.5", "900719925474099.3"])
    assert.equal(only(found, "power").timeMs, at * 1000)
  })

  it("names a null as missing, and refuses texts, missing times and other formats", async () => {
    const partly = read({ at: now(), meters: [{ power: null, energy: 5 }] })
    const { values } = await rejectsWith("missing", partly, /no value of main$/)
    assert.deepEqual(
      values.map(({ quantity }) => quantity),
      ["energy"],
    )
    await rejectsWith("malformed", read({ at: now(), meters: [{ power: "lots" }] }), /power: not a number/)
    await rejectsWith("malformed", read({ meters: [{ power: 5 }] }), /not a time/)
    await rejectsWith("malformed", read("<html>"), /not JSON/)
    await rejectsWith("unsupported", read({ at: now(), meters: [] }))
    await rejectsWith("stale", read({ at: now() - 90_000, meters: [{ power: 5 }] }))
  })

  it("refuses an answer that would fill the memory", async () => {
    const answer = JSON.stringify({ at: now(), meters: [{ power: 5, energy: 5 }] })
    const most = 8 * 1024 * 1024
    assert.equal((await read(answer.padStart(most))).length, 2)
    await rejectsWith("malformed", read(answer.padStart(most + 1)), /longer than/)
  })

  it("follows JSON Pointers as RFC 6901 has them", () => {
    const document = { "a/b": 1, "m~n": 8, "": 0, list: ["x"] }
    const table = {
      "/a~1b": 1,
      "/m~0n": 8,
      "/": 0,
      "/list/0": "x",
      "/none": undefined,
      "/list/9": undefined,
      "/toString": undefined,
    }
    for (const [pointer, value] of Object.entries(table)) assert.equal(pointTo(document, pointer), value, pointer)
  })
})
