import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Agent, createDevice, Device, openKey, parseAgentConfig } from "@wattest/attester"
import { groupOf, type Hex, type JobPlan } from "@wattest/protocol"
import { archivedRuns, attest, startMeter, type TestMeter } from "@wattest/testkit/attester/program"
import { openAgent } from "../../../attester/src/launch/agent-client.ts"
import { readDeviceLog } from "../../../attester/src/run/device-log.ts"
import { readAccess } from "../../../attester/src/workload/access.ts"
import { type Endpoint, openEndpoint } from "../../../attester/src/workload/endpoint.ts"
import { ANY_PORT } from "../../../attester/src/workload/listening.ts"

const OTHER: Hex = `0x${"11".repeat(32)}`
const IDLE = {
  ...{ tags: { model: "", unit: "", zone: "", site: "", party: "" }, workload: "idle", job: "" },
  ...{ modelDigest: null, versions: {}, task: null, qualityRule: "" },
}

describe("an agent in a job of several devices", () => {
  const folder = mkdtempSync(join(tmpdir(), "wattest-endpoint-"))
  const home = join(folder, "device")
  let meter: TestMeter
  let device: Device
  let agent: Agent
  let endpoint: Endpoint
  let token: string
  before(async () => {
    await createDevice(home, { scheme: "ed25519" })
    meter = await startMeter()
    device = await Device.open(home, await openKey(home))
    const source = {
      ...{ kind: "json", id: "pdu", url: meter.url, periodMs: 50, covers: "node" },
      time: { at: "/timeMs", format: "unix-ms" },
      values: [{ at: "/energy", name: "energy", quantity: "energy", unit: "mJ" }],
    }
    const config = parseAgentConfig({ boundary: "node", intervalMs: 50, sources: [source] })
    const quiet = { beacon: () => null, closed: () => undefined, say: () => undefined }
    agent = await Agent.start({ ...config, device, plan: { ...config, vouch: null }, idle: IDLE, ...quiet })
    const defaults = { zone: "GB", site: "", party: "" }
    endpoint = await openEndpoint(agent, home, { settings: ANY_PORT, defaults })
    token = (await readAccess(home)).token
  })
  after(async () => {
    await endpoint.close()
    await agent.close()
    await device.close()
    await meter.close()
    rmSync(folder, { recursive: true })
  })

  const planWith = (...devices: readonly Hex[]): JobPlan => ({ job: "llama-7", part: 2, devices, previous: OTHER })
  const begin = async (body: object) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` }
    const response = await fetch(`${endpoint.url}/v1/run`, { method: "POST", headers, body: JSON.stringify(body) })
    return [response.status, ((await response.json()) as { error?: string }).error ?? ""] as const
  }

  it("begins no run in a part that does not list its device, lists one twice, or is no plan", async () => {
    const [status, error] = await begin({ group: planWith(OTHER) })
    assert.equal(status, 409)
    assert.match(error, new RegExp(`this is device ${agent.device}, which the part does not list`))
    assert.equal((await begin({ group: planWith(agent.device, OTHER, OTHER) }))[0], 400)
    assert.equal((await begin({ group: { job: "llama-7" } }))[0], 400)
    assert.equal((await begin({ task: { family: "text" } }))[0], 400)
    assert.equal(agent.status.workload, "idle")
  })

  it("binds part and task in capture 0, says so in its status, and is called as the job", async () => {
    const client = openAgent(join(home, "endpoint.json"))
    const plan = planWith(agent.device, OTHER)
    const task = { family: "text generation", dataset: null, precision: "bf16", batch: 8 }
    await client.start({ model: "llama", task }, plan)
    const { group, device: id } = await client.status()
    assert.deepEqual([group, id], [{ job: "llama-7", part: 2 }, agent.device])
    await client.stop(0)
    assert.equal((await client.status()).group, null)
    const run = archivedRuns(home).find(({ statement }) => statement.context.group !== undefined)
    const opening = run?.evidence[0]?.sources.opening?.context
    assert.deepEqual(opening?.group, groupOf(plan))
    assert.deepEqual([opening?.task, opening?.job], [task, "llama-7"])
  })

  it("enters a part once, also after it was started again, so that no attempt can be left out for another", async () => {
    const client = openAgent(join(home, "endpoint.json"))
    const again = (part: number) => client.start({}, { ...planWith(agent.device, OTHER), part })
    for (const part of [2, 1, 0]) await assert.rejects(again(part), /has been in part 2 of job llama-7 already/)
    assert.equal((await client.status()).workload, "idle")
    const { parts } = await readDeviceLog(join(home, "device.journal"))
    assert.deepEqual([...parts], [["llama-7", 2]])
    await again(3)
    await client.stop(0)
    await client.start({}, { job: "another", part: 0, devices: [agent.device], previous: null })
    await client.stop(0)
  })

  it("is found by the file in its folder, whose token is said, and nowhere else", async () => {
    const place = join(folder, "endpoint.json")
    await assert.rejects(openAgent(place).status(), /no agent is here/)
    writeFileSync(place, "{")
    await assert.rejects(openAgent(place).status(), /endpoint\.json: /)
    writeFileSync(place, JSON.stringify({ url: endpoint.url, token: "another" }))
    await assert.rejects(openAgent(place).status(), /the token is missing or wrong/)
    writeFileSync(place, JSON.stringify({ url: endpoint.url, token }))
    assert.equal((await openAgent(place).status()).device, agent.device)
  })

  it("takes JSON of eight million characters and none that is longer, and an exit status that a process can have", async () => {
    const post = async (path: string, body: string, type = "application/json; charset=utf-8") => {
      const headers = { "content-type": type, authorization: `Bearer ${token}` }
      const response = await fetch(`${endpoint.url}${path}`, { method: "POST", headers, body })
      return [response.status, ((await response.json()) as { error?: string }).error ?? ""] as const
    }
    const most = 8 * 1024 * 1024
    const mark = JSON.stringify({ phase: "train" })
    assert.deepEqual(await post("/v1/mark", mark.padEnd(most)), [409, "no workload is running: POST /v1/run first"])
    assert.deepEqual(await post("/v1/mark", mark.padEnd(most + 1)), [413, `a body has at most ${most} characters`])
    assert.equal((await post("/v1/mark", mark, "text/plain"))[0], 415)
    assert.equal((await post("/v1/mark", "{"))[0], 400)
    for (const [exitStatus, status] of [
      [256, 400],
      [-1, 400],
      [255, 409],
    ])
      assert.equal((await post("/v1/stop", JSON.stringify({ exitStatus })))[0], status)
  })

  it("is launched only with a command, a place and a place to meet", () => {
    const env = (...args: readonly string[]) => attest("launch", "--home", home, ...args)
    assert.match(env("--id", "a", "--node", "0", "--nodes", "1").stderr, /no command was given/)
    assert.match(env("--", "true").stderr, /nothing says which node this is/)
  })

  it("replays into a part by its plan, and not where that does not list it", async () => {
    const recorded = join(folder, "recorded")
    const { key } = await createDevice(recorded, { scheme: "ed25519" })
    const path = join(folder, "plan.json")
    const replay = (plan: JobPlan) => {
      writeFileSync(path, JSON.stringify(plan))
      const trace = ["samples/h100-simulated.csv", "--utc-offset", "Z", "--interval", "60s"]
      return attest("replay", ...trace, "--home", recorded, "--plan", path)
    }
    const refused = replay(planWith(OTHER))
    assert.equal(refused.status, 2)
    assert.match(refused.stderr, new RegExp(`does not list device ${key}`))
    const plan = planWith(OTHER, key)
    assert.equal(replay(plan).status, 0)
    assert.deepEqual(archivedRuns(recorded)[0]?.statement.context.group, groupOf(plan))
  })
})
