import assert from "node:assert/strict"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import {
  archivedRuns,
  attest,
  createMeteredDevice,
  discard,
  MAIN,
  type Process,
  startAttest,
  type TestMeter,
  until,
  writeConfig,
} from "@wattest/testkit/attester/program"

const TARGET = ["--chain", "31337", "--registry", `0x${"11".repeat(20)}`]

/** A device without runs has nothing to submit; that is said once it is open. */
const OPENED = /no run from 0 on was closed|next:/

describe("an honest process", () => {
  let folder: string
  let home: string
  let config: string
  let meter: TestMeter
  beforeEach(async () => {
    ;({ folder, home, config, meter } = await createMeteredDevice())
  })
  afterEach(() => discard({ folder, meter }))

  const serve = () => startAttest(["serve", "--home", home, "--config", config])
  const metering = ({ said }: Process) => until("it meters", () => said().includes("metering"))
  const stop = async ({ child, exit, said }: Process) => {
    child.kill("SIGTERM")
    assert.equal(await exit, 0, said())
  }
  const submit = () => attest("submit", "--home", home, ...TARGET)
  const runCommand = (command: readonly string[], ...flags: string[]) =>
    startAttest(["run", "--home", home, "--config", config, ...flags, "--", ...command])
  const runScript = (script: string) => runCommand([process.execPath, "-e", script])
  const exitStatusOf = (run: ReturnType<typeof archivedRuns>[number] | undefined) =>
    run?.evidence.at(-1)?.sources.closing?.exitStatus

  describe("has its device alone", () => {
    it("in another network and another list of processes, as a container has", async () => {
      const serving = serve()
      await metering(serving)
      const inside = [process.execPath, MAIN, "submit", "--home", home, ...TARGET]
      const second = spawnSync("unshare", ["--net", "--pid", "--fork", ...inside], { encoding: "utf8" })
      assert.notEqual(second.status, 0)
      assert.match(second.stderr, /another process holds the device/)
      await stop(serving)
      assert.match(submit().stderr, OPENED)
    })

    it("until it dies, however it dies", async () => {
      const serving = serve()
      await metering(serving)
      assert.match(submit().stderr, /another process holds the device/)
      serving.child.kill("SIGKILL")
      await serving.exit
      assert.ok(existsSync(join(home, "lock")))
      assert.match(submit().stderr, /run 0 closed as interrupted/)
    })

    it("in a folder that nobody else can write", () => {
      chmodSync(home, 0o770)
      const refused = submit()
      assert.equal(refused.status, 1)
      assert.match(refused.stderr, /can be written by others/)
      chmodSync(home, 0o750)
      assert.match(submit().stderr, OPENED)
    })

    it("in a folder, not behind a link to one", () => {
      renameSync(home, `${home}-real`)
      symlinkSync(`${home}-real`, home)
      assert.match(submit().stderr, /is a symbolic link/)
      rmSync(home)
      renameSync(`${home}-real`, home)
      assert.match(submit().stderr, OPENED)
    })

    it("with a key and a lock that are no links either", () => {
      const victim = join(folder, "victim")
      writeFileSync(victim, "untouched")
      for (const name of ["key.pem", "lock"]) {
        const path = join(home, name)
        if (existsSync(path)) renameSync(path, `${path}.real`)
        symlinkSync(existsSync(`${path}.real`) ? `${path}.real` : victim, path)
        assert.match(submit().stderr, /is a symbolic link|is no file/)
        rmSync(path)
        if (existsSync(`${path}.real`)) renameSync(`${path}.real`, path)
        assert.match(submit().stderr, OPENED)
      }
      assert.equal(readFileSync(victim, "utf8"), "untouched")
    })
  })

  describe("keeps how its command ended", () => {
    for (const [what, script, status] of [
      ["fails", "process.exit(1)", 1],
      ["is killed", "process.kill(process.pid, 'SIGKILL'); setTimeout(() => 0, 5000)", 137],
      ["is told to hang up", "process.kill(process.pid, 'SIGHUP'); setTimeout(() => 0, 5000)", 129],
      ["faults", "process.kill(process.pid, 'SIGSEGV'); setTimeout(() => 0, 5000)", 139],
    ] as const)
      it(`where it ${what}: interrupted, exit status ${status} signed`, async () => {
        const running = runScript(script)
        assert.equal(await running.exit, status, running.said())
        const workload = archivedRuns(home)[1]
        assert.equal(workload?.statement.status, "interrupted")
        assert.equal(exitStatusOf(workload), status)
      })

    it("where it ends well: complete, exit status 0, and no later run has it", async () => {
      const running = runScript("0")
      assert.equal(await running.exit, 0, running.said())
      const [idle, workload, after] = archivedRuns(home)
      assert.equal(workload?.statement.status, "complete")
      assert.equal(exitStatusOf(workload), 0)
      for (const run of [idle, after]) assert.equal(exitStatusOf(run), null)
    })

    it("where there is none: 127, by its program's name and never its arguments", async () => {
      assert.equal(await runCommand(["/nowhere/tool", "--token", "hunter2"]).exit, 127)
      const workload = archivedRuns(home)[1]
      assert.equal(workload?.statement.status, "interrupted")
      assert.equal(workload?.statement.context.workload, "tool")
      assert.doesNotMatch(
        JSON.stringify(workload, (_, value) => (typeof value === "bigint" ? String(value) : value)),
        /hunter2/,
      )
    })

    it("where it may not be executed: 126", async () => {
      const tool = join(folder, "tool")
      writeFileSync(tool, "#!/bin/sh\nexit 0\n", { mode: 0o600 })
      assert.equal(await runCommand([tool]).exit, 126)
      chmodSync(tool, 0o700)
      assert.equal(await runCommand([tool]).exit, 0)
    })

    it("beside serve, by its endpoint, a failure too", async () => {
      writeConfig(config, meter, { port: 0 })
      const serving = serve()
      await metering(serving)
      assert.equal(statSync(join(home, "endpoint.json")).mode & 0o777, 0o600)
      assert.equal(await runScript("process.exit(3)").exit, 3)
      await stop(serving)
      const workload = archivedRuns(home)[1]
      assert.equal(workload?.statement.status, "interrupted")
      assert.equal(exitStatusOf(workload), 3)
    })
  })

  describe("passes each signal once", () => {
    for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const)
      it(`${signal} to the whole group, as a terminal sends it`, async () => {
        const log = join(folder, "signals")
        const ready = join(folder, "ready")
        const write = (path: string, value: string) => `require("fs").writeFileSync(${JSON.stringify(path)}, ${value})`
        const script = `let n = 0; process.on("${signal}", () => { ${write(log, "String(++n)")}; setTimeout(() => process.exit(5), 300) }); ${write(ready, '""')}; setTimeout(() => 0, 20_000)`
        const args = [MAIN, "run", "--home", home, "--config", config, "--", process.execPath, "-e", script]
        const child = spawn(process.execPath, args, { stdio: "ignore", detached: true })
        await until("the command runs", () => existsSync(ready))
        process.kill(-(child.pid ?? 0), signal)
        const [code] = await once(child, "exit")
        assert.equal(code, 5)
        assert.equal(readFileSync(log, "utf8"), "1")
      })
  })

  describe("takes labels in one shape", () => {
    for (const [what, label] of [
      ["not composed", "e\u0301"],
      ["too long in bytes", "é".repeat(129)],
      ["that ends a line", "night\nshift"],
      ["that turns the direction of writing", "night\u202eshift"],
    ] as const) {
      it(`at the command line: none ${what}, before anything starts`, async () => {
        const log = join(folder, "ran")
        const script = `require("fs").writeFileSync(${JSON.stringify(log)}, "")`
        const running = runCommand([process.execPath, "-e", script], "--job", label)
        assert.equal(await running.exit, 2, running.said())
        assert.match(running.said(), /--job/)
        assert.equal(existsSync(log), false)
        assert.equal(archivedRuns(home).length, 0)
      })

      it(`in the configuration: none ${what}`, async () => {
        writeConfig(config, meter, { party: label })
        const serving = serve()
        assert.equal(await serving.exit, 2)
        assert.match(serving.said(), /config\.party/)
      })
    }

    it("of the longest, whole", async () => {
      const job = "é".repeat(128)
      const running = runCommand([process.execPath, "-e", "0"], "--job", job)
      assert.equal(await running.exit, 0, running.said())
      assert.equal(archivedRuns(home)[1]?.statement.context.job, job)
    })

    it("of a program whose name holds what no label may", async () => {
      await runCommand(["/nowhere/a\u0007b\u202ec\u2066"]).exit
      assert.equal(archivedRuns(home)[1]?.statement.context.workload, "abc")
    })

    it("of a program whose name is cut between characters", async () => {
      await runCommand([`/nowhere/${"a".repeat(63)}😀`]).exit
      assert.equal(archivedRuns(home)[1]?.statement.context.workload, "a".repeat(63))
    })
  })

  for (const [what, change] of [
    ["a label that is none", (record: string) => record.replace('"job":""', '"job":"e\u0301"')],
    ["a number that is none", (record: string) => record.replace(/"energyMillijoules":"0"/, '"energyMillijoules":"x"')],
    ["an opening that is no JSON", (record: string) => record.replace(/^O .*/, "O {")],
    ["a capture that is no JSON", (record: string) => record.replace(/^(C \S+ \d \d ).*/, "$1{")],
  ] as const)
    it(`settles a run whose journal holds ${what}, and goes on`, async () => {
      const serving = serve()
      await metering(serving)
      serving.child.kill("SIGKILL")
      await serving.exit
      const path = join(home, "runs", "0.journal")
      const lines = readFileSync(path, "utf8").trimEnd().split("\n")
      const changed = lines.map((line) => {
        const record = change(line.slice(9))
        return `${crc32(record).toString(16).padStart(8, "0")} ${record}\n`
      })
      assert.notDeepEqual(
        changed,
        lines.map((line) => `${line}\n`),
      )
      writeFileSync(path, changed.join(""))
      assert.match(submit().stderr, /run 0 is void/)
      assert.equal(await runCommand([process.execPath, "-e", "0"]).exit, 0)
      assert.equal(submit().status, 0)
    })
})
