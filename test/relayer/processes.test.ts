import assert from "node:assert/strict"
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { accountOf } from "@wattest/testkit/local/accounts"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { assertBooksEqualChain, mineUntil } from "@wattest/testkit/relayer/books"
import { createDevice, documentOf, randomRoots } from "@wattest/testkit/relayer/devices"
import { post, request, temporaryFolder, until } from "@wattest/testkit/relayer/harness"
import { environmentOf, type ProcessSetup, type RelayProcess, startProcess } from "@wattest/testkit/relayer/process"
import { deployRegistry, type TestRegistry } from "@wattest/testkit/relayer/registry"
import { startProxy } from "@wattest/testkit/relayer/rpc-proxy"
import { skip } from "@wattest/testkit/skip"
import { type Postgres, startPostgres } from "@wattest/testkit/storage/postgres"
import { openDatabase } from "../../relayer/src/store/open.ts"

const MAIN = new URL("../../relayer/src/main.ts", import.meta.url).pathname
const SIGNER = new URL("../../testkit/src/relayer/signer-process.ts", import.meta.url).pathname

type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string }

async function command(args: readonly string[], env: NodeJS.ProcessEnv = { PATH: process.env.PATH }): Promise<Ended> {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [MAIN, ...args], { env })) }
  } catch (error) {
    return error as Ended
  }
}

/** A promise, and what keeps it. */
function gate(): [Promise<void>, () => void] {
  const { promise, resolve } = Promise.withResolvers<void>()
  return [promise, resolve]
}

