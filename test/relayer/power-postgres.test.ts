import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { type Submission, toHex } from "@wattest/protocol"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { freePort } from "@wattest/testkit/local/processes"
import { assertBooksEqualChain } from "@wattest/testkit/relayer/books"
import { createDevice, documentOf, randomRoots, type TestDevice } from "@wattest/testkit/relayer/devices"
import { post, temporaryFolder, until } from "@wattest/testkit/relayer/harness"
import { type RelayProcess, startProcess } from "@wattest/testkit/relayer/process"
import { deployRegistry, type TestRegistry } from "@wattest/testkit/relayer/registry"
import { skip } from "@wattest/testkit/skip"
import { createCluster, type Server, startServer } from "@wattest/testkit/storage/postgres"
import { buildDisk, type Loss, seeded, VolatileDisk } from "@wattest/testkit/storage/volatile-disk"
import pg from "pg"
import { openDatabase } from "../../relayer/src/store/open.ts"

const DEVICES = 4
const PER_DEVICE = 5
const SEEDS = process.env.WATTEST_DEPTH === "deep" ? 40 : 3

const digestOf = (submission: Submission) => toHex(keccak_256(documentOf(submission)))

async function ask<T extends pg.QueryResultRow>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query<T>(text)).rows
  } finally {
    await client.end()
  }
}

