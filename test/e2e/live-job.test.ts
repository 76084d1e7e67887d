import assert from "node:assert/strict"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { Device, openKey } from "@wattest/attester"
import { archivedRuns, startMeter, type TestMeter, writeConfig } from "@wattest/testkit/attester/program"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { freePort, kill, type Outcome, run, start, stop, until } from "@wattest/testkit/local/processes"

const MAIN = join(import.meta.dirname, "../../cli/src/main.ts")
const CACHE = join(tmpdir(), "wattest-compile-cache")
const NODES = [0, 1, 2, 3]
const JOB = "slurm-4711"

/** Works for a while, tells the agent of so many units, and ends so. */
const WORK = `
const { readFileSync, writeFileSync, existsSync } = require("node:fs")
const [units, status, ready, go] = process.argv.slice(1)
const { url, token } = JSON.parse(readFileSync(process.env.WATTEST_ENDPOINT, "utf8"))
const headers = { "content-type": "application/json", authorization: "Bearer " + (token ?? "") }
fetch(url + "/v1/work", { method: "POST", headers, body: JSON.stringify({ units }) }).then(() => {
  writeFileSync(ready, "")
  const wait = () => (existsSync(go) ? setTimeout(() => process.exit(Number(status)), 400) : setTimeout(wait, 50))
  wait()
})
`