describe("wattest-relay", () => {
  const folders: ReturnType<typeof temporaryFolder>[] = []
  const running: (RelayProcess | ChildProcess)[] = []
  let anvil: Anvil
  let registry: TestRegistry

  before(async () => {
    anvil = await startAnvil()
    registry = await deployRegistry(anvil)
  })
  afterEach(async () => {
    for (const child of running.splice(0)) "url" in child ? await child.kill() : child.kill("SIGKILL")
  })
  after(async () => {
    await anvil.stop()
    for (const folder of folders) folder.remove()
  })

  function folder(): string {
    const made = temporaryFolder()
    folders.push(made)
    return made.path
  }

  async function start(setup: Omit<ProcessSetup, "registry" | "rpcUrls">): Promise<RelayProcess> {
    const relay = await startProcess({ registry, rpcUrls: [anvil.url], ...setup })
    running.push(relay)
    return relay
  }

  async function enrolled() {
    const device = createDevice()
    await registry.enrol([device])
    return device
  }

  it("is replaced in the middle of its work by another with an empty store: devices hand in again, each run is anchored once", async () => {
    const device = await enrolled()
    const submissions = [0, 2, 4].map((first) => device.submission(registry, first, randomRoots(2)))
    const old = await start({ folder: folder(), account: 2 })
    for (const submission of submissions) assert.equal((await post(old.url, submission)).status, 202)
    await mineUntil(anvil, async () => (await registry.roots(device)).length > 0)
    await old.kill()
    const fresh = await start({ folder: folder(), account: 2 })
    for (const submission of submissions) assert.ok([200, 202].includes((await post(fresh.url, submission)).status))
    await mineUntil(anvil, async () => (await registry.roots(device)).length === 6)
    const receipt = async () => (await request(`${fresh.url}/v1/receipts/${device.id}/0`)).status === 200
    await mineUntil(anvil, receipt)
    assert.deepEqual(
      (await registry.anchored(device)).map(({ run }) => run),
      [0, 1, 2, 3, 4, 5],
    )
  })

  it("gives receipts of runs that another relayer anchored", async () => {
    const device = await enrolled()
    const submission = device.submission(registry, 0, randomRoots(2))
    const old = await start({ folder: folder(), account: 2 })
    await post(old.url, submission)
    await assertBooksEqualChain({ anvil, registry, url: old.url, accepted: [{ device, submission }] })
    const fresh = await start({ folder: folder(), account: 3 })
    const { status, body } = await request(`${fresh.url}/v1/receipts/${device.id}/1`)
    assert.equal(status, 200, JSON.stringify(body))
    assert.deepEqual((body.submission as { roots: string[] }).roots, submission.roots)
  })

  it("signs by a remote signer, and sends nothing that the signer altered or signed with another key", async () => {
    for (const mood of ["other", "altered", "honest"]) {
      const signer = spawn(process.execPath, [SIGNER, "4", mood], { stdio: ["ignore", "pipe", "inherit"] })
      running.push(signer)
      const [port] = await once(signer.stdout, "data")
      const home = folder()
      const { WATTEST_RELAY_KEY_PASSWORD_FILE: _, ...env } = environmentOf({
        registry,
        rpcUrls: [anvil.url],
        folder: home,
        account: 4,
      })
      const settings = { WATTEST_RELAY_KEY: `http://127.0.0.1:${String(port).trim()}#${accountOf(4).address}` }
      const relay = await startProcess({
        registry,
        rpcUrls: [anvil.url],
        folder: home,
        account: 4,
        environment: { ...env, ...settings },
      })
      running.push(relay)
      const device = await enrolled()
      const submission = device.submission(registry, 0, randomRoots(1))
      assert.equal((await post(relay.url, submission)).status, 202)
      if (mood === "honest") {
        await assertBooksEqualChain({ anvil, registry, url: relay.url, accepted: [{ device, submission }] })
        continue
      }
      await mineUntil(anvil, async () => relay.log.some((line) => line.includes("the remote signer signed")))
      assert.deepEqual(await registry.roots(device), [])
    }
  })

  it("survives a full disk: refuses while it lasts, anchors what it accepted, goes on after", async function () {
    const mount = folder()
    try {
      await promisify(execFile)("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mount])
    } catch {
      return skip(this, "mounting a small tmpfs needs privileges")
    }
    try {
      const device = await enrolled()
      const relay = await start({ folder: mount, account: 5 })
      const accepted = []
      let refusals = 0
      for (let run = 0; refusals === 0 && run < 4000; ) {
        const submission = device.submission(registry, run, randomRoots(64))
        const { status, body } = await post(relay.url, submission)
        if (status === 202) {
          accepted.push({ device, submission })
          run += 64
        } else {
          assert.equal((body.error as { code: string }).code, "STORE_UNAVAILABLE", JSON.stringify(body))
          refusals++
        }
      }
      assert.ok(refusals > 0, "the disk did not fill")
      await promisify(execFile)("mount", ["-o", "remount,size=64m", mount])
      await assertBooksEqualChain({ anvil, registry, url: relay.url, accepted })
      await relay.kill()
    } finally {
      await promisify(execFile)("umount", ["-l", mount])
    }
  })

  it("drains: anchors what is accepted, then ends", async () => {
    const device = await enrolled()
    const home = folder()
    const setup = { registry, rpcUrls: [anvil.url], folder: home, account: 6 }
    const relay = await start({ folder: home, account: 6 })
    assert.equal((await post(relay.url, device.submission(registry, 0, randomRoots(2)))).status, 202)
    assert.equal(await relay.stop(), 0)
    const mining = setInterval(() => anvil.rpc("anvil_mine", "0x1"), 100)
    try {
      const { code, stderr } = await command(["drain"], environmentOf(setup))
      assert.equal(code, 0, stderr)
    } finally {
      clearInterval(mining)
    }
    assert.equal((await registry.roots(device)).length, 2)
  })

  it("submits a file and says how it stands", async () => {
    const device = await enrolled()
    const home = folder()
    const relay = await start({ folder: home, account: 7 })
    const file = join(home, "submission.json")
    writeFileSync(file, documentOf(device.submission(registry, 0, randomRoots(1))))
    const mining = setInterval(() => anvil.rpc("anvil_mine", "0x1"), 100)
    try {
      const done = await command(["submit", file, "--relayer", relay.url, "--wait", "--json"])
      assert.deepEqual([done.code, JSON.parse(done.stdout).state], [0, "final"])
    } finally {
      clearInterval(mining)
    }
    const status = await command(["status", "--relayer", relay.url])
    assert.equal(status.code, 0)
    assert.match(status.stdout, /^queued\s+0$/m)
    assert.match(status.stdout, /^lastStep\s+20\d\d-[\d-]+T[\d:]+Z$/m)
    assert.match(status.stdout, /^lastError\s+none$/m)
    writeFileSync(file, documentOf(device.submission(registry, 5, randomRoots(1))))
    const refused = await command(["submit", file, "--relayer", relay.url])
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /^error: .*RUN_GAP/)
  })

  it("says what is wrong with its command line and its settings", async () => {
    assert.equal((await command(["status", "--relayer", "http://127.0.0.1:9"])).code, 3)
    assert.equal((await command(["sing"])).code, 2)
    assert.equal((await command(["serve", "--nonsense"])).code, 2)
    const empty = await command(["serve"])
    assert.equal(empty.code, 2)
    for (const name of ["RPC_URLS", "CHAIN_ID", "REGISTRY"])
      assert.match(empty.stderr, new RegExp(`WATTEST_RELAY_${name}: is missing`))
    const good = environmentOf({ registry, rpcUrls: [anvil.url], folder: folder(), account: 7 })
    const cases: readonly [NodeJS.ProcessEnv, RegExp, number][] = [
      [{ WATTEST_RELAY_POLL: "5" }, /WATTEST_RELAY_POLL: there is no such setting/, 2],
      [{ WATTEST_RELAY_PORT: "http" }, /WATTEST_RELAY_PORT: expected the port/, 2],
      [{ WATTEST_RELAY_KEY_PASSWORD_FILE: MAIN }, /wrong password/, 2],
      [{ WATTEST_RELAY_CHAIN_ID: "5" }, /serve chain 31337, the configuration says 5/, 1],
      [{ WATTEST_RELAY_REGISTRY: registry.operator }, /there is no registry at 0x[0-9a-f]{40} on chain 31337/, 1],
    ]
    for (const [change, message, code] of cases) {
      const ended = await command(["serve"], { ...good, ...change })
      assert.match(ended.stderr, message)
      assert.equal(ended.code, code)
    }
  })

  describe("twice on one PostgreSQL", () => {
    let postgres: Postgres
    before(async () => {
      postgres = await startPostgres()
    })
    after(() => postgres.stop())

    for (const [title, accounts] of [
      ["with an account each", [2, 3]],
      ["with one account: one sends, the other stands by", [4, 4]],
    ] as const)
      it(`${title}: each run is anchored once, also when one is killed`, async () => {
        const databaseUrl = await postgres.createDatabase(`relay${accounts.join("_")}`)
        const relays = []
        for (const account of accounts)
          relays.push(await start({ folder: folder(), account, settings: { DATABASE_URL: databaseUrl } }))
        const devices = [await enrolled(), await enrolled(), await enrolled()]
        const accepted = devices.flatMap((device) =>
          [0, 2, 4].map((first) => ({ device, submission: device.submission(registry, first, randomRoots(2)) })),
        )
        for (const [i, { submission }] of accepted.entries())
          assert.equal((await post(relays[i % 2]?.url ?? "", submission)).status, 202)
        await mineUntil(anvil, async () => (await registry.roots(devices[0] ?? createDevice())).length > 0)
        await relays[0]?.kill()
        await assertBooksEqualChain({ anvil, registry, url: relays[1]?.url ?? "", accepted })
      })

    it("shows that it lives while a node lets it wait", async () => {
      const databaseUrl = await postgres.createDatabase("beats")
      const proxy = await startProxy(anvil.url)
      const settings = { DATABASE_URL: databaseUrl, WATTEST_RELAY_RPC_TIMEOUT_MS: "60000" }
      const relay = await startProcess({ registry, rpcUrls: [proxy.url], folder: folder(), account: 5, settings })
      running.push(relay)
      const device = await enrolled()
      const submission = device.submission(registry, 0, randomRoots(1))
      const [held, hold] = gate()
      const [released, release] = gate()
      proxy.interfere(async ({ method }) => {
        if (method !== "eth_sendRawTransaction") return null
        hold()
        await released
        return null
      })
      assert.equal((await post(relay.url, submission)).status, 202)
      await held
      const db = await openDatabase({ databaseUrl })
      const beat = async () =>
        (await db.kysely.selectFrom("senders").select("beat_ms").executeTakeFirst())?.beat_ms ?? 0
      const first = await beat()
      await until(async () => (await beat()) > first)
      await db.kysely.destroy()
      release()
      await assertBooksEqualChain({ anvil, registry, url: relay.url, accepted: [{ device, submission }] })
      await relay.kill()
      await proxy.stop()
    })
  })
})
