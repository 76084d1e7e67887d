import assert from "node:assert/strict"
import { mkdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { type Hex, type Submission, toHex } from "@wattest/protocol"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { assertBooksEqualChain } from "@wattest/testkit/relayer/books"
import { createDevice, documentOf, randomRoots, type TestDevice } from "@wattest/testkit/relayer/devices"
import { post, request, temporaryFolder, until } from "@wattest/testkit/relayer/harness"
import { type RelayProcess, startProcess } from "@wattest/testkit/relayer/process"
import { deployRegistry, type TestRegistry } from "@wattest/testkit/relayer/registry"
import { skip } from "@wattest/testkit/skip"
import { buildDisk, type Loss, seeded, VolatileDisk } from "@wattest/testkit/storage/volatile-disk"
import { sql } from "kysely"
import { openDatabase } from "../../relayer/src/store/open.ts"
import { submissionByDigest } from "../../relayer/src/store/reads.ts"

const DEVICES = 4
const PER_DEVICE = 6
const SEEDS = process.env.WATTEST_DEPTH === "deep" ? 3000 : 100

/** Moments at which the power goes, as the relayer's own API shows them, and what the disk keeps of unsynced writes. */
const LOSSES: readonly { title: string; seed: number | null; holds(status: Record<string, unknown>): boolean }[] = [
  { title: "as soon as the last promise is given, and nothing unsynced is kept", seed: null, holds: () => true },
  {
    title: "when transactions are on their way, and some of it is kept",
    seed: Date.now() % 2 ** 31,
    holds: ({ staged }) => Number(staged) > 0,
  },
]

describe("relayer on a disk that loses what was not synced", () => {
  const folder = temporaryFolder()
  const running: RelayProcess[] = []
  const library = join(folder.path, "volatile-disk.so")
  let anvil: Anvil
  let registry: TestRegistry

  before(async function () {
    if (!buildDisk(library)) return skip(this, "no gcc to build the disk with")
    anvil = await startAnvil()
    registry = await deployRegistry(anvil)
  })
  afterEach(async () => {
    for (const relay of running.splice(0)) await relay.kill()
  })
  after(async () => {
    await anvil?.stop()
    folder.remove()
  })

  const settingsIn = (store: string) => ({
    WATTEST_RELAY_STORE: join(store, "relayer.sqlite"),
    WATTEST_RELAY_PROMISE_KEY: join(store, "promise.key"),
  })

  async function start(store: string, settings: Readonly<Record<string, string>> = {}): Promise<RelayProcess> {
    const own = `${store}.process`
    mkdirSync(own, { recursive: true })
    const relay = await startProcess({
      registry,
      rpcUrls: [anvil.url],
      folder: own,
      account: 2,
      settings: { ...settingsIn(store), ...settings },
    })
    running.push(relay)
    return relay
  }

  /** Hands in a few submissions of each device, the devices side by side; each promise is noted on the disk. */
  async function handIn(url: string, disk: VolatileDisk) {
    const devices = Array.from({ length: DEVICES }, () => createDevice())
    await registry.enrol(devices)
    const accepted: { device: TestDevice; submission: Submission; signer: unknown }[] = []
    const each = devices.map(async (device) => {
      for (let run = 0; run < PER_DEVICE; run++) {
        const submission = device.submission(registry, run, randomRoots(1))
        const { status, body } = await post(url, submission)
        assert.equal(status, 202)
        disk.promised(digestOf(submission))
        accepted.push({ device, submission, signer: (body.promise as { signer: unknown }).signer })
      }
    })
    await Promise.all(each)
    return accepted
  }

  const digestOf = (submission: Submission) => toHex(keccak_256(documentOf(submission)))

  /** Promises that a loss of power breaks: what the store left by it does not hold, or all where it cannot be opened. */
  async function brokenPromises(disk: VolatileDisk, store: string, loss: Loss): Promise<readonly string[]> {
    const promised = disk.promisedBy(loss.at)
    disk.leave(store, loss)
    try {
      const db = await openDatabase({ file: join(store, "relayer.sqlite") })
      try {
        const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(db.kysely)
        if (rows[0]?.integrity_check !== "ok") return ["the store is damaged"]
        const held = await Promise.all(promised.map((digest) => submissionByDigest(db, digest as Hex)))
        const keyOf = (place: string) => readFileSync(join(place, "promise.key"), "utf8")
        if (promised.length > 0 && keyOf(store) !== keyOf(disk.folder)) return ["the promise key is another"]
        return promised.filter((_, i) => held[i] === undefined)
      } finally {
        await db.kysely.destroy()
      }
    } catch (error) {
      return [(error as Error).message]
    } finally {
      rmSync(store, { recursive: true, force: true })
    }
  }

  LOSSES.forEach(({ title, seed, holds }, i) => {
    it(`power lost ${title}: all that was promised is there, and anchored once (seed ${seed})`, async () => {
      const disk = new VolatileDisk(library, join(folder.path, `loss-${i}`))
      const first = await start(disk.folder, disk.settings)
      const accepted = await handIn(first.url, disk)
      await until(async () => holds((await request(`${first.url}/v1/status`)).body))
      await first.kill()
      const left = `${disk.folder}.left`
      disk.leave(left, { at: disk.read(), seed })
      const second = await start(left)
      for (const { submission, signer } of accepted) {
        assert.equal((await request(`${second.url}/v1/submissions/${digestOf(submission)}`)).status, 200)
        const again = await post(second.url, submission)
        assert.deepEqual([again.status, (again.body.promise as { signer: unknown }).signer], [200, signer])
      }
      await assertBooksEqualChain({ anvil, registry, url: second.url, accepted })
    })
  })

  describe("at any moment", function () {
    this.timeout(600_000)
    let disk: VolatileDisk
    let records = 0

    before(async () => {
      disk = new VolatileDisk(library, join(folder.path, "moments"))
      const relay = await start(disk.folder, disk.settings)
      await handIn(relay.url, disk)
      await until(async () => Number((await request(`${relay.url}/v1/status`)).body.staged) > 0)
      await relay.kill()
      records = disk.read()
    })

    it(`power lost at ${SEEDS} of them, any unsynced writes kept: what was promised by then is there`, async () => {
      const seed = Date.now() % 2 ** 31
      const random = seeded(seed)
      for (let i = 0; i < SEEDS; i++) {
        const loss = { at: 1 + Math.floor(random() * records), seed: i % 4 === 0 ? null : seed + i }
        const broken = await brokenPromises(disk, `${disk.folder}.left`, loss)
        assert.deepEqual(broken, [], `${JSON.stringify(loss)} of seed ${seed}`)
      }
    })

    it("the loss is real: a disk that lies about its syncs keeps no promise", async () => {
      const lie = { at: records, isLying: true }
      assert.deepEqual(disk.leave(`${disk.folder}.nothing`, { ...lie, seed: null }), [])
      for (let seed = 0; seed < 10; seed++)
        assert.notDeepEqual(await brokenPromises(disk, `${disk.folder}.left`, { ...lie, seed }), [], `seed ${seed}`)
    })
  })
})
