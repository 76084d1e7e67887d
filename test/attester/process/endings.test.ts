import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type archivedRuns, MAIN, until } from "@wattest/testkit/attester/program"
import { sideBySide, type World } from "../metered.ts"

const exitStatusOf = (run: ReturnType<typeof archivedRuns>[number] | undefined) =>
  run?.evidence.at(-1)?.sources.closing?.exitStatus

/** Meters a command to its end; gives its exit, and what was signed. */
const ended =
  (...command: string[]) =>
  async (world: World) => {
    const running = world.run(command)
    const exit = await running.exit
    const [before, workload, after] = world.runs()
    return { exit, said: running.said(), before, workload, after, status: exitStatusOf(workload) }
  }
const script = (text: string) => ended(process.execPath, "-e", text)

/** Tells the process a signal, or its whole group as a terminal does; gives how often the command heard it. */
const signalled =
  (signal: NodeJS.Signals, { group }: { readonly group: boolean }) =>
  async (world: World) => {
    const [log, ready] = [join(world.folder, "signals"), join(world.folder, "ready")]
    const write = (path: string, value: string) => `require("fs").writeFileSync(${JSON.stringify(path)}, ${value})`
    const text = `let n = 0; process.on("${signal}", () => { ${write(log, "String(++n)")}; setTimeout(() => process.exit(5), 300) }); ${write(ready, '""')}; setTimeout(() => 0, 20_000)`
    const args = [MAIN, "run", "--home", world.home, "--config", world.config, "--", process.execPath, "-e", text]
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"], detached: true })
    let said = ""
    child.stderr.on("data", (text) => {
      said += text
    })
    await until("the command runs", () => {
      assert.equal(child.exitCode, null, said)
      return existsSync(ready)
    })
    process.kill((group ? -1 : 1) * (child.pid ?? 0), signal)
    const [code] = await once(child, "exit")
    return { code, heard: readFileSync(log, "utf8") }
  }

const FAILURES = [
  ["fails", "process.exit(1)", 1],
  ["is killed", "process.kill(process.pid, 'SIGKILL'); setTimeout(() => 0, 5000)", 137],
  ["is told to hang up", "process.kill(process.pid, 'SIGHUP'); setTimeout(() => 0, 5000)", 129],
  ["faults", "process.kill(process.pid, 'SIGSEGV'); setTimeout(() => 0, 5000)", 139],
] as const

describe("a process keeps how its command ended", () => {
  const ends = sideBySide({
    fails: script(FAILURES[0][1]),
    "is killed": script(FAILURES[1][1]),
    "is told to hang up": script(FAILURES[2][1]),
    faults: script(FAILURES[3][1]),
    "ends well": script("0"),
    "is not there": ended("/nowhere/tool", "--token", "hunter2"),
  })

  for (const [what, , status] of FAILURES)
    it(`where it ${what}: interrupted, exit status ${status} signed`, async () => {
      const end = await ends(what)
      assert.equal(end.exit, status, end.said)
      assert.equal(end.workload?.statement.status, "interrupted")
      assert.equal(end.status, status)
    })

  it("where it ends well: complete, exit status 0, and no later run has it", async () => {
    const { exit, said, before, workload, after, status } = await ends("ends well")
    assert.equal(exit, 0, said)
    assert.equal(workload?.statement.status, "complete")
    assert.equal(status, 0)
    for (const run of [before, after]) assert.equal(exitStatusOf(run), null)
  })

  it("where there is none: 127, by its program's name and never its arguments", async () => {
    const { exit, workload } = await ends("is not there")
    assert.equal(exit, 127)
    assert.equal(workload?.statement.status, "interrupted")
    assert.equal(workload?.statement.context.workload, "tool")
    assert.doesNotMatch(
      JSON.stringify(workload, (_, value) => (typeof value === "bigint" ? String(value) : value)),
      /hunter2/,
    )
  })

  const others = sideBySide({
    forbidden: async (world) => {
      const tool = join(world.folder, "tool")
      writeFileSync(tool, "#!/bin/sh\nexit 0\n", { mode: 0o600 })
      const forbidden = await world.run([tool]).exit
      chmodSync(tool, 0o700)
      return [forbidden, await world.run([tool]).exit]
    },
    beside: async (world) => {
      world.configure({ port: 0 })
      const serving = await world.metering()
      const mode = statSync(join(world.home, "endpoint.json")).mode & 0o777
      const exit = await world.runScript("process.exit(3)").exit
      await world.stop(serving)
      return { mode, exit, workload: world.runs()[1] }
    },
    interrupted: signalled("SIGINT", { group: true }),
    "hung up": signalled("SIGHUP", { group: true }),
    terminated: signalled("SIGTERM", { group: true }),
    alone: signalled("SIGINT", { group: false }),
  })

  it("where it may not be executed: 126", async () => assert.deepEqual(await others("forbidden"), [126, 0]))

  it("beside serve, by its endpoint, a failure too", async () => {
    const { mode, exit, workload } = await others("beside")
    assert.equal(mode, 0o600)
    assert.equal(exit, 3)
    assert.equal(workload?.statement.status, "interrupted")
    assert.equal(exitStatusOf(workload), 3)
  })

  for (const [signal, name] of [
    ["SIGINT to the whole group, as a terminal sends it", "interrupted"],
    ["SIGHUP to the whole group, as a terminal sends it", "hung up"],
    ["SIGTERM to the whole group, as a terminal sends it", "terminated"],
    ["SIGINT to itself alone", "alone"],
  ] as const)
    it(`passes ${signal} once`, async () => assert.deepEqual(await others(name), { code: 5, heard: "1" }))
})
