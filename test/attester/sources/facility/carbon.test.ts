import assert from "node:assert/strict"
import type { RequestListener } from "node:http"
import { createSource } from "../../../../attester/src/sources/create.ts"
import { only, readOnce, rejectsWith, withServer } from "../bench.ts"

const now = () => new Date().toISOString()
const secret = { env: "WATTEST_TEST_GRID" }

describe("grid carbon intensity (services as their manuals document them)", () => {
  before(() => {
    process.env.WATTEST_TEST_GRID = "hunter2"
  })
  after(() => {
    delete process.env.WATTEST_TEST_GRID
  })
  const read = (kind: string, answer: RequestListener, options: Record<string, unknown>) =>
    withServer(answer, (url) => readOnce(createSource({ kind, url: url.href, ...options })))
  const json =
    (body: unknown): RequestListener =>
    (_request, response) =>
      void response.end(JSON.stringify(body))

  it("reads Electricity Maps with its token, and says whether the hour was estimated", async () => {
    const answer: RequestListener = (request, response) => {
      assert.equal(request.url, "/v3/carbon-intensity/latest?zone=DE")
      if (request.headers["auth-token"] !== "hunter2") return void response.writeHead(401).end()
      const body = {
        zone: "DE",
        carbonIntensity: 302,
        datetime: now(),
        isEstimated: true,
        emissionFactorType: "lifecycle",
      }
      return void response.end(JSON.stringify(body))
    }
    const value = only(await read("electricity-maps", answer, { zone: "DE", token: secret }), "carbonIntensity")
    assert.deepEqual(
      [value.value, value.unit, value.grade, value.sensor],
      ["302", "gCO2e/kWh", "estimated", "DE/estimated"],
    )
    await rejectsWith("denied", read("electricity-maps", answer, { zone: "DE", token: { env: "PATH" } }))
  })

  it("reads NESO's estimate, or its forecast while there is none, for the country or a region", async () => {
    const slot = (actual: number | null) => ({
      from: now().replace(/:\d\d\.\d+Z/, "Z"),
      intensity: { forecast: 266, actual, index: "high" },
    })
    assert.equal(only(await read("neso", json({ data: [slot(263)] }), {}), "carbonIntensity").value, "263")
    const forecast = only(await read("neso", json({ data: [slot(null)] }), {}), "carbonIntensity")
    assert.deepEqual([forecast.value, forecast.sensor], ["266", "GB/forecast"])
    const regional = json({ data: [{ regionid: 13, data: [slot(null)] }] })
    assert.equal(only(await read("neso", regional, { region: 13 }), "carbonIntensity").sensor, "GB-13/forecast")
  })

  it("reads WattTime with one login, and converts its pounds exactly", async () => {
    let logins = 0
    const answer: RequestListener = (request, response) => {
      const { authorization } = request.headers
      if (request.url === "/login") {
        logins += 1
        if (authorization !== `Basic ${Buffer.from("me:hunter2").toString("base64")}`)
          return void response.writeHead(403).end()
        return void response.end('{"token":"t1"}')
      }
      if (authorization !== "Bearer t1") return void response.writeHead(401).end()
      const meta = { region: "CAISO_NORTH", signal_type: "co2_aoer", units: "lbs_co2_per_mwh" }
      return void response.end(JSON.stringify({ meta, data: [{ point_time: now(), value: 412.5 }] }))
    }
    await withServer(answer, async (url) => {
      const source = createSource({
        kind: "watttime",
        url: url.href,
        region: "CAISO_NORTH",
        user: "me",
        password: secret,
      })
      const value = only(await readOnce(source), "carbonIntensity")
      await readOnce(source)
      assert.deepEqual([value.value, value.unit, logins], ["187.106852625", "gCO2e/kWh", 1])
    })
    await rejectsWith("denied", read("watttime", answer, { region: "CAISO_NORTH", user: "you", password: secret }))
  })

  it("refuses other units, negative and missing values, and old ones", async () => {
    const wattTime = (units: string, value: unknown) =>
      read(
        "watttime",
        (request, response) =>
          void response.end(
            request.url === "/login"
              ? '{"token":"t"}'
              : JSON.stringify({ meta: { units }, data: [{ point_time: now(), value }] }),
          ),
        { region: "R", user: "me", password: secret },
      )
    await rejectsWith("malformed", wattTime("kg_per_mwh", 5), /kg_per_mwh/)
    await rejectsWith("malformed", wattTime("lbs_co2_per_mwh", -5))
    await rejectsWith("malformed", wattTime("lbs_co2_per_mwh", "5"))
    const maps = (body: unknown) => read("electricity-maps", json(body), { zone: "DE", token: secret })
    await rejectsWith("malformed", maps({ carbonIntensity: null, datetime: now() }))
    await rejectsWith("malformed", maps({ carbonIntensity: 5 }))
    await rejectsWith("stale", maps({ carbonIntensity: 5, datetime: "2020-01-01T00:00:00Z" }))
  })

  it("refuses zones that would change the question", () => {
    assert.throws(
      () => createSource({ kind: "electricity-maps", zone: "DE&x=1", token: secret }),
      /\.zone: must be letters/,
    )
    assert.throws(() => createSource({ kind: "neso", region: 18 }), /\.region/)
    assert.throws(
      () =>
        createSource({ kind: "watttime", url: "http://watttime.example", region: "R", user: "u", password: secret }),
      /must be https/,
    )
  })
})

describe("declared factors", () => {
  const water = {
    kind: "factor",
    quantity: "waterIntensity",
    unit: "L/kWh",
    value: "3.142",
    gainLimit: 0.3,
    origin: "a study",
  }

  it("gives carbon and water factors as declared", async () => {
    const value = only(await readOnce(createSource(water)), "waterIntensity")
    assert.deepEqual([value.value, value.grade, value.accuracy.gainLimit], ["3.142", "declared", 0.3])
  })

  it("refuses factors without origin or error, negative ones, and units of something else", () => {
    const make = (change: Record<string, unknown>) => () => createSource({ ...water, ...change })
    assert.throws(make({ origin: undefined }), /\.origin/)
    assert.throws(make({ gainLimit: undefined }), /\.gainLimit/)
    assert.throws(make({ value: "-1" }), /\.value: must be a decimal/)
    assert.throws(make({ unit: "gCO2e/kWh" }), /\.unit: must be one of L\/kWh/)
  })
})
