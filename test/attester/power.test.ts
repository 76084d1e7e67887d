import assert from "node:assert/strict"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Device, openKey } from "@wattest/attester"
import { deviceIdOf } from "@wattest/protocol"
import { openArchive } from "@wattest/prover"
import { skip } from "@wattest/testkit/skip"
import { type Loss, ranOnDisk, seeded, type VolatileDisk } from "@wattest/testkit/storage/volatile-disk"
import { GAUGES, LABELS, START } from "./labels.ts"

const RUNS = 2
const CAPTURES = 3
const SEEDS = process.env.WATTEST_DEPTH === "deep" ? 2000 : 60

describe("a device on a disk that loses what was not synced", function () {
  this.timeout(600_000)
  let folder: string
  let disk: VolatileDisk
  let moments = 0
  const left = () => `${disk.folder}.left`

  before(function () {
    folder = mkdtempSync(join(tmpdir(), "wattest-device-power-"))
    const ran = ranOnDisk(folder, (home) => ["test/attester/power-device.ts", home, `${RUNS}`, `${CAPTURES}`])
    if (ran === null) return skip(this, "no gcc to build the disk with")
    ;({ disk, moments } = ran)
  })
  afterEach(() => rmSync(left(), { recursive: true, force: true }))
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** What was promised by a loss: the key, captures stored of each run, and the roots of those closed. */
  function promisesAt(at: number) {
    let key: string | null = null
    const captures = new Map<number, number>()
    const roots: string[] = []
    for (const [what, first = "", second = ""] of disk.promisedBy(at).map((promise) => promise.split(" "))) {
      if (what === "key") key = first
      if (what === "capture") captures.set(Number(first), Number(second))
      if (what === "closed") roots.push(second)
    }
    return { key, captures, roots }
  }

  /** Opens what the loss left as the next process does, and compares it with what was promised. */
  async function assertKept(loss: Loss): Promise<void> {
    const { key, captures, roots } = promisesAt(loss.at)
    disk.leave(left(), loss)
    // nothing was promised of a device that was not made yet
    if (key === null) return
    const device = await Device.open(left(), await openKey(left()))
    try {
      assert.equal(device.signer.device.key, key)
      const recovered = await device.recover()
      assert.deepEqual(device.state.roots.slice(0, roots.length), roots)
      const archive = openArchive(device.archive)
      for (const [run, promised] of captures) {
        const { statement, root } = await archive.record(deviceIdOf(device.state.device), BigInt(run))
        assert.ok(statement.captures > promised, `run ${run} has ${statement.captures} captures of ${promised + 1}`)
        assert.equal(root, device.state.roots[run])
      }
      assert.ok(recovered.outcome !== "void" || !captures.has(Number(recovered.run)), "no promised capture is void")
      // and it goes on
      const next = device.state.nextRun
      await device.openRun(LABELS, { timeMs: START + 1_000_000, readings: [], gauges: GAUGES })
      assert.equal((await device.closeRun()).record.run, next)
    } finally {
      await device.close()
    }
  }

  it(`power lost at ${SEEDS} moments: its key, each stored capture and each closed run are there, and it goes on`, async () => {
    const seed = Date.now() % 2 ** 31
    const random = seeded(seed)
    for (let i = 0; i < SEEDS; i++) {
      // somewhere in each stretch of the device's life
      const at = 1 + Math.floor(((i + random()) / SEEDS) * moments)
      const loss = { at, seed: i % 4 === 0 ? null : seed + i }
      try {
        await assertKept(loss)
      } catch (error) {
        throw new Error(`${JSON.stringify(loss)}: ${(error as Error).message}`, { cause: error })
      }
      rmSync(left(), { recursive: true, force: true })
    }
  })

  it("the loss is real: of a disk that lies about its syncs nothing is left", () => {
    assert.deepEqual(disk.leave(left(), { at: moments, seed: null, isLying: true }), [])
    assert.equal(existsSync(join(left(), "key.pem")), false)
    assert.equal(promisesAt(moments).roots.length, RUNS)
  })
})
