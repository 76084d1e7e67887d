import assert from "node:assert/strict"
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type DeviceKey, type Hex, SCHEMES } from "@wattest/protocol"
import {
  createDeviceLog,
  type DeviceEvent,
  openDeviceLog,
  readDeviceLog,
  VOID_ROOT,
} from "../../attester/src/run/device-log.ts"

const word = (digit: string): Hex => `0x${digit.repeat(64)}`
const address = (digit: string): Hex => `0x${digit.repeat(40)}`
const KEY: DeviceKey = { scheme: SCHEMES.p256, key: `0x${"7".repeat(128)}` }

const opened = (run: bigint, origin: "live" | "recorded" = "live"): DeviceEvent => ({ event: "opened", run, origin })
const closed = (run: bigint, endTimeMs = 1000, root = word("a")): DeviceEvent => ({
  ...{ event: "closed", run, root, endTimeMs },
  lifetimeMillijoules: BigInt(endTimeMs),
})
const voided = (firstRun: bigint): DeviceEvent => ({ event: "voided", firstRun })
const anchored = (nextRun: bigint): DeviceEvent => ({ event: "anchored", nextRun })
const entered = (job: string, part: number): DeviceEvent => ({ event: "entered", job, part })

describe("a device's log", () => {
  let folder = ""
  let path = ""
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-log-"))
    path = join(folder, "device.journal")
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** What a new log says after these events, once from memory and once from the disk. */
  async function logged(...events: readonly DeviceEvent[]) {
    await createDeviceLog(path, KEY)
    const log = await openDeviceLog(path, KEY)
    try {
      for (const event of events) await log.record(event)
    } finally {
      await log.close()
    }
    const read = await readDeviceLog(path)
    assert.deepEqual(read, log.state)
    return read
  }
  const refused = async (message: RegExp, ...events: readonly DeviceEvent[]) => {
    await assert.rejects(logged(...events), { name: "DeviceLogError", message })
    rmSync(path)
  }

  it("numbers runs one by one, never two at once, and says when each ended", async () => {
    const state = await logged(opened(0n), closed(0n, 1000), opened(1n), { event: "void", run: 1n }, opened(2n))
    assert.deepEqual([state.nextRun, state.openRun, state.origin, state.lifetimeMillijoules], [3n, 2n, "live", 1000n])
    assert.deepEqual(
      [state.roots, state.endTimesMs],
      [
        [word("a"), VOID_ROOT],
        [1000, 1000],
      ],
    )
  })

  it("is none in which runs are out of order, of two origins, or end without having begun", async () => {
    await refused(/run 1 is out of order/, opened(1n))
    await refused(/run 0 is out of order/, opened(0n), closed(0n), opened(0n))
    await refused(/run 1 is out of order/, opened(0n), opened(1n))
    await refused(/run 1 is recorded, those before are live/, opened(0n), closed(0n), opened(1n, "recorded"))
    await refused(/run 0 ends, but it is not open/, closed(0n))
    await refused(/run 1 ends, but it is not open/, opened(0n), closed(1n))
    await refused(/run 0 ends, but it is not open/, opened(0n), closed(0n), { event: "void", run: 0n })
    await refused(/begins twice/, { event: "made", ...KEY })
  })

  it("voids runs that nobody has anchored, which end where the last one before them did", async () => {
    const runs = [opened(0n), closed(0n, 1000), opened(1n), closed(1n, 9000), opened(2n), closed(2n, 9500)]
    const state = await logged(...runs, anchored(1n), voided(1n))
    assert.deepEqual(state.roots, [word("a"), VOID_ROOT, VOID_ROOT])
    assert.deepEqual([state.endTimesMs, state.nextRun], [[1000, 1000, 1000], 3n])
    rmSync(path)
    await refused(/runs from 0 on cannot be void/, ...runs, anchored(1n), voided(0n))
    await refused(/runs from 1 on cannot be void/, ...runs, opened(3n), voided(1n))
    assert.deepEqual((await logged(opened(0n), closed(0n), voided(0n))).endTimesMs, [0])
  })

  it("forgets no anchor, and no part of a job", async () => {
    const state = await logged(anchored(5n), anchored(3n), entered("a", 0), entered("a", 2), entered("b", 1))
    assert.equal(state.anchoredBelow, 5n)
    assert.deepEqual(
      [...state.parts],
      [
        ["a", 2],
        ["b", 1],
      ],
    )
    rmSync(path)
    await refused(/part 2 of job a is entered twice/, entered("a", 2), entered("a", 2))
    await refused(/part 1 of job a is entered twice/, entered("a", 2), entered("a", 1))
  })

  it("keeps the enrolment and the end", async () => {
    const enrolment = {
      ...{
        chainId: 7,
        registry: address("1"),
        operator: address("2"),
        voucher: address("3"),
        boundary: "rack" as const,
      },
      ...{ evidence: word("e"), signature: `0x${"5".repeat(128)}` as Hex },
    }
    const state = await logged({ event: "enrolled", ...enrolment }, { event: "retired", runs: 4n })
    assert.deepEqual([state.enrolment, state.runsInAll], [enrolment, 4n])
  })

  it("is that of one key, made once", async () => {
    const { device } = await logged()
    assert.deepEqual(device, KEY)
    const other: DeviceKey = { ...KEY, key: `0x${"8".repeat(128)}` }
    await assert.rejects(openDeviceLog(path, other), { name: "DeviceLogError", message: /is not that of device/ })
    await assert.rejects(createDeviceLog(path, KEY), { name: "DeviceLogError", message: /holds a device already/ })
    assert.deepEqual((await readDeviceLog(path, KEY)).device, KEY)
    await assert.rejects(readDeviceLog(`${path}-none`), { message: /holds no device/ })
  })

  it("is on the disk before an event takes effect, and goes on behind what was torn off", async () => {
    await createDeviceLog(path, KEY)
    const log = await openDeviceLog(path, KEY)
    await log.record(opened(0n))
    assert.match(readFileSync(path, "utf8"), /"event":"opened"/)
    await log.close()
    appendFileSync(path, '00000000 {"event":"clo')
    const again = await openDeviceLog(path, KEY)
    await again.record(closed(0n))
    await again.close()
    assert.deepEqual((await readDeviceLog(path)).roots, [word("a")])
  })
})
