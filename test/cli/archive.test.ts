import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ARCHIVE_FILES, encodeDocument, type RunRecord, runFolder } from "@wattest/protocol"
import { archivedReceipts, createCertificate, openArchive } from "@wattest/prover"
import { newDevice, receiptOf, writeRun } from "@wattest/testkit/ledger/archive"
import { findS3Server, startS3Server } from "@wattest/testkit/local/s3-server"
import { skip } from "@wattest/testkit/skip"

const MAIN = join(import.meta.dirname, "../../cli/src/main.ts")

type Outcome = { readonly exit: number; readonly stdout: string; readonly stderr: string }

describe("wattest archive", function () {
  this.timeout(300_000)
  const device = newDevice()
  let folder = ""
  let records: readonly RunRecord[] = []
  const at = (name: string) => join(folder, name)
  const wattest = (args: readonly string[], env = {}) =>
    new Promise<Outcome>((resolve) => {
      execFile(
        process.execPath,
        [MAIN, ...args],
        { cwd: folder, env: { ...process.env, ...env } },
        (error, stdout, stderr) => resolve({ exit: Number(error?.code ?? 0), stdout, stderr }),
      )
    })
  const answer = async (...args: string[]) => {
    const { exit, stdout, stderr } = await wattest([...args, "--json"])
    assert.equal(exit, 0, stderr)
    return JSON.parse(stdout)
  }

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-archive-"))
    records = [5n, 7n, 9n].map((energyMillijoules, i) =>
      writeRun(at("archive"), device, BigInt(i), { registers: { energyMillijoules }, captures: 3 }),
    )
    const roots = records.map(({ root }) => root)
    for (const { run } of records)
      writeFileSync(
        at(join("archive", runFolder(device.id, run), ARCHIVE_FILES.receipt)),
        encodeDocument(receiptOf(device, 0n, roots, run)),
      )
  })
  after(() => rmSync(folder, { recursive: true }))

  describe("backup and restore", () => {
    let recipient = ""
    before(async () => {
      ;({ recipient } = await answer("archive", "key", "backup.key"))
      const { runs } = await answer(
        "archive",
        "backup",
        "--archive",
        "archive",
        "--recipient",
        recipient,
        "--out",
        "all.age",
      )
      assert.equal(runs, 3)
    })

    it("gives the secrets back on another machine that has the file and the key alone", async () => {
      const other = mkdtempSync(join(tmpdir(), "wattest-other-"))
      for (const name of ["all.age", "backup.key"]) writeFileSync(join(other, name), readFileSync(at(name)))
      const given = ["archive", "restore", join(other, "all.age"), "--identity", join(other, "backup.key")]
      assert.equal((await answer(...given, "--to", join(other, "archive"))).runs, 3)
      const restored = openArchive(join(other, "archive"))
      for (const record of records) assert.deepEqual(await restored.record(device.id, record.run), record)
      // With the evidence, which is kept by whoever keeps it, the runs are as good as they were.
      await answer("archive", "copy", "archive", join(other, "archive"))
      const [first, last] = [0n, 2n]
      const certificateOf = (archive = restored) =>
        createCertificate({
          archive,
          receipts: archivedReceipts(archive),
          device: device.id,
          firstRun: first,
          lastRun: last,
        })
      assert.deepEqual(await certificateOf(), await certificateOf(openArchive(at("archive"))))
      rmSync(other, { recursive: true })
    })

    it("shows a thief neither secrets nor names, and is not opened by another key", async () => {
      const sealed = readFileSync(at("all.age"))
      for (const { secret } of records) {
        assert.ok(!sealed.includes(Buffer.from(secret.slice(2), "hex")))
        assert.ok(!sealed.includes(secret.slice(2)))
      }
      assert.ok(!sealed.includes(device.id.slice(2)))
      await answer("archive", "key", "other.key")
      const { exit, stderr } = await wattest([
        "archive",
        "restore",
        "all.age",
        "--identity",
        "other.key",
        "--to",
        "none",
      ])
      assert.equal(exit, 1)
      assert.match(stderr, /cannot be opened/)
      assert.ok(!existsSync(at("none")))
    })

    it("is refused where a byte was changed or the end is missing", async () => {
      const sealed = readFileSync(at("all.age"))
      const changed = Buffer.from(sealed)
      changed[sealed.length - 40] = (changed[sealed.length - 40] ?? 0) ^ 1
      for (const bytes of [changed, sealed.subarray(0, -100), sealed.subarray(0, 200), Buffer.from("not age")]) {
        writeFileSync(at("bad.age"), bytes)
        const { exit, stderr } = await wattest([
          "archive",
          "restore",
          "bad.age",
          "--identity",
          "backup.key",
          "--to",
          "bad",
        ])
        assert.equal(exit, 1, stderr)
        assert.match(stderr, /cannot be opened/)
      }
    })

    it("keeps key and backup to their owner, and writes over neither", async () => {
      for (const name of ["backup.key", "all.age"]) assert.equal(statSync(at(name)).mode & 0o077, 0)
      const again = ["archive", "backup", "--archive", "archive", "--recipient", recipient, "--out", "all.age"]
      assert.equal((await wattest(again)).exit, 2)
      assert.equal((await wattest(["archive", "key", "backup.key"])).exit, 2)
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.includes("draft")),
        [],
      )
    })

    it("is not made of an archive that holds no run, such as a wrong address names", async () => {
      const given = ["archive", "backup", "--archive", "mistyped", "--recipient", recipient, "--out", "none.age"]
      const { exit, stderr } = await wattest(given)
      assert.deepEqual([exit, existsSync(at("none.age"))], [2, false])
      assert.match(stderr, /error: mistyped holds no run/)
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.includes("draft")),
        [],
      )
    })

    it("is not made of a record that does not give its own root", async () => {
      const bad = writeRun(at("broken"), device, 0n, { captures: 1 })
      const path = at(join("broken", runFolder(device.id, 0n), ARCHIVE_FILES.record))
      writeFileSync(path, encodeDocument({ ...bad, statement: { ...bad.statement, model: "other" } }))
      const given = ["archive", "backup", "--archive", "broken", "--recipient", recipient, "--out", "broken.age"]
      const { exit, stderr } = await wattest(given)
      assert.equal(exit, 1)
      assert.match(stderr, /TOTALS_MISMATCH/)
      assert.ok(!existsSync(at("broken.age")))
    })
  })

  it("copies to a bucket and back, byte for byte, again without a word, and proves from the bucket", async function () {
    const binary = findS3Server()
    if (binary === null) skip(this, "no object store: no Go to build one")
    const server = await startS3Server(binary ?? "")
    Object.assign(process.env, server.env)
    try {
      const bucket = server.address("site-a")
      const empty = await wattest(["archive", "copy", bucket, "nothing"], server.env)
      assert.equal(empty.exit, 2)
      assert.match(empty.stderr, /holds no run\nhint: check the address/)
      assert.equal((await answer("archive", "copy", "archive", bucket)).created, 9)
      assert.deepEqual([(await answer("archive", "copy", "archive", bucket)).there], [9])
      await answer("archive", "copy", bucket, "back")
      const name = join(runFolder(device.id, 1n), ARCHIVE_FILES.evidence)
      assert.deepEqual(readFileSync(at(join("back", name))), readFileSync(at(join("archive", name))))
      const proved = [
        "prove",
        "certificate",
        "--archive",
        bucket,
        "--device",
        device.id,
        "--runs",
        "0-2",
        "--out",
        "c.json",
      ]
      const { exit, stderr } = await wattest(proved)
      assert.equal(exit, 0, stderr)
      const missing = await wattest([
        "prove",
        "certificate",
        "--archive",
        bucket,
        "--device",
        device.id,
        "--runs",
        "0-9",
      ])
      assert.match(missing.stderr, /is not there/)
    } finally {
      await server.stop()
    }
  })
})
