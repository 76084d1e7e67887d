import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { type Submission, toHex } from "@wattest/protocol"
import { type Anvil, startAnvil } from "./support/anvil.ts"
import { assertBooksEqualChain } from "./support/books.ts"
import { createDevice, documentOf, randomRoots, type TestDevice } from "./support/devices.ts"
import { post, request, temporaryFolder, until } from "./support/harness.ts"
import { type RelayProcess, startProcess } from "./support/process.ts"
import { deployRegistry, type TestRegistry } from "./support/registry.ts"

const DEVICES = 4
const PER_DEVICE = 6
const SOURCE = new URL("./support/volatile-disk.c", import.meta.url).pathname

/** Moments at which the power goes, as the relayer's own API shows them. */
const LOSSES: readonly { readonly title: string; holds(status: Record<string, unknown>): boolean }[] = [
  { title: "as soon as the last promise is given", holds: () => true },
  { title: "when transactions are on their way", holds: ({ staged }) => Number(staged) > 0 },
]

/** A folder whose unsynced writes can be lost. */
function volatileDisk(folder: string, isLying: boolean) {
  mkdirSync(folder)
  // The disk compares real paths.
  const at = (...names: string[]) => join(realpathSync(folder), ...names)
  for (const name of ["store", "durable/data", "durable/names"]) mkdirSync(at(name), { recursive: true })
  return {
    settings: {
      LD_PRELOAD: at("..", "volatile-disk.so"),
      DISK_VOLATILE: at("store"),
      DISK_DURABLE: at("durable"),
      WATTEST_RELAY_STORE: at("store", "relayer.sqlite"),
      WATTEST_RELAY_PROMISE_KEY: at("store", "promise.key"),
      ...(isLying ? { DISK_LIES: "1" } : {}),
    },
    /** Puts back what was synced, and nothing else. Answers the names that survived. */
    losePower(): string[] {
      rmSync(at("store"), { recursive: true })
      mkdirSync(at("store"))
      const names = readdirSync(at("durable/names")).filter((name) => !name.startsWith("."))
      for (const name of names) {
        const bytes = at("durable/data", readlinkSync(at("durable/names", name)))
        if (existsSync(bytes)) copyFileSync(bytes, at("store", name))
        else writeFileSync(at("store", name), "", { mode: 0o600 })
      }
      return names
    },
  }
}

describe("relayer on a disk that loses what was not synced", () => {
  const folder = temporaryFolder()
  const running: RelayProcess[] = []
  let anvil: Anvil
  let registry: TestRegistry

  before(async function () {
    const build = spawnSync("gcc", ["-shared", "-fPIC", "-O1", "-o", join(folder.path, "volatile-disk.so"), SOURCE])
    if (build.error) {
      console.log("      skipped: no gcc to build the disk with")
      return this.skip()
    }
    assert.equal(build.status, 0, String(build.stderr))
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

  async function start(name: string, settings: Readonly<Record<string, string>>): Promise<RelayProcess> {
    const relay = await startProcess({
      registry,
      rpcUrls: [anvil.url],
      folder: join(folder.path, name),
      account: 2,
      settings,
    })
    running.push(relay)
    return relay
  }

  /** Hands in a few submissions of each device, the devices side by side, and answers those with a promise. */
  async function handIn(url: string, devices: readonly TestDevice[]) {
    const accepted: { device: TestDevice; submission: Submission; signer: unknown }[] = []
    const each = devices.map(async (device) => {
      for (let run = 0; run < PER_DEVICE; run++) {
        const submission = device.submission(registry, run, randomRoots(1))
        const { status, body } = await post(url, submission)
        assert.equal(status, 202)
        accepted.push({ device, submission, signer: (body.promise as { signer: unknown }).signer })
      }
    })
    await Promise.all(each)
    return accepted
  }

  const digestOf = (submission: Submission) => toHex(keccak_256(documentOf(submission)))
  const enrolled = async () => {
    const devices = Array.from({ length: DEVICES }, () => createDevice())
    await registry.enrol(devices)
    return devices
  }

  LOSSES.forEach(({ title, holds }, i) => {
    it(`power lost ${title}: all that was promised is there, and anchored once`, async () => {
      const disk = volatileDisk(join(folder.path, `loss-${i}`), false)
      const first = await start(`loss-${i}`, disk.settings)
      const accepted = await handIn(first.url, await enrolled())
      await until(async () => holds((await request(`${first.url}/v1/status`)).body))
      await first.kill()
      disk.losePower()
      const second = await start(`loss-${i}`, disk.settings)
      for (const { submission, signer } of accepted) {
        assert.equal((await request(`${second.url}/v1/submissions/${digestOf(submission)}`)).status, 200)
        const again = await post(second.url, submission)
        assert.deepEqual([again.status, (again.body.promise as { signer: unknown }).signer], [200, signer])
      }
      await assertBooksEqualChain({ anvil, registry, url: second.url, accepted })
    })
  })

  it("the loss is real: on a disk that lies about its syncs nothing is left", async () => {
    const disk = volatileDisk(join(folder.path, "lies"), true)
    const first = await start("lies", disk.settings)
    const accepted = await handIn(first.url, await enrolled())
    await first.kill()
    assert.deepEqual(disk.losePower(), [])
    const second = await start("lies", disk.settings)
    for (const { submission } of accepted)
      assert.equal((await request(`${second.url}/v1/submissions/${digestOf(submission)}`)).status, 404)
  })
})
