import assert from "node:assert/strict"
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { attest, until } from "@wattest/testkit/attester/program"
import { assertCounted, assertTiled, meteredDevice, sums, TARGET } from "../metered.ts"

describe("a device that is disturbed", () => {
  const world = meteredDevice()

  it("by kill −9: the time after it is bridged by a run with the labels of the one that was open", async () => {
    const running = world.runScript("setTimeout(() => 0, 60_000)", "--model", "llama", "--job", "night")
    await until("the workload runs", () => running.said().includes("run 0 closed"))
    await sleep(400)
    await world.kill(running)
    await sleep(700)
    const serving = await world.metering()
    await world.stop(serving)
    const runs = world.runs()
    assertTiled(runs)
    assertCounted(runs)
    assert.deepEqual(
      runs.map(({ statement }) => [statement.model, statement.context.job, statement.status]),
      [
        ["", "", "complete"],
        ["llama", "night", "interrupted"],
        ["llama", "night", "interrupted"],
        ["", "", "complete"],
      ],
    )
    const bridge = runs[2]?.statement
    assert.ok((bridge?.endTimeMs ?? 0) - (bridge?.startTimeMs ?? 0) >= 700)
    assert.equal(sums(runs).blindMs, 0, "a counter tells what flowed meanwhile")
  })

  it("by kill −9 twice, with another command between: the labels are those of the signed run", async () => {
    const running = world.runScript("setTimeout(() => 0, 60_000)", "--model", "llama")
    await until("the workload runs", () => existsSync(join(world.home, "stands", "1")))
    await world.kill(running)
    assert.match(attest("submit", "--home", world.home, ...TARGET).stderr, /run 1 closed as interrupted/)
    const serving = await world.metering()
    await world.stop(serving)
    assert.deepEqual(
      world.runs().map(({ statement }) => statement.model),
      ["", "llama", "llama", ""],
    )
  })

  it("by a proper stop: the time after it is in an idle run without labels", async () => {
    const first = world.runScript("setTimeout(() => 0, 200)", "--model", "llama")
    assert.equal(await first.exit, 0)
    await sleep(300)
    const serving = await world.metering()
    await world.stop(serving)
    const runs = world.runs()
    assertTiled(runs)
    assertCounted(runs)
    assert.deepEqual(
      runs.map(({ statement }) => statement.model),
      ["", "llama", "", ""],
    )
  })

  for (const [what, spoil] of [
    ["deleted", (path: string) => unlinkSync(path)],
    ["overwritten", (path: string) => writeFileSync(path, "00000000 nonsense\n11111111 more\n")],
    [
      "torn in its middle",
      (path: string) => {
        const lines = readFileSync(path, "utf8").split("\n")
        lines.splice(2, 1, "spoilt")
        writeFileSync(path, lines.join("\n"))
      },
    ],
  ] as const)
    it(`by a journal that is ${what}: the run is void, and its energy is in the run after it`, async () => {
      const running = world.runScript("setTimeout(() => 0, 60_000)", "--model", "llama")
      await until("the workload runs", () => running.said().includes("run 0 closed"))
      await sleep(400)
      await world.kill(running)
      spoil(join(world.home, "runs", "1.journal"))
      const serving = await world.metering()
      assert.match(serving.said(), /run 1 is void/)
      await world.stop(serving)
      const runs = world.runs()
      assert.deepEqual(
        runs.map(({ run, statement }) => [run, statement.model]),
        [
          [0n, ""],
          [2n, "llama"],
          [3n, ""],
        ],
      )
      assertTiled(runs)
      assertCounted(runs)
    })

  it("by an archive that is renamed: the device's own log is enough", async () => {
    for (const round of [0, 1]) {
      const serving = await world.metering()
      await sleep(300)
      await world.stop(serving)
      if (round === 0) renameSync(join(world.home, "archive"), join(world.folder, "elsewhere"))
    }
    mkdirSync(join(world.home, "archive"), { recursive: true })
    cpSync(join(world.folder, "elsewhere"), join(world.home, "archive"), { recursive: true })
    const runs = world.runs()
    assert.equal(runs.length, 2)
    assertTiled(runs)
    assertCounted(runs)
  })

  /** A run, then something is done to the folder, then another. */
  async function spoiled(spoil: () => void) {
    const first = await world.metering()
    await sleep(300)
    await world.stop(first)
    spoil()
    const second = world.serve()
    await until("it meters or ends", () => second.said().includes("metering") || second.child.exitCode !== null)
    if (second.child.exitCode === null) await world.stop(second)
    return { runs: world.runs(), said: second.said(), code: second.child.exitCode }
  }
  const stands = () => join(world.home, "stands")

  it("by the loss of where its books stood: the break is signed, and lifetime begins anew", async () => {
    const { runs, said } = await spoiled(() => rmSync(stands(), { recursive: true }))
    assert.match(said, /the books are broken: nothing says where run 0 ended/)
    assertTiled(runs, [1])
  })

  it("by a forged end: only its own signature counts", async () => {
    const { runs, said } = await spoiled(() => {
      const path = join(stands(), "0")
      const forged = readFileSync(path, "utf8").replace(/"quantity":"lifetime"/g, '"quantity":"lifetimes"')
      writeFileSync(path, forged)
    })
    assert.match(said, /the books are broken: run 0: the device did not sign it/)
    assertTiled(runs, [1])
  })

  it("by another run's end in the place of its own", async () => {
    const first = await world.metering()
    await world.stop(first)
    const { runs, said } = await spoiled(() => cpSync(join(stands(), "0"), join(stands(), "1")))
    assert.match(said, /the books are broken: run 1: the device did not sign it/)
    assertTiled(runs, [2])
  })

  it("by a log that is edited: it refuses to go on", async () => {
    const { runs, said, code } = await spoiled(() => {
      const path = join(world.home, "device.journal")
      writeFileSync(path, readFileSync(path, "utf8").replace('"run":"0"', '"run":"9"'))
    })
    assert.equal(code, 1)
    assert.match(said, /line [0-9]+ is damaged/)
    assert.equal(runs.length, 1)
  })

  it("by a home that is restored: an older signed end only counts more", async () => {
    const first = await world.metering()
    await world.stop(first)
    const copy = join(world.folder, "copy")
    cpSync(world.home, copy, { recursive: true })
    const second = await world.metering()
    await sleep(300)
    await world.stop(second)
    rmSync(world.home, { recursive: true })
    cpSync(copy, world.home, { recursive: true })
    const third = await world.metering()
    await world.stop(third)
    const runs = world.runs()
    assert.equal(runs.length, 2)
    assertTiled(runs)
    assertCounted(runs)
  })
})
