import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer, request } from "node:http"
import type { AddressInfo } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { Device, openKey } from "@wattest/attester"
import { archivedRuns, endpointOf, type Process, until, writeConfig } from "@wattest/testkit/attester/program"
import { parsePrometheus } from "../../../attester/src/sources/net/prometheus.ts"
import { meteredDevice } from "../metered.ts"
import { hasClient, readByClient } from "./judges.ts"

type Shown = ReadonlyMap<string, number>

/** A page's numbers by name, and the labels of those that have some. */
const readPage = (text: string): Shown =>
  new Map(
    (parsePrometheus(text) ?? assert.fail("no page")).map(({ name, labels, value }) => [
      [name, ...labels.values()].join(" "),
      Number(value),
    ]),
  )

describe("serve's own page of metrics", () => {
  const world = meteredDevice()
  let serving: Process | undefined
  afterEach(() => serving?.child.kill("SIGKILL"))

  const serve = async (config: object = { port: 0, metrics: {} }): Promise<Process> => {
    writeConfig(world.config, world.meter, config)
    serving = world.serve()
    await world.metering(serving)
    return serving
  }
  const pageAt = ({ said }: Process) => /metrics (\S+)/.exec(said())?.[1] ?? assert.fail(said())
  const scrape = async (process: Process): Promise<string> => (await fetch(pageAt(process))).text()
  /** As its relayer's link notes it when a receipt has come. */
  async function noteAnchored(nextRun: bigint): Promise<void> {
    const device = await Device.open(world.home, await openKey(world.home))
    await device.record({ event: "anchored", nextRun })
    await device.close()
  }
  const at = (shown: Shown, name: string) => shown.get(`wattest_device_${name}`) ?? assert.fail(`no ${name}`)

  it("shows what the journal signed, over a workload and a restart", async () => {
    const first = await serve()
    const { post } = endpointOf(world.home)
    await post("/v1/run", { model: "a-secret-model", job: "a-secret-job", unit: "token" })
    await post("/v1/work", { units: "120", accepted: "100" })
    const seen: { readonly page: Shown; readonly text: string }[] = []
    const look = async (process: Process) => {
      const text = await scrape(process)
      seen.push({ text, page: readPage(text) })
    }
    await until("the work is in a capture", async () => at(readPage(await scrape(first)), "work_units_total") === 120)
    await look(first)
    await post("/v1/stop", {})
    for (let i = 0; i < 3; i++) {
      await sleep(120)
      await look(first)
    }
    first.child.kill("SIGKILL")
    await first.exit
    await noteAnchored(1n)
    const second = await serve()
    await sleep(300)
    await look(second)
    await world.stop(second)

    const runs = archivedRuns(world.home)
    let before = 0
    for (const { page, text } of seen) {
      const signed = runs[at(page, "run")]?.evidence[at(page, "run_captures") - 1] ?? assert.fail("it was not signed")
      const earlier = runs.slice(0, at(page, "run"))
      const lifetime = earlier.reduce((sum, run) => sum + run.statement.registers.energyMillijoules, 0n)
      const joules = Number(lifetime + signed.registers.energyMillijoules) / 1000
      assert.equal(at(page, "energy_joules_total"), joules)
      assert.equal(page.get("hw_host_energy_joules_total node"), joules)
      assert.equal(at(page, "last_capture_timestamp_seconds"), signed.timeMs / 1000)
      const { meanPowerMilliwatts, clock } = signed.gauges
      assert.equal(at(page, "power_watts"), (meanPowerMilliwatts ?? -1) / 1000)
      assert.equal(at(page, `clock ${clock}`), 1)
      assert.ok(joules >= before, "it never falls")
      before = joules
      assert.doesNotMatch(text, /secret/)
    }
    const [working, , , idle] = seen
    assert.deepEqual(
      [working, idle].map((look) => at(look?.page ?? new Map(), "working")),
      [1, 0],
    )
    assert.equal(at(idle?.page ?? new Map(), "work_units_total"), 120)
    assert.equal(at(idle?.page ?? new Map(), "accepted_units_total"), 100)
    assert.equal(at(idle?.page ?? new Map(), "runs_waiting"), at(idle?.page ?? new Map(), "runs_ended"))
    assert.doesNotMatch(idle?.text ?? "", /last_anchored/)
    const after = seen.at(-1)?.page ?? new Map()
    assert.equal(at(after, "last_anchored_run"), 0)
    assert.equal(at(after, "runs_waiting"), at(after, "runs_ended") - 1)
    assert.equal(at(after, "last_anchored_end_timestamp_seconds"), (runs[0]?.statement.endTimeMs ?? 0) / 1000)
    if (!hasClient()) return
    const theirs = readByClient(working?.text ?? "").flatMap(({ samples }) => samples)
    const energy = theirs.find(({ name }) => name === "hw_host_energy_joules_total")
    assert.equal(energy?.value, working?.page.get("hw_host_energy_joules_total node"))
  })

  it("counts faults by their sensor, and says of itself that no capture comes", async () => {
    const process = await serve()
    world.meter.mode = "dead"
    await until("the fault is shown", async () => (await scrape(process)).includes("hw_errors_total{"))
    world.meter.mode = "well"
    const page = readPage(await scrape(process))
    const [[name, count] = []] = [...page].filter(([series]) => series.startsWith("hw_errors_total"))
    assert.match(name ?? "", /^hw_errors_total pdu host (failed|unsupported|denied|malformed)$/)
    assert.ok((count ?? 0) >= 1)
    const health = new URL("/health", pageAt(process))
    assert.equal((await fetch(health)).status, 200)
    await world.stop(process)
  })

  it("is only read, needs no token, and gives none", async () => {
    const process = await serve()
    const url = pageAt(process)
    assert.match(url, /^http:\/\/127\.0\.0\.1:/)
    assert.ok(!(await scrape(process)).includes(endpointOf(world.home).token))
    for (const method of ["POST", "PUT", "DELETE"]) assert.equal((await fetch(url, { method })).status, 405)
    assert.equal((await fetch(url, { method: "HEAD" })).status, 200)
    assert.equal((await fetch(new URL("/v1/run", url), { method: "POST" })).status, 404)
    assert.equal((await fetch(new URL("/v1/status", url))).status, 404)
    const host = await new Promise<number | undefined>((resolve, reject) => {
      request(url, { headers: { host: "rebound.example" } }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
        .once("error", reject)
        .end()
    })
    assert.equal(host, 421)
    await world.stop(process)
  })

  it("is refused at a place that another has, or none has, before anything else is served", async () => {
    const taken = createServer().listen(0, "127.0.0.1")
    await once(taken, "listening")
    const { port } = taken.address() as AddressInfo
    for (const [place, why] of [
      [{ metrics: { port } }, "is in use already"],
      [{ endpoint: { port } }, "is in use already"],
      [{ metrics: { host: "192.0.2.1" } }, "is no address of this machine"],
    ] as const) {
      writeConfig(world.config, world.meter, place)
      const process = world.serve()
      assert.equal(await process.exit, 2)
      assert.match(process.said(), new RegExp(`^error: \\S+ ${why}\nhint: .*name `, "m"))
    }
    taken.close()
  })
})
