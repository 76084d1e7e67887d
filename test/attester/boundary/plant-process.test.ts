import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { archivedRuns, attest, attestLater, startAttest, until } from "@wattest/testkit/attester/program"

/** A plant and its engine: every page that is read has moved on by 2 L, 0.01 GJ, 10 prompt tokens and one token. */
function plant(): Server {
  let reads = 0
  let scrapes = 0
  return createServer(({ url }, response) => {
    if (url === "/metrics") {
      scrapes += 1
      const labels = 'model_name="llama"'
      response.end(
        `vllm:prompt_tokens_total{${labels}} ${10 * scrapes}\nvllm:generation_tokens_total{${labels}} ${scrapes}\n`,
      )
      return
    }
    reads += 1
    const page = { main: 1_000_000, ups: 800, heat: (5 + reads / 100).toFixed(2), water: (10 + reads / 500).toFixed(3) }
    response.end(JSON.stringify(page))
  })
}

describe("a facility that the real device meters", function () {
  this.timeout(120_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-plant-"))
  const [home, config] = [join(folder, "device"), join(folder, "agent.json")]
  const server = plant()
  let url = ""

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    assert.equal(attest("init", "--home", home).status, 0)
  })
  after(() => {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const feed = (id: string, quantity: string, unit: string, more: object = {}) => ({
    ...{ kind: "json", id, url: `${url}/plant`, periodMs: 50 },
    values: [{ at: `/${id}`, name: id, quantity, unit }],
    ...more,
  })
  const write = (more: object) => {
    const sources = [
      feed("main", "power", "W", { ratingWatts: 2_000_000 }),
      feed("ups", "power", "kW", { covers: "rack", ratingWatts: 1_000_000 }),
      feed("heat", "energy", "GJ", { ratingWatts: 1_000_000_000 }),
      feed("water", "water", "m3"),
      { kind: "vllm", url: `${url}/metrics`, periodMs: 50 },
    ]
    writeFileSync(config, JSON.stringify({ boundary: "facility", intervalMs: 100, sources, ...more }))
  }
  const ROLES = { energy: "main", it: "ups", reused: "heat", water: "water" }

  it("signs energy, IT energy, reused heat, water and both kinds of tokens, each in its register", async () => {
    write(ROLES)
    const { child, said, exit } = startAttest(["serve", "--home", home, "--config", config])
    await until("it meters", () => said().includes("metering"))
    await new Promise((resolve) => setTimeout(resolve, 1200))
    child.kill("SIGTERM")
    assert.equal(await exit, 0, said())
    const [run] = archivedRuns(home)
    assert.ok(run)
    const { registers: r, fed } = run.statement
    assert.ok(Math.abs(Number(r.itMillijoules) / Number(r.energyMillijoules) - 0.8) < 0.01, String(r.itMillijoules))
    assert.ok(r.reusedMillijoules > 10_000_000_000n, "0.01 GJ a page")
    assert.ok(r.waterMillilitres > 0n, "water")
    assert.equal(r.waterMillilitres % 2000n, 0n, "2 L a page")
    assert.ok(r.workUnits > 0n, "tokens")
    assert.equal(r.inputUnits, 10n * r.workUnits, "prompt tokens by their own counter")
    for (const name of ["it", "reused", "water", "input"])
      assert.ok(
        fed.some((known) => known === name),
        name,
      )
  })

  it("is drawn with its water, and says which meter of it is silent", async () => {
    write(ROLES)
    const whole = await attestLater("sources", "check", config)
    assert.equal(whole.status, 0, whole.stdout)
    assert.match(whole.stdout, /energy of the boundary: 1000000\.0 W/)
    assert.match(whole.stdout, /delivered to IT equipment: 800000\.0 W/)
    assert.match(whole.stdout, /heat that is reused/)
    assert.match(whole.stdout, /water of the site: water\/water/)
    write({ ...ROLES, water: { sum: ["water", "main"] } })
    const half = await attestLater("sources", "check", config)
    assert.match(half.stdout, /MISSING: water: a meter of it gives nothing/)
    assert.doesNotMatch(half.stdout, /water of the site/)
  })

  it("refuses a heat meter that stands in no register", async () => {
    write({ ...ROLES, reused: undefined })
    const { said, exit } = startAttest(["sources", "check", config])
    assert.equal(await exit, 1, said())
    assert.match(said(), /heat .*meters facility too.*\n.*or name it in "it" or "reused"/)
  })
})