describe("a live job of four agents and four processes", function () {
  this.timeout(240_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-live-job-"))
  const serving = new Map<number, ChildProcess>()
  let chain: Anvil
  let meter: TestMeter
  let relayer: ChildProcess | undefined
  let env: Record<string, string>

  const wattest = (line: readonly string[], more: Record<string, string> = {}): Promise<Outcome> =>
    run([process.execPath, MAIN, ...line], { env: { ...env, ...more }, cwd: folder })
  const done = async (...line: readonly string[]) => {
    const outcome = await wattest(line)
    assert.equal(outcome.exit, 0, `wattest ${line.join(" ")}\n${outcome.stderr}${outcome.stdout}`)
    return outcome
  }
  const homeOf = (node: number) => join(folder, `node${node}`)

  /** Starts a node's agent, and waits until it meters. */
  async function serve(node: number): Promise<void> {
    let url: string | undefined
    const line = ["device", "serve", "--home", homeOf(node), "--config", "agent.json"]
    const hear = (text: string) => {
      url ??= /endpoint (http\S+)/.exec(text)?.[1]
    }
    serving.set(node, start([process.execPath, MAIN, ...line], hear, { env, cwd: folder }))
    await until("the agent meters", async () => url ?? null)
  }

  /** What Slurm's srun gives each task. */
  const slurm = (node: number) => ({
    ...{ SLURM_JOB_ID: "4711", SLURM_NNODES: `${NODES.length}`, SLURM_NODEID: `${node}`, SLURM_LOCALID: "0" },
    WATTEST_ENDPOINT: join(homeOf(node), "endpoint.json"),
  })

  /** One attempt at the job on all nodes; `while` happens while all of them work. Resolves with what each said. */
  async function attempt(name: string, statusOf: (node: number) => number, meanwhile = async () => {}) {
    const ready = (node: number) => join(folder, `${name}-ready-${node}`)
    const go = join(folder, `${name}-go`)
    const launched = NODES.map((node) => {
      const work = [process.execPath, "-e", WORK, "25", `${statusOf(node)}`, ready(node), go]
      const labels = ["--model", "llama", "--unit", "sample", "--workload", "train"]
      const line = [
        "device",
        "launch",
        "--home",
        homeOf(node),
        "--meet",
        join(folder, "meet"),
        ...labels,
        "--",
        ...work,
      ]
      return wattest(line, slurm(node))
    })
    await until("all nodes work", async () => (NODES.every((node) => existsSync(ready(node))) ? true : null))
    await meanwhile()
    writeFileSync(go, "")
    return Promise.all(launched)
  }

  before(async () => {
    chain = await startAnvil({ mining: 1 })
    meter = await startMeter()
    writeConfig(join(folder, "agent.json"), meter, { port: 0 })
    const port = `${await freePort()}`
    const relay = { WATTEST_RELAY_PORT: port, WATTEST_RELAY_POLL_MS: "200" }
    env = { ...relay, WATTEST_RELAYER: `http://127.0.0.1:${port}`, NODE_COMPILE_CACHE: CACHE }
    await done("init", "--rpc", chain.url)
    await done("deploy", "--anchors-alone")
    for (const node of NODES) await done("enrol", "--home", homeOf(node), "--boundary", "node", "--yes")
    relayer = start([process.execPath, MAIN, "relay", "serve"], () => {}, { env, cwd: folder })
    await until("the relayer", async () => ((await fetch(`${env.WATTEST_RELAYER}/ready`)).ok ? true : null))
    await Promise.all(NODES.map(serve))
  })
  after(async () => {
    for (const child of serving.values()) await kill(child)
    if (relayer) await kill(relayer)
    await meter.close()
    await chain.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const groupsIn = (node: number) =>
    archivedRuns(homeOf(node)).flatMap(({ run: number, statement }) => {
      const { group, jobStart } = statement.context
      return group === undefined ? [] : [{ part: group.part, status: statement.status, isFirst: jobStart === number }]
    })

  it("becomes two parts: one in which a process failed and an agent was killed, and one that came to its end", async () => {
    const failed = await attempt(
      "first",
      (node) => (node === 3 ? 1 : 0),
      async () => {
        const agent = serving.get(2)
        assert.ok(agent)
        // What the workload has just said is in a capture after 100 ms.
        await sleep(500)
        await kill(agent)
        // Killed again, after a number was taken and before anything of its run was stored: that one is void.
        const device = await Device.open(homeOf(2), await openKey(homeOf(2)))
        await device.recover()
        await device.record({ event: "opened", run: device.state.nextRun, origin: "live" })
        await device.close()
        rmSync(join(homeOf(2), "endpoint.json"), { force: true })
        await serve(2)
      },
    )
    assert.deepEqual(
      failed.map(({ exit }) => exit),
      [0, 0, 0, 1],
      failed.map(({ stderr }) => stderr).join("\n"),
    )
    for (const [node, { stderr }] of failed.entries())
      assert.match(stderr, new RegExp(`job ${JOB}, part 0: node ${node} of 4, by slurm`))
    assert.match(failed[2]?.stderr ?? "", /was not ended by this launcher/)
    const again = await attempt("second", () => 0)
    assert.deepEqual(
      again.map(({ exit }) => exit),
      [0, 0, 0, 0],
      again.map(({ stderr }) => stderr).join("\n"),
    )
    assert.match(again[0]?.stderr ?? "", /part 1: node 0 of 4/)
  })

  it("is one document, as soon as its anchors are final", async () => {
    const { stdout } = await done(
      ...["prove", "job", "--id", JOB, "--wait", "2min", "--out", "llama.job.ndjson", "--json"],
      ...NODES.map(homeOf),
    )
    const made = JSON.parse(stdout)
    assert.deepEqual([made.parts, made.devices, made.missing], [2, 4, 0])
    // The agent that was killed has a run more in part 0: what was drawn until it was there again.
    assert.deepEqual(groupsIn(2), [
      { part: 0, status: "interrupted", isFirst: true },
      { part: 0, status: "interrupted", isFirst: true },
      { part: 1, status: "complete", isFirst: true },
    ])
    assert.equal(made.certificates, 9)
  })

  it("is made of the receipts of an index and a node as well, neither of which is believed", async () => {
    const port = `${await freePort()}`
    const index = `http://127.0.0.1:${port}`
    const line = ["index", "serve", "--rpc", chain.url, "--store", join(folder, "index.sqlite"), "--port", port]
    const serving = start([process.execPath, MAIN, ...line], () => {}, { env, cwd: folder })
    const prove = (...more: readonly string[]) =>
      wattest(["prove", "job", "--id", JOB, "--out", "indexed.job.ndjson", ...more, ...NODES.map(homeOf)])
    try {
      await until("the index", async () => ((await fetch(`${index}/health`).catch(() => null))?.ok ? true : null))
      const made = await prove("--index", index, "--wait", "2min")
      assert.equal(made.exit, 0, made.stderr)
      const anchors = (name: string) =>
        readFileSync(join(folder, name), "utf8")
          .trimEnd()
          .split("\n")
          .slice(1)
          .flatMap((certificate) => JSON.parse(certificate).runs.map(({ anchor }: { anchor: unknown }) => anchor))
      assert.deepEqual(anchors("indexed.job.ndjson"), anchors("llama.job.ndjson"))
      rmSync(join(folder, "indexed.job.ndjson"))
      // An index that names the place of one run for all of them.
      const [row] = (await (await fetch(`${index}/v1/runs?limit=1`)).json()).items
      const liar = createServer(async ({ url = "" }, response) => {
        const said = url.startsWith("/v1/runs")
          ? JSON.stringify({ items: [row] })
          : await (await fetch(index + url)).text()
        response.end(said)
      }).listen(0, "127.0.0.1")
      await once(liar, "listening")
      const { port: falsePort } = liar.address() as AddressInfo
      const lied = await prove("--index", `http://127.0.0.1:${falsePort}`)
      liar.close()
      assert.equal(lied.exit, 3, lied.stderr)
      assert.match(lied.stderr, /does not hold run/)
    } finally {
      await kill(serving)
    }
    const away = await prove("--index", index)
    assert.equal(away.exit, 3)
    assert.match(away.stderr, /check --index/)
    assert.equal(existsSync(join(folder, "indexed.job.ndjson")), false)
  })

  it("is valid with its failed part in the energy to solution, and a budget holds or not", async () => {
    const profile = JSON.parse(readFileSync(join(folder, "wattest.json"), "utf8"))
    const place = ["--chain", "31337", "--registry", profile.registry, "--rpc", chain.url]
    await done("verify", "policy", "init", ...place, "--voucher", profile.operator, "--output", "policy.json")
    const policy = JSON.parse(readFileSync(join(folder, "policy.json"), "utf8"))
    const believing = {
      ...policy,
      grades: { energy: "declared", work: "declared" },
      books: { ...policy.books, blindPercent: 100 },
    }
    writeFileSync(join(folder, "policy.json"), JSON.stringify(believing))
    const judge = (...more: readonly string[]) =>
      wattest(["verify", "llama.job.ndjson", "--policy", "policy.json", ...more, "--json"])
    const judged = await judge()
    assert.equal(judged.exit, 0, judged.stdout + judged.stderr)
    const { parts, quantities, subject } = JSON.parse(judged.stdout)
    assert.deepEqual(
      parts.map(({ outcome, workUnits, voids }: Record<string, unknown>) => [outcome, workUnits, voids]),
      [
        ["failed", "100", 1],
        ["complete", "100", 0],
      ],
    )
    assert.equal(subject.devices, 4)
    const amountOf = (name: string) => quantities.find(({ id }: { id: string }) => id === name).value
    const sum = parts.reduce((total: number, { energyJoules }: { energyJoules: number }) => total + energyJoules, 0)
    assert.ok(Math.abs(amountOf("energy-to-solution") - sum) < 0.01)
    assert.equal(amountOf("work"), 200)
    assert.equal((await judge("--expect", "energy-per-work <= 1 kWh/sample")).exit, 0)
    assert.equal((await judge("--expect", "energy-per-work <= 1 mJ/sample")).exit, 5)
  })

  it("is not made without one of its devices, but where its parts are given up as failed", async () => {
    const without = ["prove", "job", "--id", JOB, "--out", "part.job.ndjson", ...NODES.slice(1).map(homeOf)]
    const refused = await wattest(without)
    assert.equal(refused.exit, 1, refused.stdout)
    assert.match(refused.stderr, /part 0, device 0x[0-9a-f]{64}: none of the archives holds a run of it/)
    assert.match(refused.stderr, /--accept-failed 0/)
    assert.equal(existsSync(join(folder, "part.job.ndjson")), false)
    assert.equal((await wattest([...without, "--accept-failed", "0", "--accept-failed", "1"])).exit, 0)
    const judge = (...more: readonly string[]) =>
      wattest(["verify", "part.job.ndjson", "--policy", "policy.json", ...more, "--json"])
    const unaccepted = await judge("--accept-failed", "0")
    assert.equal(unaccepted.exit, 5)
    assert.match(unaccepted.stdout, /JOB_PART_INCOMPLETE/)
    const accepted = await judge("--accept-failed", "0", "--accept-failed", "1")
    assert.equal(accepted.exit, 0, accepted.stdout)
    assert.doesNotMatch(accepted.stdout, /energy-to-solution/)
    for (const node of NODES) await stop(serving.get(node) as ChildProcess)
  })
})
