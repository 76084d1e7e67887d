import assert from "node:assert/strict"
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import {
  createDevice,
  Device,
  deviceOf,
  openKey,
  type RunCounter,
  type Signer,
  signEnrolment,
  signRetirement,
  signSubmission,
} from "@wattest/attester"
import {
  encodeCanonicalJson,
  enrolmentMessage,
  fromHex,
  type Hex,
  parseEvidenceCapture,
  retirementMessage,
  submissionMessage,
  toJson,
} from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { VOID_ROOT } from "../../attester/src/run/device-log.ts"
import { Stands, standingOf } from "../../attester/src/run/last-run.ts"
import { GAUGES as gauges, LABELS, START } from "./labels.ts"

const address = (digit: string): Hex => `0x${digit.repeat(40)}`
const TARGET = { chainId: 7, registry: address("1") }
const TERMS = {
  ...TARGET,
  ...{
    operator: address("2"),
    voucher: address("3"),
    boundary: "node" as const,
    evidence: `0x${"e".repeat(64)}` as Hex,
  },
}
const MINUTE_MS = 60_000

describe("a device's life", () => {
  let home = ""
  let signer: Signer
  let device: Device
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), "wattest-life-"))
    await createDevice(home, { scheme: "ed25519" })
    signer = await openKey(home)
    device = await Device.open(home, signer)
  })
  afterEach(async () => {
    await device.close()
    rmSync(home, { recursive: true })
  })

  const observation = (timeMs: number) => ({ timeMs, readings: [], gauges })
  /** Makes a run that lasts a second. */
  async function run(startMs: number) {
    const open = await device.openRun(LABELS, observation(startMs))
    await open.end(observation(startMs + 1000), undefined)
    return device.closeRun()
  }
  const withCounter = (counter: RunCounter) => ({ ...signer, counter })
  async function reopen(as: Signer = signer): Promise<void> {
    await device.close()
    device = await Device.open(home, as)
  }

  /** Where a descriptor leads; nowhere where it is closed since. */
  function realpathOf(path: string): string {
    try {
      return realpathSync(path)
    } catch {
      return ""
    }
  }

  it("is counted in its token too, before anything of a run is signed", async () => {
    const written: bigint[] = []
    const counter = {
      read: async () => 0n,
      write: async (next: bigint) => {
        written.push(next)
        assert.equal(existsSync(join(home, "runs", `${next - 1n}.journal`)), false)
      },
    }
    await reopen(withCounter(counter))
    await run(START)
    await run(START + 1000)
    assert.deepEqual(written, [1n, 2n])
  })

  it("is no old copy: the token, or whoever else counts, knows no run that it does not", async () => {
    await run(START)
    const counts = (next: bigint) => withCounter({ read: async () => next, write: async () => {} })
    await reopen(counts(1n))
    device.refuseBelow(1n, "the relayer")
    assert.throws(() => device.refuseBelow(2n, "the relayer"), { name: "OldCopy", message: /up to 1 .* only up to 0/ })
    await device.close()
    await assert.rejects(Device.open(home, counts(2n)), { name: "OldCopy", message: /^the token knows/ })
    // Neither lock nor log is held on to
    const held = existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd") : []
    assert.deepEqual(
      held.map((fd) => realpathOf(`/proc/self/fd/${fd}`)).filter((place) => place.startsWith(home)),
      [],
    )
    device = await Device.open(home, signer)
  })

  it("has one run at a time, none that begins before the last one ended, and none behind its end", async () => {
    const open = await device.openRun(LABELS, observation(START))
    await assert.rejects(device.openRun(LABELS, observation(START)), /run 0 is open/)
    await assert.rejects(signRetirement(device, TARGET), /run 0 is open/)
    await open.end(observation(START + 1000), undefined)
    await device.closeRun()
    await assert.rejects(device.openRun(LABELS, observation(START + 999)), { name: "RunsOverlap" })
    assert.equal(device.state.openRun, null)
    await run(START + 1000)
    await signRetirement(device, TARGET)
    await assert.rejects(device.openRun(LABELS, observation(START + 9000)), /retired after 2 runs/)
  })

  it("enters each part of a job once", async () => {
    await device.enterPart({ job: "job", part: 1 })
    await assert.rejects(device.enterPart({ job: "job", part: 1 }), { name: "PartRepeated" })
    await reopen()
    await assert.rejects(device.enterPart({ job: "job", part: 0 }), { name: "PartRepeated" })
    await device.enterPart({ job: "job", part: 2 })
  })

  it("voids what ended too late, from the first that nobody was handed or anchored, and never beside an open run", async () => {
    for (let i = 0; i < 4; i++) await run(START + 1000 * i)
    const endOf = (i: number) => START + 1000 * (i + 1)
    const roots = () => device.state.roots.map((root) => root === VOID_ROOT)
    assert.equal(await device.voidLaterThan(endOf(3), 0n), 0)
    await device.record({ event: "anchored", nextRun: 2n })
    assert.equal(await device.voidLaterThan(endOf(2), 0n), 1)
    assert.deepEqual(roots(), [false, false, false, true])
    assert.equal(await device.voidLaterThan(START, 3n), 0, "void already, or handed over")
    assert.equal(await device.voidLaterThan(START, 0n), 2, "those that are anchored stay")
    assert.deepEqual(roots(), [false, false, true, true])
    await device.openRun(LABELS, observation(endOf(4)))
    await assert.rejects(device.voidLaterThan(START, 0n), /is open/)
    await device.abandonRun()
  })

  it("goes on where the last run stood, and knows its own word from any other", async () => {
    const { folder } = await run(START)
    assert.ok(existsSync(join(folder, "run.json")))
    assert.deepEqual(readdirSync(join(home, "runs")), [])
    const path = join(home, "stands", "0")
    const lines = readFileSync(path, "utf8")
    const [first = "", last = ""] = lines.trimEnd().split("\n")
    const stands = new Stands(join(home, "stands"), signer)
    assert.equal((await stands.read(0n))?.timeMs, START + 1000)
    assert.equal(await stands.lastEndMs(3), START + 1000)
    assert.equal(await stands.read(1n), null)
    const lostBy = async (text: string, why: RegExp) => {
      writeFileSync(path, text)
      await assert.rejects(stands.read(0n), { message: why })
      assert.match((await device.standing()).lost ?? "", why)
    }
    const { timeMs } = parseEvidenceCapture(last)
    await lostBy(`${first}\n${last.replace(`"timeMs":${timeMs}`, `"timeMs":${timeMs + 1}`)}\n`, /did not sign it/)
    await lostBy(`${first}\n${first}\n${last}\n`, /no two captures/)
    await lostBy(`${last}\n`, /first capture is none/)
    // Signed by the device, for another run
    writeFileSync(join(home, "stands", "1"), lines)
    await assert.rejects(stands.read(1n), { message: /did not sign it/ })
    rmSync(path)
    assert.match((await device.standing()).lost ?? "", /nothing says where run 0 ended/)
    // What the disk does not give is not taken for what is not there
    mkdirSync(path)
    await assert.rejects(stands.read(0n), { code: "EISDIR" })
  })

  it("stands at the start of a void run that had begun, and else at the end of the one before it", async () => {
    const stands = new Stands(join(home, "stands"), signer)
    const at = (...roots: readonly Hex[]) => standingOf({ roots: [...roots] }, stands)
    assert.deepEqual(await device.standing(), { stand: null, cut: null, lost: null })
    await run(START)
    const [root = VOID_ROOT] = device.state.roots
    assert.equal((await at(root)).stand?.timeMs, START + 1000)
    assert.match((await at(VOID_ROOT)).lost ?? "", /no run was kept/)
    const open = await device.openRun(LABELS, observation(START + 5000))
    assert.equal((await at(root, VOID_ROOT)).stand?.timeMs, START + 5000)
    await open.end(observation(START + 6000), { beacon: null, exitStatus: 0 })
    await device.closeRun()
    assert.equal((await at(root, VOID_ROOT)).stand?.timeMs, START + 1000, "what a void run says of its end")
    assert.equal((await at(root, root)).stand?.timeMs, START + 6000)
    assert.equal((await at(root, root)).cut, null, "it ended properly")
    assert.deepEqual((await at(root)).cut?.tags, LABELS.tags)
  })

  it("keeps the stands of a thousand runs behind the last", async () => {
    const line = (event: object) => {
      const text = encodeCanonicalJson(toJson(event))
      return `${crc32(text).toString(16).padStart(8, "0")} ${text}\n`
    }
    const events = Array.from({ length: 1000 }, (_, i) => [
      { event: "opened", run: BigInt(i), origin: "live" },
      { event: "void", run: BigInt(i) },
    ])
    await device.close()
    appendFileSync(join(home, "device.journal"), events.flat().map(line).join(""))
    device = await Device.open(home, signer)
    mkdirSync(join(home, "stands"))
    for (const run of ["0", "1"]) writeFileSync(join(home, "stands", run), "")
    const beginning = { startMs: START, broken: false, lifetimeMillijoules: 0n, metering: [], readings: [] }
    const open = await device.beginRun({
      labels: LABELS,
      beginning,
      host: { boot: "0", bootedMs: 0, aheadMs: 0 },
      gauges,
    })
    await open.end(observation(START + 1000), undefined)
    await device.closeRun()
    assert.deepEqual(readdirSync(join(home, "stands")), ["1", "1000"])
  })

  it("hands its runs over under its signature, in full minutes, from where it is asked", async () => {
    const minuteMs = Math.ceil(START / MINUTE_MS) * MINUTE_MS
    for (const at of [0, 1000, MINUTE_MS]) await run(minuteMs + at)
    assert.equal(await signSubmission(device, TARGET, 0n, minuteMs + MINUTE_MS - 1), null)
    const both = await signSubmission(device, TARGET, 0n, minuteMs + MINUTE_MS)
    assert.ok(both)
    assert.deepEqual(
      [both.firstRun, both.roots, both.through],
      [0n, device.state.roots.slice(0, 2), minuteMs / 1000 + 60],
    )
    const isSigned = nodeSignatures(signer.device)
    assert.ok(isSigned(fromHex(both.signature), submissionMessage(TARGET, deviceOf(signer), both)))
    const later = await signSubmission(device, TARGET, 1n, minuteMs + 2 * MINUTE_MS)
    assert.deepEqual([later?.firstRun, later?.roots], [1n, device.state.roots.slice(1)])
    assert.equal(await signSubmission(device, TARGET, 3n, minuteMs + 9 * MINUTE_MS), null)
  })

  it("signs one enrolment, for these very terms, and the same one again", async () => {
    const signed = await signEnrolment(device, TERMS)
    const isSigned = nodeSignatures(signer.device)
    assert.ok(isSigned(fromHex(signed.signature), enrolmentMessage(TERMS, deviceOf(signer), TERMS)))
    await reopen()
    assert.deepEqual(await signEnrolment(device, TERMS), signed)
    const others = [
      { chainId: 8 },
      { registry: address("9") },
      { operator: address("9") },
      { voucher: address("9") },
      { boundary: "rack" as const },
      { evidence: `0x${"f".repeat(64)}` as Hex },
    ]
    for (const other of others)
      await assert.rejects(signEnrolment(device, { ...TERMS, ...other }), { name: "EnrolledElsewhere" })
  })

  it("signs its end for the runs that it had, also when it is asked again", async () => {
    await run(START)
    const signed = await signRetirement(device, TARGET)
    const isSigned = nodeSignatures(signer.device)
    assert.ok(isSigned(fromHex(signed.signature), retirementMessage(TARGET, deviceOf(signer), 1n)))
    await reopen()
    assert.equal(device.state.runsInAll, 1n)
    assert.deepEqual(await signRetirement(device, TARGET), signed)
  })
})
