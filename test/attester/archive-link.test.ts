import assert from "node:assert/strict"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { type Archive, ArchiveFault, openFolder } from "@wattest/archive"
import { ARCHIVE_FILES, runFolder } from "@wattest/protocol"
import { ArchiveLink } from "../../attester/src/relay/archive-link.ts"

const DEVICE = `0x${"ab".repeat(32)}` as const
const { evidence, record, receipt } = ARCHIVE_FILES

describe("an agent's second archive", () => {
  let folder: string
  let said: string[]
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-link-"))
    said = []
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const pathOf = (side: "from" | "to", run: bigint, file: string) => join(folder, side, runFolder(DEVICE, run), file)
  function write(side: "from" | "to", run: bigint, file: string, text = `${file} of run ${run}`): void {
    const path = pathOf(side, run, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  const close = (run: bigint) => {
    write("from", run, evidence)
    write("from", run, record)
  }
  const linkTo = (to: Archive) =>
    new ArchiveLink({ from: join(folder, "from"), to, say: (line) => said.push(line), periodMs: 5 })
  const there = (run: bigint) => [evidence, record, receipt].map((file) => existsSync(pathOf("to", run, file)))

  it("gets the runs that were closed, each with its receipt once that is there, and no run that is being closed", async () => {
    close(0n)
    write("from", 0n, receipt)
    close(1n)
    write("from", 2n, evidence)
    const link = linkTo(openFolder(join(folder, "to")))
    link.nudge()
    await link.close()
    assert.deepEqual(
      [there(0n), there(1n), there(2n)],
      [Array(3).fill(true), [true, true, false], Array(3).fill(false)],
    )
    assert.equal(readFileSync(pathOf("to", 1n, evidence), "utf8"), `${evidence} of run 1`)
    write("from", 1n, receipt)
    write("from", 2n, record)
    await link.close()
    assert.deepEqual([there(1n), there(2n)], [Array(3).fill(true), [true, true, false]])
    assert.deepEqual(said, [])
  })

  it("says once that it is away, and has everything when it is back", async () => {
    const real = openFolder(join(folder, "to"))
    let [isAway, asked] = [true, 0]
    const to: Archive = {
      ...real,
      create: (name, content) => {
        asked++
        if (isAway) throw new ArchiveFault("unreachable", `nobody answered at try ${asked}`, "try again")
        return real.create(name, content)
      },
    }
    close(0n)
    const link = linkTo(to)
    link.nudge()
    while (asked < 3) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.deepEqual(said, ["archive: nobody answered at try 1"])
    isAway = false
    await link.close()
    assert.deepEqual(there(0n), [true, true, false])
    assert.deepEqual(said.slice(1), ["archive: is well again"])
  })

  it("holds other bytes under one name: they stay, it is said, and the runs behind it are copied", async () => {
    for (const run of [0n, 1n]) close(run)
    write("to", 0n, record, "another device's")
    const link = linkTo(openFolder(join(folder, "to")))
    await link.close()
    assert.equal(readFileSync(pathOf("to", 0n, record), "utf8"), "another device's")
    assert.deepEqual(there(1n), [true, true, false])
    assert.equal(said.length, 1)
    assert.match(said[0] ?? "", /^archive: .* holds other bytes/)
  })

  it("is found out where it does not keep what it took", async () => {
    close(0n)
    const forgetful: Archive = { ...openFolder(join(folder, "to")), create: async () => "created" }
    const link = linkTo(forgetful)
    await link.close()
    assert.match(said[0] ?? "", /has it not/)
  })
})
