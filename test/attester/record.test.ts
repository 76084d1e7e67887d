import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createDevice, Device, openKey, type Signer } from "@wattest/attester"
import { type Grade, type MeteredSensor, type VouchDocument, vouchDocument } from "@wattest/protocol"
import { archivedRuns } from "@wattest/testkit/attester/program"
import { recordOf } from "../../attester/src/run/archive.ts"
import type { RunProgress } from "../../attester/src/run/run.ts"
import { GAUGES as gauges, LABELS, START } from "./labels.ts"

const { vouch } = JSON.parse(readFileSync("test/vectors/protocol.json", "utf8"))
const DOCUMENT = vouchDocument(vouch.document, "$")
const SUPPLY: MeteredSensor = {
  ...{ sensor: "psu/input", role: "energy", method: "trapezoid", periodMs: 1000, ratingWatts: "3200" },
}
const BOARD: MeteredSensor = {
  ...{ sensor: "gpu0/energy", role: "accelerator", method: "counter", share: "0.5", wrapsAt: "18446744073709551616" },
}

describe("what is kept of a run", () => {
  let home = ""
  let signer: Signer
  let device: Device
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), "wattest-record-"))
    await createDevice(home, { scheme: "ed25519" })
    signer = await openKey(home)
    device = await Device.open(home, signer)
  })
  afterEach(async () => {
    await device.close()
    rmSync(home, { recursive: true })
  })
  const observation = (timeMs: number) => ({ timeMs, readings: [], gauges })

  describe("that a voucher has judged", () => {
    let progress: RunProgress
    beforeEach(async () => {
      const run = await device.openRun(LABELS, observation(START))
      progress = run.progress()
      await run.close()
    })
    /** The statement of a run by this plan, whose readings were of this grade. */
    function stated(vouched: VouchDocument | null, grade: Grade = "calibrated", metering = [SUPPLY, BOARD]) {
      const labels = { ...progress.labels, context: { ...progress.labels.context, metering } }
      const metered = { ...progress.metered, energyGrade: grade }
      const end = { lifetimeMillijoules: 0n, status: "complete", vouch: vouched } as const
      return recordOf(signer, { ...progress, labels, metered }, end).statement
    }
    const found = (change: Partial<VouchDocument["sensors"][number]>): VouchDocument => ({
      ...DOCUMENT,
      sensors: DOCUMENT.sensors.map((sensor) => (sensor.id === "psu/input" ? { ...sensor, ...change } : sensor)),
    })

    it("has no better grade than its findings allow, and a worse one where the readings have it", () => {
      const grade = (vouched: VouchDocument | null, of?: Grade) => stated(vouched, of, [SUPPLY]).energyGrade
      assert.equal(grade(null), "calibrated")
      assert.equal(grade(DOCUMENT), "calibrated")
      assert.equal(grade(found({ calibrations: [] })), "measured")
      assert.equal(grade(found({ channel: "open" })), "declared")
      assert.equal(grade(DOCUMENT, "simulated"), "simulated")
      assert.equal(grade(found({ channel: "open" }), "measured"), "declared")
    })

    it("says that it was metered by the plan of the document where it was, and else not", () => {
      const { fed } = stated(null)
      const more = stated(DOCUMENT).fed.filter((source) => !fed.includes(source))
      assert.equal(more.length, 1)
      for (const plan of [[SUPPLY], [SUPPLY, { ...BOARD, share: "1" }]])
        assert.deepEqual(
          stated(DOCUMENT, "calibrated", plan).fed.filter((source) => more.includes(source)),
          [],
        )
    })
  })

  describe("where the token is away", () => {
    let isAway = false
    let signed: Uint8Array[] = []
    let run: Awaited<ReturnType<Device["openRun"]>>
    beforeEach(async () => {
      await device.close()
      signed = []
      const sign = async (message: Uint8Array) => {
        if (isAway) throw new Error("the token is away")
        signed.push(message)
        return signer.sign(message)
      }
      device = await Device.open(home, { ...signer, sign })
      run = await device.openRun(LABELS, observation(START))
    })
    const observations = (first: number, count: number) =>
      Array.from({ length: count }, (_, i) => observation(START + first + i))
    async function captureUnsigned(first: number, count: number) {
      isAway = true
      await assert.rejects(run.capture(observations(first, count)), /token is away/)
      isAway = false
    }
    /** Read back, which verifies each signature and the root. */
    async function archived(endMs: number) {
      await run.end(observation(START + endMs), undefined)
      await device.closeRun()
      const [only] = archivedRuns(home)
      assert(only)
      return only
    }

    it("is each capture signed by the device, those too that came at once, or whose signature failed", async () => {
      await captureUnsigned(1, 2)
      await run.capture(observations(3, 20))
      const { evidence, salt } = await archived(60)
      assert.equal(evidence.length, 24)
      // Where the books stand is signed besides: the first capture when it opens, both ends when it closes.
      assert.equal(signed.length, evidence.length + 3)
      // Who is shown a capture must not know the salt of another one, nor of the statement
      assert.equal(new Set([salt, ...evidence.map((capture) => capture.salt)]).size, 25)
    })

    it("is each capture signed where more waited for it than are held back", async () => {
      for (let i = 0; i < 3; i += 1) await captureUnsigned(1 + 256 * i, 256)
      await run.capture(observations(769, 3))
      assert.equal((await archived(1000)).evidence.length, 773)
    })
  })
})
