import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { delimiter, resolve } from "node:path"
import { COMPARE, GATE } from "../../budget/src/cli.ts"
import { type Stage, stage } from "./scene.ts"

const PAGE = readFileSync("docs/budgets.md", "utf8")
const blocksOf = (language: string) =>
  [...PAGE.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))].map(([, text = ""]) => text)

describe("the page of budgets", function () {
  this.timeout(120_000)
  let set: Stage
  before(() => {
    set = stage({
      "certificates/chat": { accepted: 0.8, intensity: 400, runs: 1 },
      "certificates/strong": { device: "strong", power: 2, accepted: 0.8, intensity: 400, runs: 2 },
      incumbent: { device: "incumbent", accepted: 0.8 },
      candidate: { device: "candidate", power: 0.9, accepted: 0.8 },
      a: { device: "a" },
      b: { device: "b", power: 2, accepted: 0.9 },
      c: { device: "c", accepted: 0.5 },
    })
    set.write("wattest.budget.yaml", blocksOf("yaml")[0] ?? "")
    set.write("forged.json", readFileSync(set.at("a.json"), "utf8").replace('"zone":"DE"', '"zone":"SE"'))
  })
  after(() => set.close())

  const lines = blocksOf("sh").flatMap((block) => block.trimEnd().split("\n"))
  // Benchmarks need a device and a server: their flags have a test of their own.
  const runnable = lines.filter((line) => !line.includes("wattest benchmark"))

  for (const line of runnable)
    it(`runs: ${line}`, () => {
      const PATH = [resolve("node_modules/.bin"), process.env.PATH].join(delimiter)
      const { status, stderr } = spawnSync("sh", ["-c", line], {
        cwd: set.at(),
        encoding: "utf8",
        env: { ...process.env, PATH },
      })
      assert.equal(status, 0, stderr)
      for (const [, file = ""] of line.matchAll(/--(?:junit|html|prometheus) (\S+)/g))
        assert.ok(existsSync(set.at(file)))
    })

  it("has each flag of gate and compare in a command that is run", () => {
    for (const [command, name] of [
      [GATE, "gate"],
      [COMPARE, "compare"],
    ] as const)
      for (const option of [...Object.keys(command.options), "json"]) {
        const uses = runnable.filter((line) => line.startsWith(`wattest ${name} `) && line.includes(` --${option}`))
        assert.ok(uses.length > 0, `${name} --${option}`)
      }
  })

  it("shows what the gate says", async () => {
    const { stdout } = await set.say("gate", set.at("certificates"), "--policy", "policy.json", "--offline")
    const shown = (blocksOf("text")[0] ?? "").split("\n").filter((line) => line !== "" && !line.includes("…"))
    for (const line of shown) assert.ok(stdout.includes(line), `${line}\n${stdout}`)
  })
})
