import assert from "node:assert/strict"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { archivedRuns, endpointOf, type Process, writeConfig } from "@wattest/testkit/attester/program"
import { skip } from "@wattest/testkit/skip"
import { meteredDevice } from "../metered.ts"

const hasCurl = (): boolean => spawnSync("curl", ["--version"]).status === 0

describe("the prolog and epilog for Slurm", () => {
  const world = meteredDevice()
  let serving: Process | undefined
  before(function () {
    if (!hasCurl()) skip(this, "no curl")
  })
  afterEach(() => serving?.child.kill("SIGKILL"))

  /** As slurmd runs it: as root, with Slurm's variables and no search path. */
  async function slurm(script: "prolog" | "epilog", environment: Record<string, string>) {
    const env = { WATTEST_HOME: world.home, SLURM_CLUSTER_NAME: "alps", ...environment }
    const child = spawn(`attester/deploy/slurm/${script}.sh`, [], { env, stdio: ["ignore", "inherit", "pipe"] })
    let said = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text
    })
    const [status] = await once(child, "close")
    return { status, said }
  }
  const serve = async () => {
    writeConfig(world.config, world.meter, { port: 0 })
    serving = world.serve()
    await world.metering(serving)
    return serving
  }

  it("meter a job as a workload, with how it ended", async () => {
    const process = await serve()
    const job = { SLURM_JOB_ID: "4711", SLURM_JOB_ACCOUNT: 'climate "x"', SLURM_JOB_USER: "ada" }
    assert.deepEqual(await slurm("prolog", job), { status: 0, said: "" })
    assert.equal((await endpointOf(world.home).get("/v1/status")).body.workload, "slurm-alps-4711")
    await sleep(300)
    assert.deepEqual(await slurm("epilog", { ...job, SLURM_JOB_EXIT_CODE2: "0:9" }), { status: 0, said: "" })
    assert.deepEqual(await slurm("prolog", { SLURM_JOB_ID: "4712" }), { status: 0, said: "" })
    assert.deepEqual(await slurm("epilog", { SLURM_JOB_ID: "4712" }), { status: 0, said: "" })
    await world.stop(process)
    const jobs = archivedRuns(world.home).filter(({ statement }) => statement.context.workload !== "idle")
    assert.deepEqual(
      jobs.map(({ statement: { context, status, party }, evidence }) => [
        context.job,
        party,
        status,
        evidence.at(-1)?.sources.closing?.exitStatus,
      ]),
      [
        ["slurm-alps-4711", "climate__x_", "interrupted", 137],
        ["slurm-alps-4712", "", "complete", null],
      ],
    )
    assert.ok((jobs[0]?.statement.registers.energyMillijoules ?? 0n) > 100_000n)
  })

  it("leave alone the job that came first, on a node that is shared", async () => {
    const process = await serve()
    await slurm("prolog", { SLURM_JOB_ID: "1" })
    const second = await slurm("prolog", { SLURM_JOB_ID: "2" })
    assert.equal(second.status, 0)
    assert.match(second.said, /the device refuses: .*slurm-alps-1 is running.*job 2 is not metered/)
    assert.deepEqual(await slurm("epilog", { SLURM_JOB_ID: "2" }), { status: 0, said: "" })
    // 11 begins as 1 does.
    assert.deepEqual(await slurm("epilog", { SLURM_JOB_ID: "11" }), { status: 0, said: "" })
    assert.equal((await endpointOf(world.home).get("/v1/status")).body.workload, "slurm-alps-1")
    await slurm("epilog", { SLURM_JOB_ID: "1" })
    assert.equal((await endpointOf(world.home).get("/v1/status")).body.workload, "idle")
    await world.stop(process)
  })

  it("never drain a node: without a device the job goes on, and they say so", async () => {
    for (const script of ["prolog", "epilog"] as const) {
      const none = await slurm(script, { SLURM_JOB_ID: "1" })
      assert.equal(none.status, 0)
      assert.match(none.said, /^wattest: no endpoint at .*endpoint\.json; job 1 is not metered as a workload\n$/)
    }
    const elsewhere = join(world.folder, "elsewhere")
    mkdirSync(elsewhere)
    writeFileSync(join(elsewhere, "endpoint.json"), '{"url":"http://127.0.0.1:1","token":"x"}\n')
    const deaf = await slurm("prolog", { SLURM_JOB_ID: "1", WATTEST_HOME: elsewhere })
    assert.equal(deaf.status, 0)
    assert.match(deaf.said, /the device does not answer; job 1 is not metered/)
  })

  it("show the token in no list of processes", async () => {
    const tools = join(world.folder, "tools")
    mkdirSync(tools)
    const log = join(world.folder, "arguments")
    writeFileSync(join(tools, "curl"), `#!/bin/sh\nprintf '%s\\n' "$@" >> ${log}\nprintf '200'\n`, { mode: 0o755 })
    const process = await serve()
    const script = readFileSync("attester/deploy/slurm/endpoint.sh", "utf8").replace("PATH=", `PATH=${tools}:`)
    for (const name of ["prolog.sh", "epilog.sh"])
      writeFileSync(join(tools, name), readFileSync(`attester/deploy/slurm/${name}`), { mode: 0o755 })
    writeFileSync(join(tools, "endpoint.sh"), script)
    const env = { WATTEST_HOME: world.home, SLURM_JOB_ID: "1" }
    assert.equal(spawnSync(join(tools, "prolog.sh"), [], { env }).status, 0)
    const said = readFileSync(log, "utf8")
    assert.match(said, /\/v1\/run/)
    assert.ok(!said.includes(endpointOf(world.home).token))
    await world.stop(process)
  })
})
