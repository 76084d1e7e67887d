import assert from "node:assert/strict"
import {
  activityIn,
  checkpointSlots,
  deviceSlots,
  encodePresentation,
  type Hex,
  ledgerSlot,
  memberSlot,
  toHex,
} from "@wattest/protocol"
import { bytesOf } from "@wattest/testkit/conformance/keys"
import { wordOf } from "@wattest/testkit/conformance/slots"
import {
  type PresentationResult,
  renderPresentationHtml,
  renderPresentationText,
  verifyPresentation,
} from "@wattest/verifier"
import fc from "fast-check"
import { PRESENTATION_CASES } from "../../../scripts/generate/conformance/cases/presentation.ts"
import { OFFLINE } from "../judging.ts"
import { modelOf } from "./model.ts"

const LEDGER = toHex(bytesOf("ledger"))
const deviceAt = (i: number) => toHex(bytesOf(`device ${i}`))

/** Jump pointers as Myers builds them: node m's leads where its parent's jump's does, if both span as much, else to the parent. */
const JUMPS = [0]
for (let m = 1; m < 1000; m++) {
  const [parent, jump] = [m - 1, JUMPS[m - 1] ?? 0]
  const after = JUMPS[jump] ?? 0
  JUMPS.push(parent - jump === jump - after ? after : parent)
}

type Checkpoint = { time: number; number: bigint; previous: bigint; jump: bigint }

const countersOf = (devices: bigint) => wordOf([0n, 80], [devices, 40])
const submissionWord = ({ time, number, previous, jump }: Checkpoint) =>
  wordOf([0n, 40], [BigInt(time), 40], [0n, 64], [number, 32], [previous, 40], [jump, 40])

/** The registry's storage after these submissions, by the rules of the contract: `by` is the device's place. */
function storageOf(devices: number, submissions: readonly { readonly by: number; readonly time: number }[]) {
  const checkpoints: Checkpoint[] = []
  const latest = new Map<number, bigint>()
  for (const { by, time } of submissions) {
    const previous = latest.get(by) ?? 0n
    const number = latest.has(by) ? (checkpoints[Number(previous)]?.number ?? 0n) + 1n : 1n
    const m = Number(number / 8n)
    const target = 8n * BigInt(number % 8n === 0n ? (JUMPS[m] ?? 0) : m)
    let jump = target === 0n ? 0n : previous
    while (target !== 0n && checkpoints[Number(jump)]?.number !== target) jump = checkpoints[Number(jump)]?.jump ?? 0n
    latest.set(by, BigInt(checkpoints.length))
    checkpoints.push({ time, number, previous, jump })
  }
  const slots = new Map<Hex, bigint>([[ledgerSlot(LEDGER), countersOf(BigInt(devices))]])
  for (const [i, { time, number, previous, jump }] of checkpoints.entries()) {
    slots.set(checkpointSlots(LEDGER, BigInt(i))[1], submissionWord({ time, number, previous, jump }))
  }
  for (let i = 0; i < devices; i++) {
    const [, state, service] = deviceSlots(deviceAt(i))
    const runs = submissions.filter(({ by }) => by === i).length
    slots.set(memberSlot(LEDGER, BigInt(i)), BigInt(deviceAt(i)))
    slots.set(state, wordOf([0n, 160], [BigInt(runs), 40], [latest.get(i) ?? 0n, 40]))
    slots.set(service, wordOf([2n ** 40n - 1n, 40]))
  }
  return slots
}

const readOf = (slots: ReadonlyMap<Hex, bigint>, seen?: Set<Hex>) => (slot: Hex) => {
  seen?.add(slot)
  return slots.get(slot) ?? null
}

const history = fc.record({
  devices: fc.integer({ min: 1, max: 4 }),
  steps: fc.array(fc.record({ by: fc.nat({ max: 3 }), wait: fc.nat({ max: 3 }) }), { maxLength: 120 }),
  time: fc.nat({ max: 200 }),
})
const submissionsOf = ({ devices, steps }: { devices: number; steps: readonly { by: number; wait: number }[] }) => {
  let time = 1
  return steps.map(({ by, wait }) => {
    time += wait
    return { by: by % devices, time }
  })
}

