import assert from "node:assert/strict"
import { generateKeyPairSync } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { mock } from "node:test"
import { crc32 } from "node:zlib"
import { createKeyFile, openKeyFile } from "../../attester/src/keys/file-key.ts"
import { isDiskFault, untilStored, writeDurably } from "../../attester/src/store/durable.ts"
import { openJournal, readJournal } from "../../attester/src/store/journal.ts"

const fault = (code: string, errno?: number) => Object.assign(new Error(code), { code, ...(errno && { errno }) })
const modeOf = (path: string) => statSync(path).mode & 0o777

describe("the files of a device", () => {
  let folder = ""
  let path = ""
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-files-"))
    path = join(folder, "file")
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it("are private, and stay as they were where a write fails", async () => {
    await writeDurably(path, ["one"])
    assert.equal(modeOf(path), 0o600)
    const failing = (function* () {
      yield "two"
      throw fault("ENOSPC")
    })()
    await assert.rejects(writeDurably(path, failing), { code: "ENOSPC" })
    assert.deepEqual([readFileSync(path, "utf8"), readdirSync(folder)], ["one", ["file"]])
    await (await openJournal(join(folder, "journal"))).close()
    assert.equal(modeOf(join(folder, "journal")), 0o600)
  })

  it("are tried again where the disk may take them later, for as long as is wanted, and else not", async () => {
    const tried = async (error: Error, mayRetry: boolean) => {
      let tries = 0
      const told: Error[] = []
      const work = async () => {
        if (++tries === 1) throw error
        return "stored"
      }
      const end = await untilStored(work, (refusal) => told.push(refusal) > 0 && mayRetry).catch((failed) => failed)
      return { tries, told: told.length, end }
    }
    const full = fault("ENOSPC")
    assert.deepEqual(await tried(full, true), { tries: 2, told: 1, end: "stored" })
    for (const code of ["EDQUOT", "EIO", "EAGAIN", "EMFILE", "ENFILE"])
      assert.equal((await tried(fault(code), false)).told, 1, code)
    assert.deepEqual(await tried(full, false), { tries: 1, told: 1, end: full })
    for (const lasting of [fault("EACCES"), new Error("ours")])
      assert.deepEqual(await tried(lasting, true), { tries: 1, told: 0, end: lasting })
  })

  it("may be whole where the disk does not answer, and are not where they are gone or cannot be read", () => {
    assert.deepEqual([fault("EIO", -5), fault("ENOENT", -2), fault("ERR_OURS"), new Error("ours")].map(isDiskFault), [
      true,
      false,
      false,
      false,
    ])
  })
})

describe("a journal", () => {
  let folder = ""
  let path = ""
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-records-"))
    path = join(folder, "journal")
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const line = (record: string) => `${crc32(record).toString(16).padStart(8, "0")} ${record}\n`
  async function records(): Promise<readonly string[]> {
    const found: string[] = []
    for await (const some of readJournal(path)) found.push(...some)
    return found
  }

  it("drops what was torn off at its end, be it no more than a line feed", async () => {
    for (const torn of ["", "0", line("three").slice(0, -1), `${line("three").slice(0, -2)}x\n`, "\n"]) {
      writeFileSync(path, `${line("one")}${line("two")}${torn}`)
      assert.deepEqual(await records(), ["one", "two"], torn)
      const journal = await openJournal(path)
      await journal.append(["four"])
      await journal.close()
      assert.equal(readFileSync(path, "utf8"), line("one") + line("two") + line("four"))
    }
  })

  it("is refused where whole records follow a damaged one", async () => {
    const wrong = [line("two").replace("two", "twO"), line("two").replace(" ", "x"), "\n"]
    for (const damaged of wrong) {
      writeFileSync(path, `${line("one")}${damaged}${line("three")}`)
      const message = /line 2 is damaged, and line 3 is whole/
      await assert.rejects(records(), { name: "JournalDamaged", message })
      await assert.rejects(openJournal(path), { name: "JournalDamaged" })
    }
  })

  it("holds nothing of records of which the disk took some and then no more", async () => {
    const journal = await openJournal(path)
    await journal.append(["one"])
    const file = await open(path, "r")
    const handle: { write: FileHandle["write"] } = Object.getPrototypeOf(file)
    await file.close()
    const { write } = handle
    const half = mock.method(
      handle,
      "write",
      async function (this: FileHandle, ...given: [Buffer, number, number, number]) {
        const [bytes, at, length, position] = given
        await Reflect.apply(write, this, [bytes, at, length - 1, position])
        throw fault("ENOSPC")
      },
    )
    try {
      await assert.rejects(journal.append(["two and more", "three", "four"]), { code: "ENOSPC" })
    } finally {
      half.mock.restore()
    }
    assert.equal(readFileSync(path, "utf8"), line("one"))
    await journal.append(["2"])
    await journal.close()
    assert.deepEqual(await records(), ["one", "2"])
  })

  it("holds records of any length, in whatever pieces they are read", async () => {
    const long = ["a".repeat(300_000), "b", "ü".repeat(200_000), "c".repeat((1 << 18) - 10)]
    const journal = await openJournal(path)
    for (const record of long) await journal.append([record])
    await journal.close()
    assert.deepEqual(await records(), long)
  })
})

describe("a key's file", () => {
  let folder = ""
  let path = ""
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-key-"))
    path = join(folder, "key.pem")
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it("is made once, and never written over", async () => {
    await createKeyFile(path, "ed25519")
    const { device } = await openKeyFile(path)
    await assert.rejects(createKeyFile(path, "ed25519"), { code: "EEXIST" })
    assert.deepEqual((await openKeyFile(path)).device, device)
    assert.equal(modeOf(path), 0o600)
  })

  it("holds a key of ours: PKCS#8, of a scheme that we sign with", async () => {
    const holds = (text: string) => writeFileSync(path, text, { mode: 0o600 })
    holds("no key")
    await assert.rejects(openKeyFile(path), { name: "KeyFileError", message: /no PKCS#8 private key/ })
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" })
    holds(`${privateKey.export({ type: "pkcs8", format: "pem" })}`)
    await assert.rejects(openKeyFile(path), { name: "KeyFileError", message: /neither Ed25519 nor P-256/ })
  })
})
