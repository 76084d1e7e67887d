import assert from "node:assert/strict"
import {
  type CaptureSources,
  FED,
  type Fed,
  fedOf,
  type MeteredSensor,
  type RunContext,
  type SensorReading,
} from "@wattest/protocol"
import { decodeFed } from "../../protocol/src/run/fed.ts"

const BEACON = { number: 7n, hash: `0x${"07".repeat(32)}` } as const
const NONCE = `0x${"00".repeat(16)}` as const

const reading = (sensor: string): SensorReading => ({
  ...{ sensor, surface: "test", quantity: "q", unit: "1", value: "0" },
  ...{ timeMs: 0, grade: "measured", accuracy: {} },
})

/** Entries of the plan by role, one sensor each, called by it; those named in `read` are in capture 0. */
function fed(roles: readonly MeteredSensor["role"][], read: readonly string[] = [], rest: Partial<RunContext> = {}) {
  const context: RunContext = {
    ...{ workload: "", job: "", task: null, qualityRule: "", modelDigest: null, versions: {}, accelerators: [] },
    ...{ calibrations: [], factors: {}, vouchDocument: null, beacon: null },
    metering: roles.map((role, i) => ({ sensor: `${role}${i}`, role, method: "hold" })),
    ...rest,
  }
  const first: CaptureSources = { nonce: NONCE, readings: read.map(reading) }
  return (last: CaptureSources = first, isAsVouched = false) => fedOf({ context, first, last, isAsVouched })
}

const closed = (beacon: typeof BEACON | null): CaptureSources => ({
  ...{ nonce: NONCE, readings: [], closing: { beacon, exitStatus: null } },
})

describe("the bits of what a run feeds", () => {
  it("have a name each: all of them are read, and none beyond", () => {
    const all = 2n ** BigInt(FED.length) - 1n
    assert.deepEqual([decodeFed(0n), decodeFed(all)], [[], [...FED]])
    assert.throws(() => decodeFed(all + 1n), { code: "FIELD_MALFORMED" })
  })
})

describe("what a run feeds", () => {
  it("is nothing where the plan meters energy alone", () => assert.deepEqual(fed(["energy"])(), []))

  for (const role of ["it", "accelerator", "work", "input", "reused"] as const)
    it(`is ${role} by an entry of that role, read or not`, () => assert.deepEqual(fed(["energy", role])(), [role]))

  it("is accepted work where the work is counted too", () => {
    assert.deepEqual(fed(["accepted"])(), [])
    assert.deepEqual(fed(["accepted", "work"])(), ["work", "accepted"])
  })

  it("is idle where accelerators and their occupancy are in the plan", () => {
    assert.deepEqual(fed(["occupancy"])(), [])
    assert.deepEqual(fed(["accelerator", "occupancy"])(), ["accelerator", "idle"])
    const ofPart = (role: MeteredSensor["role"], part: string) => ({ sensor: `${role} ${part}`, role, part }) as const
    const parts = (...metering: readonly Omit<MeteredSensor, "method">[]) =>
      fed([], [], { metering: metering.map((entry) => ({ ...entry, method: "hold" })) })()
    const both = [ofPart("accelerator", "a"), ofPart("accelerator", "b"), ofPart("occupancy", "a")]
    assert.deepEqual(parts(...both), ["accelerator"])
    assert.deepEqual(parts(...both, ofPart("occupancy", "b")), ["accelerator", "idle"])
  })

  it("is carbon if one intensity, water if every sensor of it is read at the start", () => {
    const both = ["carbon-intensity", "carbon-intensity"] as const
    assert.deepEqual(fed(both)(), [])
    assert.deepEqual(fed(both, ["carbon-intensity1"])(), ["carbon"])
    const water = ["water", "water-intensity"] as const
    for (const read of [[], ["water0"], ["water-intensity1"]]) assert.deepEqual(fed(water, read)(), [])
    assert.deepEqual(fed(water, ["water0", "water-intensity1"])(), ["water"])
    assert.deepEqual(fed(["energy"], ["water0"])(), [])
  })

  it("has beacons where both ends name one, and the inventory where the plan is as vouched", () => {
    assert.deepEqual(fed([], [], { beacon: BEACON })(closed(BEACON)), ["beacons"])
    assert.deepEqual(fed([], [], { beacon: BEACON })(closed(null)), [])
    assert.deepEqual(fed([], [], { beacon: BEACON })(), [])
    assert.deepEqual(fed([])(closed(BEACON)), [])
    assert.deepEqual(fed([])(closed(null), true), ["inventory"])
  })

  it("comes in the order of the bits, each once", () => {
    const roles: readonly MeteredSensor["role"][] = [
      ...([
        "water",
        "carbon-intensity",
        "reused",
        "input",
        "accepted",
        "work",
        "occupancy",
        "accelerator",
        "it",
      ] as const),
      "work",
    ]
    const all = fed(roles, ["water0", "carbon-intensity1"], { beacon: BEACON })(closed(BEACON), true)
    assert.deepEqual(all, FED satisfies readonly Fed[])
  })
})
