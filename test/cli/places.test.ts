import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Commands over documents that are not there: a place that takes no file is told of before they are looked for. */
const DISCLOSE = [
  ...["disclose", "file", "vsme-2025-07-30", "none.json", "--policy", "none.json", "--profile", "none.json"],
  ...["--factors", "none.json", "--year", "2026"],
]
const GATE = ["gate", "none.json", "--policy", "none.json"]
/** A node that is not there: whatever is told was told before it was asked. */
const CHAIN = ["--rpc", "http://127.0.0.1:9", "--key", "none.json"]
/** Which place is refused, and what is said of it: what stands there is kept, or written over if it is a file. */
const KEPT = ["file", "file is there already"]
const REPLACED = ["folder", "folder is a folder"]
const COMMANDS = [
  ["--out", ["export", "none.json", "--policy", "none.json"], KEPT],
  ["--out", ["archive", "backup", "--archive", "none", "--recipient", "age1q"], KEPT],
  ["--out", DISCLOSE, REPLACED],
  ["--into", [...DISCLOSE, "--format", "xlsx"], REPLACED],
  ["--junit", GATE, REPLACED],
  ["--prometheus", GATE, REPLACED],
  ["--html", ["compare", "none.json", "nothing.json", "--policy", "none.json"], REPLACED],
  ["--record", ["deploy", ...CHAIN], REPLACED],
  ["--record", ["registry", "deploy", ...CHAIN], ["file", "file is not a record of a deployment"]],
] as const

describe("a place that a command of the suite writes to", function () {
  this.timeout(120_000)
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-places-"))
    writeFileSync(join(folder, "file"), "kept")
    mkdirSync(join(folder, "folder"))
  })
  after(() => rmSync(folder, { recursive: true }))

  const run = (args: readonly string[]) =>
    new Promise<{ readonly exit: number; readonly stderr: string }>((resolve) => {
      const main = join(import.meta.dirname, "../../cli/src/main.ts")
      execFile(process.execPath, [main, ...args], { cwd: folder }, (error, _, stderr) =>
        resolve({ exit: Number(error?.code ?? 0), stderr }),
      )
    })

  for (const [option, command, [place, said]] of COMMANDS) {
    const [name = "", second = ""] = command
    it(`is refused before ${name} ${second} reads anything, by ${option}`, async () => {
      const above = await run([...command, option, "file/new"])
      assert.equal(above.exit, 2)
      assert.match(
        above.stderr,
        new RegExp(`error: file is no folder\nhint: make it, or name another place with ${option}`),
      )
      const standing = await run([...command, option, place])
      assert.equal(standing.exit, 2)
      assert.match(standing.stderr, new RegExp(`error: ${said}`))
      const elsewhere = await run([...command, option, "new"])
      assert.doesNotMatch(elsewhere.stderr, /is no folder|is a folder|already/, "what can be written is no reason")
      assert.deepEqual(readdirSync(folder).sort(), ["file", "folder"])
    })
  }
})
