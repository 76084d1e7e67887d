import assert from "node:assert/strict"
import { request } from "node:http"
import { setTimeout as sleep } from "node:timers/promises"
import type { Process } from "@wattest/testkit/attester/program"
import { assertCounted, assertTiled, meteredDevice } from "../metered.ts"

describe("at a process's endpoint", () => {
  const world = meteredDevice()
  let serving: Process
  let endpoint: string
  beforeEach(async () => {
    world.configure({ port: 0 })
    serving = await world.metering()
    endpoint = /endpoint (\S+)/.exec(serving.said())?.[1] ?? ""
  })
  afterEach(() => serving.child.kill("SIGKILL"))

  const post = async (path: string, body: object) => {
    const headers = { "content-type": "application/json" }
    return (await fetch(`${endpoint}${path}`, { method: "POST", headers, body: JSON.stringify(body) })).status
  }

  it("refuses counts that no workload delivers, and energy goes on", async () => {
    assert.equal(await post("/v1/run", { model: "llama" }), 200)
    for (const units of ["18446744073709551615", "18446744073709551615", "100000000000000001"])
      assert.equal(await post("/v1/work", { units }), 400)
    assert.equal(await post("/v1/work", { units: "10", accepted: "11" }), 400)
    assert.equal(await post("/v1/work", { units: "10", accepted: "10" }), 200)
    await sleep(400)
    assert.equal(await post("/v1/stop", {}), 200)
    await world.stop(serving)
    const runs = world.runs()
    assertTiled(runs)
    assertCounted(runs)
    assert.equal(runs[1]?.statement.registers.workUnits, 10n)
    assert.equal(runs[1]?.statement.status, "complete")
    assert.ok((runs[1]?.statement.registers.energyMillijoules ?? 0n) > 150_000n)
  })

  it("refuses labels and tasks that are none, and goes on", async () => {
    for (const job of ["e\u0301", "é".repeat(129), "\ud83d", "a\u0007", "a\u0085", "a\u202e"])
      assert.equal(await post("/v1/run", { job }), 400)
    assert.equal(await post("/v1/run", { versions: { torch: "\ud83d" } }), 400)
    const task = { family: "chat", dataset: `0x${"ab".repeat(32)}`, precision: "fp8", batch: 16 }
    for (const wrong of [{ batch: 0 }, { precision: "x".repeat(33) }, { dataset: "0xab" }])
      assert.equal(await post("/v1/run", { task: { ...task, ...wrong } }), 400)
    assert.equal(await post("/v1/run", { job: "é", task, qualityRule: "answered in 2 s" }), 200)
    await world.stop(serving)
    const { context } = world.runs()[1]?.statement ?? {}
    assert.deepEqual(context?.task, task)
    assert.equal(context?.qualityRule, "answered in 2 s")
  })

  it("answers to no name that a stranger's page could have", async () => {
    const status = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const asked = request(`${endpoint}/v1/status`, { headers: { host } }, (answer) => {
          answer.resume()
          resolve(answer.statusCode)
        })
        asked.once("error", reject).end()
      })
    assert.equal(await status("rebound.example:80"), 421)
    assert.equal(await status("127.0.0.1.example"), 421)
    assert.equal(await status("localhost:4318"), 200)
    await world.stop(serving)
  })
})
