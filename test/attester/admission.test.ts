import assert from "node:assert/strict"
import { admit, admitPart, admitRecording } from "../../attester/src/run/admission.ts"
import type { DeviceState } from "../../attester/src/run/device-log.ts"
import { LABELS } from "./labels.ts"

const NEW = { runsInAll: null, enrolment: null, origin: null, parts: new Map() } as unknown as DeviceState
const enrolledAt = (boundary: "node" | "rack") => ({ ...NEW, enrolment: { boundary } }) as unknown as DeviceState

describe("a device makes no run", () => {
  it("after it retired, also where it retired without one", () => {
    admit(NEW, "live", LABELS)
    for (const runsInAll of [0n, 1n]) assert.throws(() => admit({ ...NEW, runsInAll }, "live", LABELS), /retired after/)
  })

  it("of another boundary than it enrolled at", () => {
    admit(enrolledAt("node"), "live", LABELS)
    assert.throws(() => admit(enrolledAt("rack"), "live", LABELS), { name: "OtherBoundary", message: /rack.*node/ })
  })

  it("of another origin than those before", () => {
    for (const origin of ["live", "recorded"] as const) admit({ ...NEW, origin }, origin, LABELS)
    assert.throws(() => admit({ ...NEW, origin: "live" }, "recorded", LABELS), { name: "OtherOrigin" })
    assert.throws(() => admit({ ...NEW, origin: "recorded" }, "live", LABELS), { name: "OtherOrigin" })
  })

  it("with labels that no document could hold", () => {
    const named = (model: string) => ({ ...LABELS, tags: { ...LABELS.tags, model } })
    admit(NEW, "live", named("llama"))
    assert.throws(() => admit(NEW, "live", named("x".repeat(1000))), { name: "Rejection" })
  })

  it("of a recording that begins before the last run ended, by a millisecond", () => {
    admitRecording(5000, 5000)
    assert.throws(() => admitRecording(4999, 5000), { name: "RunsOverlap", message: /1970-01-01T00:00:04.999Z/ })
  })

  it("in a part of a job that it was in, or behind which it has gone on", () => {
    const device = { ...NEW, parts: new Map([["job", 3]]) }
    admitPart(device, { job: "job", part: 4 })
    admitPart(device, { job: "other", part: 0 })
    for (const part of [3, 2])
      assert.throws(() => admitPart(device, { job: "job", part }), {
        name: "PartRepeated",
        message: /next attempt is part 4/,
      })
  })
})
