import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { attest, MAIN } from "@wattest/testkit/attester/program"
import { meteredDevice, TARGET } from "../metered.ts"

/** A device without runs has nothing to submit; that is said once it is open. */
const OPENED = /no run from 0 on was closed|next:/

describe("a process has its device alone", () => {
  const world = meteredDevice()
  const submit = () => attest("submit", "--home", world.home, ...TARGET)

  it("in another network and another list of processes, as a container has", async () => {
    const serving = await world.metering()
    const inside = [process.execPath, MAIN, "submit", "--home", world.home, ...TARGET]
    const second = spawnSync("unshare", ["--net", "--pid", "--fork", ...inside], { encoding: "utf8" })
    assert.equal(second.status, 1, second.stderr)
    assert.match(second.stderr, /another process holds the device/)
    await world.stop(serving)
    assert.match(submit().stderr, OPENED)
  })

  it("until it dies, however it dies", async () => {
    const serving = await world.metering()
    assert.match(submit().stderr, /another process holds the device/)
    await world.kill(serving)
    assert.deepEqual(
      readdirSync(world.home).filter((name) => name.startsWith("lock")),
      ["lock"],
    )
    assert.match(submit().stderr, /run 0 closed as interrupted/)
  })

  it("in a folder that nobody else can write", () => {
    chmodSync(world.home, 0o770)
    const refused = submit()
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, /can be written by others/)
    chmodSync(world.home, 0o750)
    assert.match(submit().stderr, OPENED)
  })

  it("in a folder, not behind a link to one", () => {
    renameSync(world.home, `${world.home}-real`)
    symlinkSync(`${world.home}-real`, world.home)
    assert.match(submit().stderr, /is a symbolic link/)
    rmSync(world.home)
    renameSync(`${world.home}-real`, world.home)
    assert.match(submit().stderr, OPENED)
  })

  it("with a key and a lock that are no links either", () => {
    const victim = join(world.folder, "victim")
    writeFileSync(victim, "untouched")
    for (const name of ["key.pem", "lock"]) {
      const path = join(world.home, name)
      if (existsSync(path)) renameSync(path, `${path}.real`)
      symlinkSync(existsSync(`${path}.real`) ? `${path}.real` : victim, path)
      assert.match(submit().stderr, /is a symbolic link|is no file/)
      rmSync(path)
      if (existsSync(`${path}.real`)) renameSync(`${path}.real`, path)
      assert.match(submit().stderr, OPENED)
    }
    assert.equal(readFileSync(victim, "utf8"), "untouched")
  })
})