describe("relayer on PostgreSQL, on a disk that loses what was not synced", function () {
  this.timeout(600_000)
  const folder = temporaryFolder()
  const base = join(folder.path, "base")
  const library = join(folder.path, "volatile-disk.so")
  const relays: RelayProcess[] = []
  const servers: Server[] = []
  const accepted: { device: TestDevice; submission: Submission }[] = []
  let anvil: Anvil
  let registry: TestRegistry
  let disk: VolatileDisk

  before(async function () {
    if (!buildDisk(library)) return skip(this, "no gcc to build the disk with")
    // The server's own user works in it.
    chmodSync(folder.path, 0o777)
    anvil = await startAnvil()
    registry = await deployRegistry(anvil)
    const live = join(folder.path, "live")
    await createCluster(live, "relay")
    copy(live, base)
    disk = new VolatileDisk(library, live)
    const server = await serve(live, disk.settings)
    const relay = await start(server)
    await handIn(relay.url, () => ask(server.urlOf("relay"), "checkpoint"))
    await relay.kill()
    await server.kill()
  })
  afterEach(async () => {
    for (const relay of relays.splice(0)) await relay.kill()
    for (const server of servers.splice(0)) await server.kill()
  })
  after(async () => {
    await anvil?.stop()
    folder.remove()
  })

  const copy = (from: string, to: string) => assert.equal(spawnSync("cp", ["-a", from, to]).status, 0)

  async function serve(data: string, environment?: Readonly<Record<string, string>>, port?: number): Promise<Server> {
    const server = await startServer(data, port ?? (await freePort()), environment)
    servers.push(server)
    return server
  }

  async function start(server: Server, settings: Readonly<Record<string, string>> = {}): Promise<RelayProcess> {
    const own = join(folder.path, "process")
    mkdirSync(own, { recursive: true })
    const relay = await startProcess({
      registry,
      rpcUrls: [anvil.url],
      folder: own,
      account: 2,
      settings: { DATABASE_URL: server.urlOf("relay"), ...settings },
    })
    relays.push(relay)
    return relay
  }

  /** Hands in a few submissions of each device; each promise is noted on the disk, and halfway `between` is done. */
  async function handIn(url: string, between: () => Promise<unknown>): Promise<void> {
    const devices = Array.from({ length: DEVICES }, () => createDevice())
    await registry.enrol(devices)
    for (let run = 0; run < PER_DEVICE; run++) {
      if (run === PER_DEVICE >> 1) await between()
      const each = devices.map(async (device) => {
        const submission = device.submission(registry, run, randomRoots(1))
        assert.equal((await post(url, submission)).status, 202)
        disk.promised(digestOf(submission))
        accepted.push({ device, submission })
      })
      await Promise.all(each)
    }
  }

  /** A server on what a loss of power leaves. */
  async function recover(loss: Loss): Promise<Server> {
    const left = join(folder.path, "left")
    rmSync(left, { recursive: true, force: true })
    copy(base, left)
    disk.leave(left, { ...loss, namesFollowFiles: true })
    rmSync(join(left, "postmaster.pid"), { force: true })
    const { uid, gid } = statSync(base)
    assert.equal(spawnSync("chown", ["-R", `${uid}:${gid}`, left]).status, 0)
    return serve(left)
  }

  /** Promises that a loss of power breaks. */
  async function brokenPromises(loss: Loss): Promise<readonly string[]> {
    const promised = disk.promisedBy(loss.at)
    const server = await recover(loss)
    try {
      const url = server.urlOf("relay")
      const [table] = await ask<{ name: string | null }>(url, "select to_regclass('submissions')::text as name")
      const rows = table?.name ? await ask<{ digest: string }>(url, "select digest from submissions") : []
      const held = new Set(rows.map(({ digest }) => digest))
      return promised.filter((digest) => !held.has(digest))
    } finally {
      await server.kill()
    }
  }

  it(`power lost at ${SEEDS} moments, any unsynced writes kept: what was promised by then is there`, async () => {
    const records = disk.read()
    const seed = Date.now() % 2 ** 31
    const random = seeded(seed)
    for (let i = 0; i < SEEDS; i++) {
      const loss = { at: 1 + Math.floor(random() * records), seed: i % 4 === 3 ? null : seed + i }
      assert.deepEqual(await brokenPromises(loss), [], `${JSON.stringify(loss)} of seed ${seed}`)
    }
  })

  it("power lost at the end: another relayer goes on, and all that was promised is anchored once", async () => {
    const server = await recover({ at: disk.read(), seed: Date.now() % 2 ** 31 })
    // As if the time had passed after which a silent relayer counts as dead.
    await ask(server.urlOf("relay"), "update senders set beat_ms = 0")
    const relay = await start(server)
    await assertBooksEqualChain({ anvil, registry, url: relay.url, accepted })
  })

  it("the loss is real: a disk that lies about its syncs keeps no promise", async () => {
    const at = disk.read()
    assert.equal((await brokenPromises({ at, seed: null, isLying: true })).length, accepted.length)
  })

  it("the server ends in the middle and comes back: refused meanwhile, and all that was promised is anchored once", async () => {
    const data = join(folder.path, "ending")
    copy(base, data)
    const port = await freePort()
    const server = await serve(data, {}, port)
    const relay = await start(server)
    const device = createDevice()
    await registry.enrol([device])
    const kept: typeof accepted = []
    const refusals = new Set<unknown>()
    const submissions = Array.from({ length: 12 }, (_, run) => device.submission(registry, run, randomRoots(1)))
    for (const [run, submission] of submissions.entries()) {
      let answering = post(relay.url, submission)
      if (run === 6) await server.kill()
      for (;;) {
        const { status, body } = await answering
        if (status < 300) break
        if (refusals.size === 0) await serve(data, {}, port)
        refusals.add((body.error as { code: string }).code)
        answering = post(relay.url, submission)
      }
      kept.push({ device, submission })
    }
    assert.deepEqual([...refusals], ["STORE_UNAVAILABLE"])
    await assertBooksEqualChain({ anvil, registry, url: relay.url, accepted: kept })
  })

  it("refuses to start on a server that may lose what it has committed, unless told that it is safe", async () => {
    const server = await serve(base)
    const databaseUrl = server.urlOf("relay")
    const open = async (...mayBeOff: string[]) => (await openDatabase({ databaseUrl, mayBeOff })).kysely.destroy()
    const names = ["fsync", "full_page_writes", "synchronous_commit"]
    await open()
    for (const name of names) {
      const others = names.filter((other) => other !== name)
      await ask(databaseUrl, `alter system set ${name} = off`)
      await ask(databaseUrl, "select pg_reload_conf()")
      await until(async () => (await ask(databaseUrl, `show ${name}`))[0]?.[name] === "off")
      await assert.rejects(open(...others), new RegExp(`runs with ${name} = off: .*set ${name} = on`))
      await open(name)
      if (name === "fsync") {
        await assert.rejects(start(server), /runs with fsync = off/)
        await start(server, { WATTEST_RELAY_STORE_MAY_LACK: "fsync" })
      }
      await ask(databaseUrl, `alter system reset ${name}`)
    }
  })
})
