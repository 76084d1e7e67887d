import assert from "node:assert/strict"
import { appendFileSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { endpointOf, type Process, until } from "@wattest/testkit/attester/program"
import { ToldWork } from "../../../attester/src/workload/told.ts"
import type { Workload } from "../../../attester/src/workload/workload.ts"
import { meteredDevice } from "../metered.ts"

/** Longer than a test: no capture shows what was told, but the first and the last of a run. */
const NEVER_MS = 3_600_000

describe("what a workload has told", function () {
  this.timeout(120_000)
  const world = meteredDevice()
  let serving: Process | undefined
  afterEach(() => serving?.child.kill("SIGKILL"))

  const serve = async (intervalMs: number) => {
    world.configure({ port: 0, intervalMs })
    serving = await world.metering()
    return endpointOf(world.home)
  }
  const killed = () => world.kill(serving as Process)
  const told = () => join(world.home, "told")
  const counted = () =>
    world
      .runs()
      .filter(({ statement }) => statement.context.workload === "chat")
      .map(({ statement: { registers, status } }) => [
        Number(registers.workUnits),
        Number(registers.acceptedUnits),
        Number(registers.inputUnits),
        status,
      ])

  it("just before the agent is killed is in its books once, in the run that bridges the time, and what is sent again is not", async () => {
    const first = await serve(NEVER_MS)
    await first.post("/v1/run", { workload: "chat" })
    const work = { once: "a", units: "7", accepted: "6", input: "70" }
    assert.equal((await first.post("/v1/work", work)).status, 200)
    await killed()
    // Killed again and again, also while it opens the run that bridges: nothing is doubled.
    const second = await serve(NEVER_MS)
    await second.post("/v1/run", { workload: "chat" })
    assert.equal((await second.post("/v1/work", work)).status, 200)
    assert.equal((await second.post("/v1/work", { once: "b", units: "5" })).status, 200)
    await killed()
    appendFileSync(told(), '\n{"once":"c","work":"9')
    const third = await serve(NEVER_MS)
    await third.post("/v1/run", { workload: "chat" })
    for (const once of ["a", "b"]) assert.equal((await third.post("/v1/work", { ...work, once })).status, 200)
    assert.equal((await third.post("/v1/work", { once: "c", units: "2", input: "1" })).status, 200)
    await third.post("/v1/stop", { exitStatus: 0 })
    await world.stop(serving as Process)
    assert.deepEqual(counted(), [
      [0, 0, 0, "interrupted"],
      [7, 6, 70, "interrupted"],
      [0, 0, 0, "interrupted"],
      [5, 0, 0, "interrupted"],
      [2, 0, 1, "complete"],
    ])
  })

  it("and a capture shows already is not told again, nor what an ended agent was told", async () => {
    const first = await serve(50)
    await first.post("/v1/run", { workload: "chat" })
    await first.post("/v1/work", { once: "a", units: "7" })
    const { answers } = world.meter
    await until("a capture shows it", () => world.meter.answers >= answers + 10)
    await killed()
    await serve(50)
    await world.stop(serving as Process)
    await serve(50)
    await world.stop(serving as Process)
    assert.deepEqual(counted(), [
      [7, 0, 0, "interrupted"],
      [0, 0, 0, "interrupted"],
    ])
  })

  describe("stands in a file", () => {
    const workload = (): Workload => ({ work: 0n, accepted: 0n, input: 0n, phase: "idle" })
    const ZERO = { work: 0n, accepted: 0n, input: 0n }

    it("that stays short: the newest names are remembered, over a start too", () => {
      const own = workload()
      const file = new ToldWork(told(), own)
      file.begin(null)
      for (let i = 0; i < 70_000; i++) file.count({ units: 1n }, `${i}`)
      for (const i of [69_999, 69_999 - 32_767]) file.count({ units: 1n }, `${i}`)
      assert.equal(own.work, 70_000n)
      assert.ok(readFileSync(told(), "utf8").split("\n").length <= 65_540)
      file.close()
      // A process that is killed before it could bring anything back changes nothing.
      new ToldWork(told(), workload()).begin({ ...ZERO, work: 69_990n })
      const again = workload()
      const next = new ToldWork(told(), again)
      next.begin({ ...ZERO, work: 69_990n })
      next.bringBack()
      next.bringBack()
      next.count({ units: 1n }, "69999")
      assert.equal(again.work, 70_000n)
      next.count({ units: 1n }, "0")
      assert.equal(again.work, 70_001n)
      next.close()
    })

    it("and one that says what nobody can have told brings nothing back, and stops nobody", () => {
      const lines = ["nonsense", '{"work":1}', '{"work":"5","accepted":"18446744073709551615","input":"0"}']
      for (const line of lines) {
        writeFileSync(told(), line)
        const own = workload()
        const file = new ToldWork(told(), own)
        file.begin(ZERO)
        file.bringBack()
        assert.equal(own.work, 0n)
        file.close()
      }
    })
  })
})
