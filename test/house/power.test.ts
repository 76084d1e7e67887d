import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openJournal as openProofJournal } from "@wattest/prover"
import { skip } from "@wattest/testkit/skip"
import { buildDisk, seeded, VolatileDisk } from "@wattest/testkit/storage/volatile-disk"
import { openJournal, readJournal } from "../../attester/src/store/journal.ts"

const ROUNDS = 12
const SEEDS = process.env.WATTEST_DEPTH === "deep" ? 3000 : 150

async function recordsOf(path: string): Promise<readonly string[]> {
  const records: string[] = []
  for await (const some of readJournal(path)) records.push(...some)
  return records
}
const textOf = (round: number) => `${round},`.repeat(500)

describe("whatever a member writes, on a disk that loses what was not synced", function () {
  this.timeout(600_000)
  let folder: string
  let disk: VolatileDisk
  let moments = 0
  const left = () => `${disk.folder}.left`

  before(function () {
    folder = mkdtempSync(join(tmpdir(), "wattest-power-"))
    const library = join(folder, "volatile-disk.so")
    if (!buildDisk(library)) return skip(this, "no gcc to build the disk with")
    disk = new VolatileDisk(library, join(folder, "disk"))
    const env = { ...process.env, ...disk.settings }
    const { status, stderr } = spawnSync(process.execPath, ["test/house/writer.ts", disk.folder, `${ROUNDS}`], { env })
    assert.equal(status, 0, String(stderr))
    moments = disk.read()
  })
  afterEach(() => rmSync(left(), { recursive: true, force: true }))
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** The round whose text a file holds whole. Throws where it holds anything else. */
  function roundOf(path: string): number {
    const text = readFileSync(path, "utf8")
    const round = Number.parseInt(text, 10)
    assert.equal(text, textOf(round), path)
    return round
  }

  /** Promises that are broken by what the disk kept; a file that nobody may see half of throws where it is one. */
  async function broken(promises: readonly string[]): Promise<readonly string[]> {
    const at = (name: string) => join(left(), name)
    const newest = new Map<string, number>()
    for (const promise of promises) {
      const [what = "", round] = promise.split(" ")
      newest.set(what, Number(round))
    }
    const lost: string[] = []
    // what replaces another is the one that was promised last, or one after it
    for (const name of ["state", "profile", "claim"]) {
      const held = existsSync(at(name)) ? roundOf(at(name)) : -1
      if (held < (newest.get(name) ?? -1)) lost.push(name)
    }
    for (let round = 0; round <= (newest.get("key") ?? -1); round++)
      if (!existsSync(at(`key-${round}`)) || roundOf(at(`key-${round}`)) !== round) lost.push(`key ${round}`)
    const archived = existsSync(at("archive")) ? readdirSync(at("archive")).filter((name) => name[0] !== ".") : []
    assert.deepEqual(
      archived.map((name) => `run-${roundOf(join(at("archive"), name))}`),
      archived,
    )
    if (archived.length < (newest.get("archive") ?? -1) + 1) lost.push("archive")
    lost.push(...(await brokenInJournals(at, newest, promises)))
    return lost
  }

  /** The journals also go on from where they were cut. */
  async function brokenInJournals(
    at: (name: string) => string,
    newest: ReadonlyMap<string, number>,
    promises: readonly string[],
  ): Promise<readonly string[]> {
    const lost: string[] = []
    const journal = await openJournal(at("journal"))
    await journal.append(["next"])
    await journal.close()
    const records = await recordsOf(at("journal"))
    const whole = Array.from({ length: ROUNDS }, (_, round) => [textOf(round), `noted ${textOf(round)}`]).flat()
    assert.deepEqual(records, [...whole.slice(0, records.length - 1), "next"])
    // a record takes the one before it with it to the disk, which was only noted
    if (records.length - 1 < 2 * (newest.get("journal") ?? -1) + 1) lost.push("journal")
    const proofs = openProofJournal(at("claim.part"))
    for (const [what, round, blind] of promises.map((promise) => promise.split(" ")))
      if (what === "blind" && `${proofs.blind(Number(round))}` !== blind) lost.push(`blind ${round}`)
    proofs.close()
    return lost
  }

  it(`power lost at ${SEEDS} moments, any unsynced writes kept: what was promised by then is there, and nothing is half`, async () => {
    const seed = Date.now() % 2 ** 31
    const random = seeded(seed)
    for (let i = 0; i < SEEDS; i++) {
      const loss = { at: 1 + Math.floor(random() * moments), seed: i % 4 === 0 ? null : seed + i }
      disk.leave(left(), loss)
      assert.deepEqual(await broken(disk.promisedBy(loss.at)), [], `${JSON.stringify(loss)} of seed ${seed}`)
      rmSync(left(), { recursive: true })
    }
  })

  it("the loss is real: a disk that lies about its syncs breaks every kind of promise", async () => {
    disk.leave(left(), { at: moments, seed: null, isLying: true })
    const kinds = (await broken(disk.promisedBy(moments))).map((promise) => promise.split(" ")[0])
    assert.deepEqual([...new Set(kinds)], ["state", "profile", "claim", "key", "archive", "journal", "blind"])
  })
})

describe("a device's journal that is cut at any byte", () => {
  const RECORDS = ["one", "", "three, which is longer"]

  it("goes on behind its last whole record", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wattest-cut-"))
    const path = join(folder, "journal")
    const write = async (records: readonly string[]) => {
      const journal = await openJournal(path)
      await journal.append(records)
      await journal.close()
    }
    await write(RECORDS)
    const whole = readFileSync(path)
    for (let length = 0; length <= whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length))
      const kept = RECORDS.slice(0, whole.subarray(0, length).toString().split("\n").length - 1)
      await write(["next"])
      assert.match(readFileSync(path, "utf8"), / next\n$/)
      await write(["last"])
      assert.deepEqual(await recordsOf(path), [...kept, "next", "last"], `cut at ${length} of ${whole.length}`)
    }
    rmSync(folder, { recursive: true })
  })

  it("is refused where a whole record follows the damage, and read where records are longer than what is read at once", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wattest-cut-"))
    const path = join(folder, "journal")
    const journal = await openJournal(path)
    const long = ["a", "b"].map((letter) => letter.repeat(700_000))
    await journal.append([...long, "short"])
    await journal.close()
    assert.deepEqual(await recordsOf(path), [...long, "short"])
    const bytes = readFileSync(path)
    bytes[700_005] = 0x63
    writeFileSync(path, bytes)
    await assert.rejects(recordsOf(path), { name: "JournalDamaged", message: /line 1 is damaged, and line 2 is whole/ })
    await assert.rejects(openJournal(path), { name: "JournalDamaged" })
    assert.equal(readFileSync(path).length, bytes.length)
    rmSync(folder, { recursive: true })
  })
})
