import assert from "node:assert/strict"
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { createServer, request } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { parseAgentConfig } from "@wattest/attester"
import { archivedRuns, endpointOf, type Process, startAttest, writeConfig } from "@wattest/testkit/attester/program"
import { keptOf } from "@wattest/testkit/local/connections"
import { listen } from "../../attester/src/workload/listening.ts"
import { meteredDevice } from "./metered.ts"

const TOKEN = "a-token_that-someone-chose-0123456789abcdef"

describe("the local endpoint", () => {
  const world = meteredDevice()
  let serving: Process | undefined
  afterEach(() => serving?.child.kill("SIGKILL"))

  const serve = async (config: object = { port: 0 }): Promise<Process> => {
    writeConfig(world.config, world.meter, config)
    serving = world.serve()
    await world.metering(serving)
    return serving
  }
  const file = () => join(world.home, "endpoint.json")
  const run = (script: string) =>
    startAttest(["run", "--home", world.home, "--config", world.config, "--", process.execPath, "-e", script])

  it("keeps 256 connections at once, as does the page of metrics: descriptors are left for the device", async () => {
    const server = createServer()
    await listen(server, { host: "127.0.0.1", port: 0 })
    assert.equal(await keptOf((server.address() as AddressInfo).port, 258), 256)
    server.close()
  })

  describe("is found by a file", () => {
    it("for its owner alone, while it is there, with another token at each start", async () => {
      const tokens = new Set<string>()
      for (let start = 0; start < 2; start++) {
        const process = await serve()
        assert.equal(statSync(file()).mode & 0o777, 0o600)
        const { url, token } = endpointOf(world.home)
        assert.match(url, /^http:\/\/127\.0\.0\.1:[0-9]+$/)
        assert.match(token, /^[A-Za-z0-9_-]{43}$/)
        assert.ok(!process.said().includes(token))
        tokens.add(token)
        await world.stop(process)
        assert.ok(!existsSync(file()))
      }
      assert.equal(tokens.size, 2)
    })

    it("never one that a killed process left", async () => {
      const killed = await serve()
      killed.child.kill("SIGKILL")
      await killed.exit
      assert.ok(existsSync(file()))
      const process = await serve({})
      assert.ok(!existsSync(file()))
      await world.stop(process)
    })

    it("which others may not read, or a client of ours refuses it", async () => {
      const process = await serve()
      chmodSync(file(), 0o644)
      const refused = run("0")
      assert.equal(await refused.exit, 1)
      assert.match(refused.said(), /endpoint\.json has mode 644: others may read it; run chmod 600/)
      chmodSync(file(), 0o600)
      const well = run("0")
      assert.equal(await well.exit, 0, well.said())
      await world.stop(process)
    })

    it("that names no address is refused with a sentence", async () => {
      const process = await serve()
      for (const text of ["{", "[]", '{"url":1}', ""]) {
        writeFileSync(file(), text)
        const refused = run("0")
        assert.equal(await refused.exit, 1)
        assert.match(refused.said(), /^error: .*endpoint\.json: .+\nhint: end wattest device serve/m)
      }
      await world.stop(process)
    })
  })

  describe("lets in who has the token", () => {
    it("and nobody else, with a sentence", async () => {
      const process = await serve()
      const { get, post, token } = endpointOf(world.home)
      const wrong = ["", "Bearer", `Bearer ${token}x`, `Bearer ${token.slice(1)}`, `Basic ${token}`, token]
      for (const authorization of wrong) {
        const { status, body } = await post("/v1/run", {}, { authorization })
        assert.equal(status, 401)
        assert.match(String(body.error), /^the token is missing or wrong: send "Authorization: Bearer TOKEN"/)
      }
      assert.equal((await get("/v1/status", { authorization: "" })).status, 401)
      assert.equal((await get("/v1/nothing", { authorization: "" })).status, 401)
      assert.equal((await get("/v1/status")).status, 200)
      await world.stop(process)
      assert.equal(archivedRuns(world.home).length, 1)
    })

    it("at a name that it has, which no stranger's page has", async () => {
      const process = await serve({ endpoint: { names: ["device.wattest.svc"] } })
      const { url, token } = endpointOf(world.home)
      const status = (host: string) =>
        new Promise<number | undefined>((resolve, reject) => {
          const headers = { host, authorization: `Bearer ${token}` }
          const asked = request(`${url}/v1/status`, { headers }, (answer) => {
            answer.resume()
            resolve(answer.statusCode)
          })
          asked.once("error", reject).end()
        })
      for (const host of ["rebound.example:80", "127.0.0.1.example", "device.wattest.svc.example", "10.0.0.1"])
        assert.equal(await status(host), 421, host)
      for (const host of ["localhost:4318", "127.0.0.1", "device.wattest.svc:9464"])
        assert.equal(await status(host), 200, host)
      await world.stop(process)
    })

    it("which may be one that was given, in a file", async () => {
      const path = join(world.folder, "token")
      writeFileSync(path, `${TOKEN}\n`)
      const process = await serve({ endpoint: { token: { file: path } } })
      const { get, token } = endpointOf(world.home)
      assert.equal(token, TOKEN)
      assert.equal((await get("/v1/status")).status, 200)
      await world.stop(process)
    })
  })

  it("is a Unix socket too where that is asked for, for its owner alone", async () => {
    const socket = join(world.home, "endpoint.sock")
    const killed = await serve({ endpoint: { socket: true } })
    killed.child.kill("SIGKILL")
    await killed.exit
    const process = await serve({ endpoint: { socket: true } })
    assert.equal(statSync(socket).mode & 0o777, 0o600)
    const { token } = endpointOf(world.home)
    const status = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        request({ socketPath: socket, path: "/v1/status", headers }, (answer) => {
          answer.resume()
          resolve(answer.statusCode)
        })
          .once("error", reject)
          .end()
      })
    assert.equal(await status({}), 401)
    assert.equal(await status({ authorization: `Bearer ${token}` }), 200)
    await world.stop(process)
    assert.ok(!existsSync(socket))
  })

  for (const [what, endpoint, why] of [
    ["no address", { host: "localhost" }, /^config\.endpoint\.host: must be an address/],
    ["a name with a port", { names: ["a.example:80"] }, /^config\.endpoint\.names: must hold host names/],
    ["a short token", { token: { env: "HOME" } }, /^config\.endpoint\.token: must have 32 to 128/],
    ["an option that is none", { path: "x" }, /^config\.endpoint\.path: is not an option/],
  ] as const)
    it(`is refused with ${what}`, () => {
      const { sources, boundary } = JSON.parse(readFileSync(world.config, "utf8"))
      assert.throws(() => parseAgentConfig({ sources, boundary, endpoint }), { name: "ConfigError", message: why })
    })

  it("is no Unix socket where the folder's path is longer than one can be", async () => {
    const path = (bytes: number) => join(world.folder, "s".repeat(bytes - world.folder.length - 1))
    const server = createServer()
    await listen(server, { path: path(107) })
    server.close()
    await assert.rejects(async () => listen(createServer(), { path: path(108) }), {
      name: "ConfigError",
      message: /longer than the 107 bytes/,
    })
  })

  it("is there for the command of run, which tells of its work by the file that its environment names", async () => {
    const log = join(world.folder, "said")
    const script = `
      const { readFileSync, writeFileSync } = require("fs")
      const { url, token } = JSON.parse(readFileSync(process.env.WATTEST_ENDPOINT, "utf8"))
      const post = (path, body) => fetch(url + path, { method: "POST", body: JSON.stringify(body),
        headers: { authorization: "Bearer " + token, "content-type": "application/json" } })
      ;(async () => {
        const answers = [await post("/v1/mark", { phase: "decode" }), await post("/v1/work", { units: "7" })]
        writeFileSync(${JSON.stringify(log)}, JSON.stringify([answers.map((a) => a.status), process.env]))
        await new Promise((done) => setTimeout(done, 300))
        if (process.argv[1] === "stops") await post("/v1/stop", {})
      })()`
    writeConfig(world.config, world.meter)
    for (const [i, how] of ["leaves", "stops"].entries()) {
      const args = ["run", "--home", world.home, "--config", world.config, "--", process.execPath, "-e", script, how]
      const running = startAttest(args)
      assert.equal(await running.exit, 0, running.said())
      const [statuses, environment] = JSON.parse(readFileSync(log, "utf8"))
      assert.deepEqual(statuses, [200, 200])
      assert.equal(environment.WATTEST_ENDPOINT, file())
      const runs = archivedRuns(world.home)
      assert.equal(runs.length, 3 * (i + 1), "idle, the workload, idle: it ends once")
      const workload = runs.findLast(({ statement }) => statement.context.workload !== "idle")
      assert.equal(workload?.statement.registers.workUnits, 7n)
      assert.equal(workload?.statement.status, "complete")
      assert.ok(!existsSync(file()))
    }
  })

  it("names its file by a whole path, wherever the command goes", async () => {
    writeConfig(world.config, world.meter)
    const [log, elsewhere] = [join(world.folder, "said"), join(world.folder, "elsewhere")]
    mkdirSync(elsewhere)
    const script = `process.chdir(${JSON.stringify(elsewhere)}); require("fs").writeFileSync(${JSON.stringify(log)}, String(require("fs").existsSync(process.env.WATTEST_ENDPOINT)))`
    const args = ["run", "--home", "device", "--config", "agent.json", "--", process.execPath, "-e", script]
    const running = startAttest(args, { cwd: world.folder })
    assert.equal(await running.exit, 0, running.said())
    assert.equal(readFileSync(log, "utf8"), "true")
  })

  it("refuses counts that no workload delivers, and energy goes on", async () => {
    const process = await serve()
    const { post } = endpointOf(world.home)
    assert.equal((await post("/v1/run", { model: "llama" })).status, 200)
    for (const units of ["18446744073709551615", "18446744073709551615", "100000000000000001"])
      assert.equal((await post("/v1/work", { units })).status, 400)
    assert.equal((await post("/v1/work", { units: "10", accepted: "11" })).status, 400)
    assert.equal((await post("/v1/work", { units: "10", accepted: "10" })).status, 200)
    await sleep(400)
    assert.equal((await post("/v1/stop", {})).status, 200)
    assert.equal((await post("/v1/stop", {})).status, 409)
    await world.stop(process)
    const workload = archivedRuns(world.home)[1]
    assert.equal(workload?.statement.registers.workUnits, 10n)
    assert.equal(workload?.statement.status, "complete")
    assert.ok((workload?.statement.registers.energyMillijoules ?? 0n) > 150_000n)
  })

  it("refuses labels that are none, and goes on", async () => {
    const process = await serve()
    const { post } = endpointOf(world.home)
    for (const job of ["e\u0301", "é".repeat(129), "\ud83d", "a\u0007", "a\u0085", "a\u202e"])
      assert.equal((await post("/v1/run", { job })).status, 400)
    assert.equal((await post("/v1/run", { versions: { torch: "\ud83d" } })).status, 400)
    assert.equal((await post("/v1/run", { job: "é" })).status, 200)
    await world.stop(process)
  })
})