describe("when a ledger's devices last anchored a run", () => {
  it("is what looking at every submission gives, for any history and any time", () => {
    fc.assert(
      fc.property(history, (given) => {
        const submissions = submissionsOf(given)
        const { devices, known } = activityIn(readOf(storageOf(given.devices, submissions)), LEDGER, given.time)
        assert.equal(devices, BigInt(given.devices))
        const expected = Array.from({ length: given.devices }, (_, i) => ({
          device: deviceAt(i),
          lastAnchoredAt: submissions.findLast(({ by, time }) => by === i && time < given.time)?.time ?? null,
          runs: null,
        }))
        assert.deepEqual(known, expected)
      }),
    )
  })

  it("is not known of a device of which any slot that matters is missing, and of no other one", () => {
    fc.assert(
      fc.property(history, fc.nat(), (given, choice) => {
        const slots = storageOf(given.devices, submissionsOf(given))
        const seen = new Set<Hex>()
        const whole = activityIn(readOf(slots, seen), LEDGER, given.time)
        const asked = [...seen].filter((slot) => slot !== ledgerSlot(LEDGER))
        const lacking = new Map(slots)
        lacking.delete(asked[choice % asked.length] ?? "0x")
        const { devices, known } = activityIn(readOf(lacking), LEDGER, given.time)
        assert.equal(devices, whole.devices)
        assert.ok(known.length < whole.known.length)
        for (const activity of known)
          assert.deepEqual(
            activity,
            whole.known.find(({ device }) => device === activity.device),
          )
      }),
    )
  })

  it("takes few slots, however many submissions a device has made", () => {
    const submissions = Array.from({ length: 5000 }, (_, i) => ({ by: 0, time: i + 1 }))
    const slots = storageOf(1, submissions)
    for (const time of [2, 1000, 2049, 4096, 4999, 6000]) {
      const seen = new Set<Hex>()
      const { known } = activityIn(readOf(slots, seen), LEDGER, time)
      assert.equal(known[0]?.lastAnchoredAt, Math.min(time - 1, 5000))
      // 5000 / 8 has 10 bits, beside the ledger's slot, the device's and its member's.
      assert.ok(seen.size <= 45, `${seen.size} slots for ${time}`)
    }
  })

  it("is not known where checkpoints lead round in circles, and asking for it ends", () => {
    const circle = submissionWord({ time: 200, number: 7n, previous: 0n, jump: 0n })
    const slots = new Map([...storageOf(1, [{ by: 0, time: 5 }]), [checkpointSlots(LEDGER, 0n)[1], circle] as const])
    assert.deepEqual(activityIn(readOf(slots), LEDGER, 100), { devices: 1n, known: [] })
    const most = 2n ** 40n - 1n
    const countless = new Map([[ledgerSlot(LEDGER), countersOf(most)]])
    assert.deepEqual(activityIn(readOf(countless), LEDGER, 100), { devices: most, known: [] })
  })
})

describe("a presentation's report on silent devices", () => {
  const resultOf = async (name: string) => {
    const given = PRESENTATION_CASES.find((candidate) => candidate.name === `presentation-${name}`)?.presentation
    assert.ok(given)
    return verifyPresentation(encodePresentation(given.document), given.policy, OFFLINE)
  }
  const codesOf = ({ findings }: PresentationResult) => findings.map(({ code }) => code)
  const device = toHex(bytesOf("member 0"))

  it("names them in text, JSON and HTML alike, with when they last anchored", async () => {
    const result = await resultOf("device-silent-and-unproven")
    assert.equal(result.verdict.status, "valid")
    const [silent, unproven] = result.findings
    assert.deepEqual([silent?.code, silent?.device, silent?.tally], ["DEVICE_SILENT", device, 1])
    assert.match(silent?.detail ?? "", /^the last before \S+Z at 2027-01-12T08:17:00Z$/)
    assert.deepEqual([unproven?.code, unproven?.device], ["DEVICES_UNPROVEN", null])
    assert.equal(unproven?.detail, "1 of 2 devices")
    const json = JSON.parse(JSON.stringify(modelOf(result)))
    assert.deepEqual(
      json.findings.map(({ code, severity, device: of }: { [name: string]: string }) => [code, severity, of]),
      [
        ["DEVICE_SILENT", "warning", device],
        ["DEVICES_UNPROVEN", "warning", null],
        ["RUNS_VOID", "warning", null],
        ["SHARE_UNSTATED", "info", null],
      ],
    )
    for (const text of [renderPresentationText(modelOf(result)), renderPresentationHtml(modelOf(result))])
      for (const part of ["DEVICE_SILENT", device, "2027-01-12T08:17:00Z", "DEVICES_UNPROVEN", "1 of 2 devices"])
        assert.ok(text.includes(part), part)
  })

  it("says that a silent device has retired, or has anchored nothing", async () => {
    const [retired] = (await resultOf("device-retired")).findings
    assert.match(retired?.detail ?? "", /; it retired after 62 runs$/)
    const [never] = (await resultOf("device-never-anchored")).findings
    assert.match(never?.detail ?? "", /^none before 2027-01-15T08:17:00Z$/)
  })

  it("names nobody where all devices anchored in time", async () => {
    const result = await resultOf("device-active")
    assert.deepEqual(codesOf(result), ["RUNS_VOID", "SHARE_UNSTATED"])
    for (const text of [renderPresentationText(modelOf(result)), renderPresentationHtml(modelOf(result))])
      assert.doesNotMatch(text, /DEVICE_|DEVICES_/)
  })

  it("says nothing of devices where the storage does not hold", async () => {
    assert.deepEqual(codesOf(await resultOf("storage-digit")), ["RUNS_VOID", "SHARE_UNSTATED"])
    assert.deepEqual(codesOf(await resultOf("ends-unproved")), ["RUNS_VOID", "SHARE_UNSTATED"])
  })
})
