import assert from "node:assert/strict"
import fs, {
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { bytesContent, makeFolders, openFolder } from "@wattest/archive"
import { createDurably, makeFolderDurably, processTerminal, replaceDurably } from "@wattest/command"
import { openArchive, openJournal as openProofJournal } from "@wattest/prover"
import { openStore } from "@wattest/store"
import { losses, watchDisk } from "@wattest/testkit/disk/watched"
import { newDevice, writeRun } from "@wattest/testkit/ledger/archive"
import { generateHybridIdentity, identityToRecipient } from "age-encryption"
import { sql } from "kysely"
import { createKeyFile } from "../../attester/src/keys/file-key.ts"
import { makeFolder, writeDurably } from "../../attester/src/store/durable.ts"
import { type Journal, openJournal } from "../../attester/src/store/journal.ts"
import { encrypterFor } from "../../cli/src/archive/age-keys.ts"
import { backUp } from "../../cli/src/archive/backup.ts"
import { openParquet } from "../../cli/src/export/parquet.ts"
import { writeWhole } from "../../prover/src/whole-file.ts"
import { readConfig } from "../../relayer/src/cli/config.ts"
import { FLOORS } from "./floors.ts"

const SILENT = { ...processTerminal, say() {} }

/** Files that write to a disk by themselves, and what a loss of power may take there. Of all others nothing is lost: see below. */
const MAY_LOSE: { readonly [file: string]: string } = {
  "attester/src/store/lock.ts": "an empty file, which the next process makes",
  "attester/src/workload/told.ts": "who tells of work ends with the power too",
  "budget/src/compare/command.ts": "the same command writes it again",
  "budget/src/gate/gate.ts": "the same command writes it again",
  "disclosure/src/cli/file.ts": "the same command writes it again",
  "prover/src/proving/rapidsnark.ts": "one proof's witness, which nobody needs after it",
  "verifier/src/cli/many.ts": "the same command writes it again",
  "verifier/src/cli/policy.ts": "the same command writes it again",
  "verifier/src/cli/signing.ts": "the same command writes it again",
  "verifier/src/cli/verify.ts": "the same command writes it again",
  "verifier/src/desk/desk.ts": "the same command writes it again",
  "verifier/src/desk/judge-file.ts": "the same command writes it again",
}

const WRITES =
  /\b(?:(?:writeFile|appendFile|rename|link|symlink|copyFile|mkdir|write|cp)(?:Sync)?|createWriteStream|DatabaseSync)\b/
const OPENS_TO_WRITE = /\bopen(?:Sync)?\([^\n]*(?:"(?:[wa]x?\+?|r\+)"|O_CREAT|O_WRONLY|O_RDWR)/
const DISKS = /import \{([^}]*)\} from "node:(?:fs|fs\/promises|sqlite)"/g

/** Whether a source asks Node to change a disk, whatever it changes there. */
const writes = (text: string) =>
  OPENS_TO_WRITE.test(text) || [...text.matchAll(DISKS)].some(([, names = ""]) => WRITES.test(names))

describe("what a loss of power must not undo", () => {
  let folder: string
  const at = (name: string) => join(folder, name)
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-durable-"))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const kept = async (work: () => unknown) => {
    const ops = await watchDisk(work)
    assert.ok(
      ops.some(({ op }) => op === "sync"),
      "something is written and synced",
    )
    assert.deepEqual(losses(ops), [])
    return ops
  }
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

  const KEPT: { readonly [file: string]: () => Promise<unknown> } = {
    // each record that was appended, and what was noted once it is closed
    async "attester/src/store/journal.ts"() {
      const made: Journal[] = []
      await kept(async () => made.push(await openJournal(at("made"))))
      await made[0]?.close()
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
    },
    async "attester/src/store/durable.ts"() {
      await kept(() => writeDurably(at("state"), ["a", "b"]))
      await kept(() => writeDurably(at("state"), ["c"]))
      assert.equal(readFileSync(at("state"), "utf8"), "c")
      await kept(() => makeFolder(at("a/b/c")))
      // made, but not synced, by a process that was killed
      mkdirSync(at("a/b/d"))
      assert.deepEqual(await watchDisk(() => makeFolder(at("a/b/d"))), [{ op: "sync", path: at("a/b") }])
    },
    "attester/src/keys/file-key.ts": () => kept(() => createKeyFile(at("key.pem"), "ed25519")),
    "archive/src/sync-folder.ts": () => kept(() => makeFolders(at("a/b/c"))),
    "archive/src/folder.ts": () =>
      kept(async () => {
        const content = await bytesContent(new TextEncoder().encode("evidence"))
        assert.equal(await openFolder(at("archive")).create("device/run/evidence", content), "created")
      }),
    async "command/src/world/durable.ts"() {
      await kept(() => createDurably(at("new"), "a"))
      await kept(() => makeFolderDurably(at("one/two/three")))
      await kept(() => replaceDurably(at("profile"), "a"))
      await kept(() => replaceDurably(at("profile"), new Uint8Array([0x62])))
      assert.equal(readFileSync(at("profile"), "utf8"), "b")
    },
    async "cli/src/archive/backup.ts"() {
      const recipient = await identityToRecipient(await generateHybridIdentity())
      writeRun(at("runs"), newDevice(), 0n, { captures: 1 })
      const ops = await kept(() =>
        backUp(openArchive(at("runs")), "runs", encrypterFor([recipient]), at("secrets.age")),
      )
      const named = ops.findIndex(({ op, path }) => op === "create" && path === at("secrets.age"))
      assert.ok(ops.slice(0, named).some(({ op, path }) => op === "sync" && path.endsWith(".draft")))
    },
    // the library writes by itself; what it wrote is synced before it gets its name
    async "cli/src/export/parquet.ts"() {
      const ops = await kept(async () => {
        const file = await openParquet(at("captures.parquet"))
        await file.finish()
        await file.close()
      })
      const named = ops.findIndex(({ op, path }) => op === "create" && path === at("captures.parquet"))
      assert.ok(ops.slice(0, named).some(({ op, path }) => op === "sync" && path.endsWith(".parquet")))
    },
    async "prover/src/claims/job-file.ts"() {
      const write = (work: (journal: ReturnType<typeof openProofJournal>) => unknown) => {
        const journal = openProofJournal(at("claim.part"))
        work(journal)
        journal.close()
      }
      const isOfLock = (loss: string) => loss.endsWith(".lock")
      const left = async (work: Parameters<typeof write>[0]) =>
        (await lost(() => write(work))).filter((loss) => !isOfLock(loss))
      assert.deepEqual(await left((journal) => journal.begin(7)), [])
      assert.deepEqual(await left((journal) => journal.blind(1)), [])
      write((journal) => assert.equal(journal.asOf(8), 7))
    },
    "prover/src/whole-file.ts": () => kept(() => writeWhole(at("folder/claim.json"), "{}")),
    // SQLite syncs its log at each commit, which test/relayer/power tries on a disk that forgets
    async "store/src/sqlite.ts"() {
      const { kysely } = await openStore(
        { file: at("store.sqlite") },
        { migrations: () => ({ getMigrations: async () => ({}) }) },
      )
      const settingOf = async (pragma: string) =>
        Object.values((await sql<Record<string, unknown>>`pragma ${sql.raw(pragma)}`.execute(kysely)).rows[0] ?? {})
      assert.deepEqual([await settingOf("synchronous"), await settingOf("journal_mode")], [[2], ["wal"]])
      await kysely.destroy()
    },
  }

  it("is written in the places that are tried here, and in those where a loss is no harm", () => {
    const found = globSync(`{${FLOORS.flat().join()}}/{src,web}/**/*.ts`).filter((file) =>
      writes(readFileSync(file, "utf8")),
    )
    assert.deepEqual(found.sort(), [...Object.keys(KEPT), ...Object.keys(MAY_LOSE)].sort())
  })
  for (const [file, work] of Object.entries(KEPT)) it(`${file} keeps what it wrote`, work)

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
})

