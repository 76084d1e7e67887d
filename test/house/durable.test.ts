import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { bytesContent, openFolder } from "@wattest/archive"
import { processTerminal } from "@wattest/command"
import { losses, watchDisk } from "@wattest/testkit/disk/watched"
import { createKeyFile } from "../../attester/src/keys/file-key.ts"
import { writeDurably } from "../../attester/src/store/durable.ts"
import { openJournal } from "../../attester/src/store/journal.ts"
import { writeWhole } from "../../prover/src/cli/output.ts"
import { readConfig } from "../../relayer/src/cli/config.ts"

const SILENT = { ...processTerminal, say() {} }

describe("what a loss of power must not undo", () => {
  let folder: string
  const at = (name: string) => join(folder, name)
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-durable-"))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const kept = async (work: () => unknown) => assert.deepEqual(losses(await watchDisk(work)), [])
  const lost = async (work: () => unknown) => losses(await watchDisk(work))

  it("is seen: bytes that nobody synced, names whose folder nobody did, a rename before its bytes", () => {
    const write = { op: "write", path: "/f/a" } as const
    const sync = { op: "sync", path: "/f/a" } as const
    const create = { op: "create", path: "/f/a" } as const
    const names = { op: "sync", path: "/f" } as const
    const rename = { op: "rename", path: "/f/a", to: "/f/b" } as const
    assert.deepEqual(losses([create, write, sync, names]), [])
    assert.deepEqual(losses([create, write, names]), ["bytes of /f/a"])
    assert.deepEqual(losses([create, sync, write, names]), ["bytes of /f/a"])
    assert.deepEqual(losses([create, write, sync]), ["the name /f/a"])
    assert.deepEqual(losses([create, write, rename, sync, names]), ["bytes of /f/a"])
    assert.deepEqual(losses([create, write, sync, names, rename]), ["the name /f/b"])
    assert.deepEqual(losses([create, write, sync, rename, names]), [])
  })

  it("a device's journal: each record that was appended, and what was noted once it is closed", async () => {
    const journal = await openJournal(at("journal"))
    await kept(async () => {
      await journal.append(["one", "two"])
      await journal.append(["three"])
    })
    assert.equal((await lost(() => journal.note(["four"]))).length, 1)
    await kept(() => journal.close())
    await kept(async () => {
      const again = await openJournal(at("journal"))
      await again.note(["five"])
      await again.append(["six"])
      await again.note(["seven"])
      await again.close()
    })
  })

  it("a device's files and its key", async () => {
    await kept(() => writeDurably(at("state"), ["a", "b"]))
    await kept(() => writeDurably(at("state"), ["c"]))
    assert.equal(readFileSync(at("state"), "utf8"), "c")
    await kept(() => createKeyFile(at("key.pem"), "ed25519"))
  })

  it("an archive's content", async () => {
    await kept(async () => {
      const content = await bytesContent(new TextEncoder().encode("evidence"))
      assert.equal(await openFolder(at("archive")).create("device/run/evidence", content), "created")
    })
  })

  it("a relayer's own key, before it promises anything in its name", async () => {
    const environment = {
      WATTEST_RELAY_CHAIN_ID: "31337",
      WATTEST_RELAY_RPC_URLS: "http://127.0.0.1:1",
      WATTEST_RELAY_REGISTRY: `0x${"11".repeat(20)}`,
      WATTEST_RELAY_KEY: `http://127.0.0.1:1#0x${"22".repeat(20)}`,
      WATTEST_RELAY_PROMISE_KEY: at("promise.key"),
    }
    // no remote signer answers, which is found out only once the key is there
    await kept(() => readConfig(environment, SILENT).catch(() => undefined))
    assert.match(readFileSync(at("promise.key"), "utf8"), /^0x[0-9a-f]{64}\n$/)
  })

  it("what a prover writes", async () => {
    await kept(() => writeWhole(at("claim.json"), "{}"))
  })
})
