import assert from "node:assert/strict"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { runCommand } from "../../../../attester/src/sources/net/command.ts"
import { rejectsWith, withFolder } from "../bench.ts"

const MAX_OUTPUT = 4 * 1024 * 1024

describe("a tool that a source runs", () => {
  const run = (script: string, signal = new AbortController().signal, env = {}) =>
    runCommand(process.execPath, ["-e", script], { source: "tool", signal, env })

  it("speaks the one language and tells the one time, and knows what it is told in secret", async () => {
    const { LC_ALL, TZ } = process.env
    Object.assign(process.env, { LC_ALL: "de_DE.UTF-8", TZ: "Asia/Tokyo" })
    try {
      const said = await run("console.log(process.env.LC_ALL, process.env.TZ, process.env.PIN)", undefined, {
        PIN: "7",
      })
      assert.equal(said, "C UTC 7\n")
    } finally {
      for (const [name, value] of Object.entries({ LC_ALL, TZ }))
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
    }
  })

  it("is read to a bound", async () => {
    const print = (bytes: number) => run(`process.stdout.write("x".repeat(${bytes}))`)
    assert.equal((await print(MAX_OUTPUT)).length, MAX_OUTPUT)
    await rejectsWith("failed", print(MAX_OUTPUT + 1))
  })

  it("is told apart by how it fails", async () => {
    await rejectsWith("failed", run("console.error(' no board \\n\\n 7 '); process.exit(3)"), /: no board; 7$/)
    await rejectsWith("timeout", run("setInterval(() => {}, 1000)", AbortSignal.timeout(200)))
    const signal = new AbortController().signal
    await rejectsWith("missing", runCommand("no-such-tool-of-ours", [], { source: "tool", signal }))
    await withFolder(async (folder) => {
      const file = join(folder, "tool")
      writeFileSync(file, "", { mode: 0o600 })
      await rejectsWith("denied", runCommand(file, [], { source: "tool", signal }))
    })
  })
})
