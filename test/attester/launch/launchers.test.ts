import assert from "node:assert/strict"
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { createDevice } from "@wattest/attester"
import {
  archivedRuns,
  MAIN,
  type Process,
  startAttest,
  startMeter,
  type TestMeter,
  until,
  writeConfig,
} from "@wattest/testkit/attester/program"
import { freePort, run } from "@wattest/testkit/local/processes"
import { noSlurm, SLURM } from "@wattest/testkit/local/slurm"
import { skip } from "@wattest/testkit/skip"

const NODES = [0, 1]
const TORCHRUN = resolve("build/wattest-python/bin/torchrun")

/** Tells the agent of its node of one unit from each process, once all of them are there, and ends as it is told. */
const WORK = `
const { readFileSync } = require("node:fs")
const { url, token } = JSON.parse(readFileSync(process.env.WATTEST_ENDPOINT, "utf8"))
const headers = { "content-type": "application/json", authorization: "Bearer " + token }
const isFirst = (process.env.TORCHELASTIC_RESTART_COUNT ?? "0") === "0"
const status = process.argv[1] === "fails first" && isFirst ? 3 : 0
const work = () => fetch(url + "/v1/work", { method: "POST", headers, body: JSON.stringify({ units: "1" }) })
  .then(({ status }) => status === 200 || new Promise((next) => setTimeout(next, 50)).then(work))
work().then(() => setTimeout(() => process.exit(status), 1500))
`

describe("a job that a real launcher starts", function () {
  this.timeout(240_000)
  const agents: Process[] = []
  let folder: string
  let meter: TestMeter
  const homeOf = (node: number) => join(folder, `node${node}`)

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "wattest-launchers-"))
    meter = await startMeter()
    writeConfig(join(folder, "agent.json"), meter, { port: 0 })
    for (const node of NODES) {
      await createDevice(homeOf(node), { scheme: "ed25519" })
      const agent = startAttest(["serve", "--home", homeOf(node), "--config", join(folder, "agent.json")])
      agents.push(agent)
      await until("an agent meters", () => agent.said().includes("metering"))
    }
  })
  afterEach(async () => {
    for (const { child } of agents.splice(0)) child.kill("SIGKILL")
    await meter.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const launching = (how: string, ...more: readonly string[]) => [
    ...[process.execPath, MAIN, "launch", "--meet", join(folder, "meet"), "--unit", "step", ...more],
    ...["--", process.execPath, "-e", WORK, how],
  ]
  /** Parts of each node as its archive has them: number, status, units; and what all nodes name alike. */
  async function partsOf() {
    for (const { child, exit } of agents) {
      child.kill("SIGTERM")
      await exit
    }
    const runs = NODES.map((node) =>
      archivedRuns(homeOf(node)).filter(({ statement }) => statement.context.group !== undefined),
    )
    const groups = runs.map((own) => own.map(({ statement }) => statement.context.group))
    assert.deepEqual(groups[0], groups[1])
    const [group] = groups[0] ?? []
    const parts = runs.map((own) =>
      own.map(({ statement }) => [
        statement.context.group?.part,
        statement.status,
        Number(statement.registers.workUnits),
      ]),
    )
    return { job: group?.job, devices: group?.devices, parts }
  }

  it(`is one over the nodes of srun, whose first task of each node speaks for it (${noSlurm() ?? "Slurm"})`, async function () {
    if (noSlurm() !== null) return skip(this, `${noSlurm()}`, "deep")
    const own = join(folder, "slurm")
    mkdirSync(own)
    // Each node's shell finds the agent of its node, as a prolog would have it.
    const script = `export WATTEST_ENDPOINT=${folder}/node$SLURM_NODEID/endpoint.json; exec "$@" `
    const command = ["sh", "-c", script, "sh", ...launching("", "--home", join(folder, "state"))]
    const ports = await Promise.all([0, 1, 2].map(async () => `${await freePort()}`))
    const srun = ["srun", "--nodes=2", "--ntasks=4", "--overcommit", "--kill-on-bad-exit=0"]
    const { exit, stderr } = await run([SLURM, own, ...ports, ...srun, ...command])
    assert.equal(exit, 0, stderr)
    assert.match(stderr, /job slurm-1, part 0: node 1 of 2, by slurm/)
    const done = [[0, "complete", 2]]
    assert.deepEqual(await partsOf(), { job: "slurm-1", devices: 2, parts: [done, done] })
  })

  it(`has a part for each attempt of torchrun (${existsSync(TORCHRUN) ? TORCHRUN : "no PyTorch: the deep run has it"})`, async function () {
    if (!existsSync(TORCHRUN)) return skip(this, "no PyTorch", "deep")
    const endpoint = `127.0.0.1:${await freePort()}`
    const about = ["--nnodes=2", "--nproc-per-node=2", "--max-restarts=1", "--monitor-interval=0.2"]
    const meeting = [
      "--rdzv-id=llama-7",
      "--rdzv-backend=c10d",
      `--rdzv-endpoint=${endpoint}`,
      "--local-addr=127.0.0.1",
    ]
    const outcomes = await Promise.all(
      NODES.map((node) =>
        run([TORCHRUN, ...about, ...meeting, "--no-python", ...launching("fails first", "--home", homeOf(node))], {
          env: { WATTEST_ENDPOINT: join(homeOf(node), "endpoint.json") },
        }),
      ),
    )
    for (const { exit, stderr } of outcomes) assert.equal(exit, 0, stderr)
    const { job, devices, parts } = await partsOf()
    assert.deepEqual([job, devices], ["llama-7", 2])
    for (const own of parts) {
      assert.deepEqual(
        own.map(([part]) => part),
        [0, 1],
      )
      assert.deepEqual(own[1], [1, "complete", 2])
      assert.equal(own[0]?.[1], "interrupted")
    }
  })

  it("is one over the pods of an Indexed Job, by the variables that Kubernetes documents", async () => {
    const outcomes = await Promise.all(
      NODES.map((node) =>
        run(launching("", "--home", homeOf(node), "--nodes", "2"), {
          // kubernetes.io/docs/concepts/workloads/controllers/job: the index, and the pod's host name.
          env: {
            JOB_COMPLETION_INDEX: `${node}`,
            HOSTNAME: `llama-7-${node}`,
            WATTEST_ENDPOINT: join(homeOf(node), "endpoint.json"),
          },
        }),
      ),
    )
    for (const { exit, stderr } of outcomes) assert.equal(exit, 0, stderr)
    const done = [[0, "complete", 1]]
    assert.deepEqual(await partsOf(), { job: "llama-7", devices: 2, parts: [done, done] })
  })

  it("is not started where a pod finds no agent of its node", async () => {
    const path = join(folder, "endpoint.json")
    writeFileSync(path, "{}")
    const { exit, stderr } = await run(launching("", "--home", homeOf(0), "--nodes", "1"), {
      env: { JOB_COMPLETION_INDEX: "0", HOSTNAME: "llama-7-0", WATTEST_ENDPOINT: path },
    })
    assert.equal(exit, 2)
    assert.match(stderr, /tells of no local endpoint/)
  })
})
