import assert from "node:assert/strict"
import { endpointOf } from "@wattest/testkit/attester/program"
import { meteredDevice } from "../metered.ts"

describe("at a process's endpoint", () => {
  const world = meteredDevice()

  it("a task is signed with the workload's run, and none that no context holds", async () => {
    world.configure({ port: 0 })
    const serving = await world.metering()
    const { post } = endpointOf(world.home)
    const task = { family: "chat", dataset: `0x${"ab".repeat(32)}`, precision: "fp8", batch: 16 }
    for (const wrong of [{ batch: 0 }, { precision: "x".repeat(33) }, { dataset: "0xab" }])
      assert.equal((await post("/v1/run", { task: { ...task, ...wrong } })).status, 400)
    assert.equal((await post("/v1/run", { job: "é", task, qualityRule: "answered in 2 s" })).status, 200)
    await world.stop(serving)
    const { context } = world.runs()[1]?.statement ?? {}
    assert.deepEqual(context?.task, task)
    assert.equal(context?.qualityRule, "answered in 2 s")
  })
})
