import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openPrivate, refuseShared } from "../../attester/src/store/private.ts"

describe("what is a device's alone", () => {
  let folder = ""
  let path = ""
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-private-"))
    path = join(folder, "key.pem")
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const opened = async () => (await openPrivate(path)).close()
  const refuses = (work: Promise<unknown>, message: RegExp) => assert.rejects(work, { name: "NotPrivate", message })
  /** Does it as another account, as far as what it is called. */
  async function as(account: number, work: () => Promise<unknown>): Promise<void> {
    const { geteuid } = process
    try {
      process.geteuid = () => account
      await work()
    } finally {
      Object.assign(process, { geteuid })
    }
  }

  it("is a file that no other account may use in any way", async () => {
    writeFileSync(path, "", { mode: 0o600 })
    await opened()
    chmodSync(path, 0o400)
    await opened()
    for (const mode of [0o640, 0o620, 0o610, 0o604, 0o602, 0o601]) {
      chmodSync(path, mode)
      await refuses(opened(), new RegExp(`has mode ${mode.toString(8)}.*chmod 600`))
    }
  })

  it("is a plain file, and no link to one, no folder, and no pipe that would be waited for", async () => {
    writeFileSync(`${path}.real`, "", { mode: 0o600 })
    symlinkSync(`${path}.real`, path)
    await refuses(opened(), /is a symbolic link/)
    rmSync(path)
    mkdirSync(path, { mode: 0o700 })
    await refuses(opened(), /is no file/)
    rmSync(path, { recursive: true })
    execFileSync("mkfifo", ["-m", "600", path])
    await refuses(opened(), /is no file/)
    rmSync(path)
    await assert.rejects(opened(), { code: "ENOENT" })
  })

  it("is a folder that nobody else writes, and no link to one", async () => {
    for (const mode of [0o700, 0o755]) {
      chmodSync(folder, mode)
      await refuseShared(folder)
    }
    for (const mode of [0o720, 0o702]) {
      chmodSync(folder, mode)
      await refuses(refuseShared(folder), /can be written by others/)
    }
    chmodSync(folder, 0o700)
    symlinkSync(folder, path)
    await refuses(refuseShared(path), /is a symbolic link/)
    rmSync(path)
    writeFileSync(path, "", { mode: 0o600 })
    await refuses(refuseShared(path), /is no folder/)
  })

  it("belongs to the account itself or to root, who also opens all", async () => {
    const self = process.geteuid?.() ?? 0
    const owner = self === 0 ? 4711 : self
    writeFileSync(path, "", { mode: 0o600 })
    const both = async () => {
      await opened()
      await refuseShared(folder)
    }
    if (self === 0) {
      await as(owner, both)
      for (const place of [path, folder]) chownSync(place, owner, owner)
    }
    await as(owner, both)
    await as(0, both)
    await as(owner + 1, async () => {
      await refuses(opened(), new RegExp(`belongs to another user \\(${owner}\\)`))
      await refuses(refuseShared(folder), new RegExp(`belongs to another user \\(${owner}\\)`))
    })
  })
})
