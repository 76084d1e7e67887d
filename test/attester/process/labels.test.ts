import assert from "node:assert/strict"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import { attestLater } from "@wattest/testkit/attester/program"
import { meteredDevice, sideBySide, TARGET, type World } from "../metered.ts"

const NO_LABELS = [
  ["not composed", "e\u0301"],
  ["too long in bytes", "é".repeat(129)],
  ["that ends a line", "night\nshift"],
  ["that turns the direction of writing", "night\u202eshift"],
] as const

describe("a process takes labels in one shape", () => {
  const world = meteredDevice()

  for (const [what, label] of NO_LABELS) {
    it(`at the command line: none ${what}, before anything starts`, async () => {
      const log = join(world.folder, "ran")
      const script = `require("fs").writeFileSync(${JSON.stringify(log)}, "")`
      const running = world.runScript(script, "--job", label)
      assert.equal(await running.exit, 2, running.said())
      assert.match(running.said(), /--job/)
      assert.equal(existsSync(log), false)
      assert.equal(world.runs().length, 0)
    })

    it(`in the configuration: none ${what}`, async () => {
      world.configure({ party: label })
      const serving = world.serve()
      assert.equal(await serving.exit, 2)
      assert.match(serving.said(), /config\.party/)
    })
  }

  for (const [what, ...flags] of [
    ["a task", "--task", "e\u0301"],
    ["a precision", "--precision", "x".repeat(33)],
    ["a rule of quality", "--quality", "a\u0007"],
    ["a dataset", "--dataset", "0xab"],
    ["a batch", "--batch", "0"],
  ] as const)
    it(`at the command line: refuses ${what} that no context holds`, async () => {
      assert.equal(await world.runScript("0", ...flags).exit, 2)
      assert.equal(world.runs().length, 0)
    })

  const stories = sideBySide({
    longest: async (own) => {
      const job = "é".repeat(128)
      assert.equal(await own.runScript("0", "--job", job).exit, 0)
      assert.equal(own.runs()[1]?.statement.context.job, job)
    },
    task: async (own) => {
      const dataset = `0x${"ab".repeat(32)}`
      const said = ["--task", "chat", "--dataset", dataset, "--precision", "fp8", "--batch", "16"]
      assert.equal(await own.runScript("0", ...said, "--quality", "answered in 2 s").exit, 0)
      const [idle, workload] = own.runs().map(({ statement }) => statement.context)
      assert.deepEqual(workload?.task, { family: "chat", dataset, precision: "fp8", batch: 16 })
      assert.equal(workload?.qualityRule, "answered in 2 s")
      assert.deepEqual([idle?.task, idle?.qualityRule], [null, ""])
    },
    forbidden: async (own) => {
      await own.run(["/nowhere/a\u0007b\u202ec\u2066"]).exit
      assert.equal(own.runs()[1]?.statement.context.workload, "abc")
    },
    cut: async (own) => {
      await own.run([`/nowhere/${"a".repeat(63)}😀`]).exit
      assert.equal(own.runs()[1]?.statement.context.workload, "a".repeat(63))
    },
  })

  it("of the longest, whole", () => stories("longest"))
  it("of a task and a rule of quality, signed with the workload's run alone", () => stories("task"))
  it("of a program whose name holds what no label may", () => stories("forbidden"))
  it("of a program whose name is cut between characters", () => stories("cut"))
})

const SPOILT = {
  "a label that is none": (record: string) => record.replace('"job":""', '"job":"e\u0301"'),
  "a number that is none": (record: string) => record.replace(/"energyMillijoules":"0"/, '"energyMillijoules":"x"'),
  "an opening that is no JSON": (record: string) => record.replace(/^O .*/, "O {"),
  "a capture that is no JSON": (record: string) => record.replace(/^(C \S+ \d \d ).*/, "$1{"),
}
type Spoilt = keyof typeof SPOILT

describe("a process settles a run", () => {
  const submit = ({ home }: World) => attestLater("submit", "--home", home, ...TARGET)
  const story = (what: Spoilt) => async (own: World) => {
    await own.kill(await own.metering())
    const path = join(own.home, "runs", "0.journal")
    const lines = readFileSync(path, "utf8").trimEnd().split("\n")
    const changed = lines.map((line) => {
      const record = SPOILT[what](line.slice(9))
      return `${crc32(record).toString(16).padStart(8, "0")} ${record}\n`
    })
    assert.notDeepEqual(
      changed,
      lines.map((line) => `${line}\n`),
    )
    writeFileSync(path, changed.join(""))
    assert.match((await submit(own)).stderr, /run 0 is void/)
    assert.equal(await own.runScript("0").exit, 0)
    const { status, stderr } = await submit(own)
    assert.equal(status, 0, stderr)
  }
  const stories = sideBySide({
    "a label that is none": story("a label that is none"),
    "a number that is none": story("a number that is none"),
    "an opening that is no JSON": story("an opening that is no JSON"),
    "a capture that is no JSON": story("a capture that is no JSON"),
  })

  for (const what of Object.keys(SPOILT) as Spoilt[])
    it(`whose journal holds ${what}, and goes on`, () => stories(what))
})
