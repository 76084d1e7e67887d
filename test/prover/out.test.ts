import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const HEX = (digits: number) => `0x${"11".repeat(digits / 2)}`
const NOWHERE = "http://127.0.0.1:9"

/** Commands that would ask a chain, read files that are not there, or prove: none gets as far as that. */
const COMMANDS: { readonly [name: string]: readonly string[] } = {
  tally: [
    ...["--rpc", NOWHERE, "--registry", HEX(40), "--ledger", HEX(64), "--from", "2026-01-01", "--to", "2026-02-01"],
    ...["--model", "llama", "--unit", "token", "--boundary", "node"],
  ],
  join: ["none.json", "nothing.json"],
  bound: ["none.json", "--metric", "energy", "--at-most", "1 J"],
  chosen: [
    ...["--archive", "none", "--device", HEX(64), "--runs", "3-7", "--receipt", "none.json"],
    ...["--boundary", "node", "--metric", "energy", "--at-most", "1 J"],
  ],
  certificate: ["--archive", "none", "--device", HEX(64), "--runs", "7", "--receipt", "none.json"],
  excerpt: ["--archive", "none", "--device", HEX(64), "--run", "7", "--captures", "0"],
  job: ["none", "--id", "llama", "--rpc", NOWHERE],
  present: ["--rpc", NOWHERE, "--claims", HEX(40), "--operator", HEX(40), "--tally", "0"],
}

const PROVING = ["tally", "join", "bound", "chosen"]

describe("a document that cannot be written", function () {
  this.timeout(120_000)
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-out-"))
    writeFileSync(join(folder, "file"), "")
    mkdirSync(join(folder, "folder"))
  })
  after(() => rmSync(folder, { recursive: true }))

  const run = (name: string, out: string) =>
    new Promise<{ readonly exit: number; readonly stderr: string }>((resolve) => {
      const keys = PROVING.includes(name) ? ["--keys", "build/circuits"] : []
      const args = ["prover/src/main.ts", name, ...(COMMANDS[name] ?? []), ...keys, "--out", out]
      execFile(process.execPath, args, (error, _, stderr) => resolve({ exit: Number(error?.code ?? 0), stderr }))
    })

  for (const name of Object.keys(COMMANDS))
    it(`is refused by ${name} before anything else is asked, read or proved`, async () => {
      const onFolder = await run(name, join(folder, "folder"))
      assert.equal(onFolder.exit, 2)
      assert.match(onFolder.stderr, /error: .*folder is no file\nhint: name a file with --out/)
      const belowFile = await run(name, join(folder, "file", "x.json"))
      assert.match(belowFile.stderr, /error: .*file is no folder\nhint: name another place/)
      const elsewhere = await run(name, join(folder, "new", "x.json"))
      assert.doesNotMatch(elsewhere.stderr, /x\.json/, "what can be written is no reason")
      assert.deepEqual(readdirSync(join(folder, "new")), [], "and nothing is left of the look")
    })
})
