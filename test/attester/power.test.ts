import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { Device, openKey } from "@wattest/attester"
import { deviceIdOf } from "@wattest/protocol"
import { openArchive } from "@wattest/prover"
import type { Loss } from "@wattest/testkit/storage/volatile-disk"
import { ForgetfulDisk } from "../forgetful-disk.ts"
import { GAUGES, LABELS, START } from "./labels.ts"

const RUNS = 2
const CAPTURES = 3
const SEEDS = process.env.WATTEST_DEPTH === "deep" ? 2000 : 60

describe("a device on a disk that loses what was not synced", function () {
  this.timeout(600_000)
  const disk = new ForgetfulDisk((home) => ["test/attester/power-device.ts", home, `${RUNS}`, `${CAPTURES}`])

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
    // nothing was promised of a device that was not made yet
    if (key === null) return
    const device = await Device.open(disk.left, await openKey(disk.left))
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
    await disk.atMoments(SEEDS, assertKept)
  })

  it("the loss is real: of a disk that lies about its syncs nothing is left", () => {
    assert.deepEqual(disk.leave({ at: disk.moments, seed: null, isLying: true }), [])
    assert.equal(existsSync(join(disk.left, "key.pem")), false)
    assert.equal(promisesAt(disk.moments).roots.length, RUNS)
  })
})