describe("a file that is written durably", () => {
  let folder: string
  const at = (name: string) => join(folder, name)
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-written-"))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const modeOf = (path: string) => statSync(path).mode & 0o777

  it("as a new one is its owner's alone, and never another one's place", () => {
    createDurably(at("key"), "a")
    assert.equal(modeOf(at("key")), 0o600)
    assert.throws(() => createDurably(at("key"), "b"), { code: "EEXIST" })
    assert.equal(readFileSync(at("key"), "utf8"), "a")
  })

  it("in another one's place keeps that one's mode, and the link through which it was named", () => {
    writeFileSync(at("profile"), "before", { mode: 0o640 })
    symlinkSync(at("profile"), at("link"))
    replaceDurably(at("link"), "after")
    assert.deepEqual([readFileSync(at("profile"), "utf8"), modeOf(at("profile"))], ["after", 0o640])
    assert.deepEqual(readdirSync(folder), ["link", "profile"])
  })

  it("is whole or is not there: a disk that takes no more, or a place that is a folder, leaves what stood", async () => {
    const full = new Error("full")
    const { fsyncSync } = fs
    const failing = () => {
      // Somebody else may have taken the file away: what failed first is what is told.
      rmSync(at("taken"), { force: true })
      throw full
    }
    writeFileSync(at("profile"), "before")
    Object.assign(fs, { fsyncSync: failing })
    syncBuiltinESMExports()
    try {
      for (const name of ["key", "taken"]) assert.throws(() => createDurably(at(name), "a"), full)
      assert.throws(() => replaceDurably(at("profile"), "after"), full)
    } finally {
      Object.assign(fs, { fsyncSync })
      syncBuiltinESMExports()
    }
    mkdirSync(at("folder"))
    assert.throws(() => replaceDurably(at("folder"), "after"))
    assert.deepEqual(readdirSync(folder), ["folder", "profile"])
    assert.equal(readFileSync(at("profile"), "utf8"), "before")
  })
})
