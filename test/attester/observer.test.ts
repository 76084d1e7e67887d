import assert from "node:assert/strict"
import type { MeteredSensor } from "@wattest/protocol"
import { createNotices } from "../../attester/src/agent/notices.ts"
import { Observer } from "../../attester/src/agent/observer.ts"
import { Poller } from "../../attester/src/agent/poller.ts"
import { createDeviceClock } from "../../attester/src/time/clock.ts"
import { Watch } from "../../attester/src/time/watch.ts"

const METER: MeteredSensor = { sensor: "main/power", role: "energy", method: "trapezoid", periodMs: 50 }
const START_MS = 1_800_000_000_000
const SILENT_MS = 10_000

/** An observer of one meter that has been silent from a run's start on; each look at the clock finds it further on. */
function silentRun() {
  let nowMs = START_MS + SILENT_MS
  const clock = { ...createDeviceClock(), now: () => nowMs++ }
  const poller = new Poller(
    [],
    clock,
    createNotices(() => undefined),
  )
  const workload = { work: 0n, accepted: 0n, input: 0n, phase: "unspecified" } as const
  const observer = new Observer({ poller, clock, watch: new Watch(START_MS, 50), workload })
  const comparisons = { names: [], advance: () => [] }
  observer.begin({ metering: [METER], comparisons, startMs: START_MS, opening: [], aheadMs: 0 })
  return observer
}

describe("a run whose meter is silent", () => {
  it("ends now, however the clock goes on meanwhile: the silence is its own", async () => {
    const { timeMs } = await silentRun().divide(Number.POSITIVE_INFINITY)
    assert.ok(timeMs >= START_MS + SILENT_MS, `${timeMs - START_MS} ms after its start`)
  })

  it("ends now where a period is over in which it read nothing", async () => {
    const { timeMs } = await silentRun().divide(START_MS + 5000)
    assert.ok(timeMs >= START_MS + SILENT_MS, `${timeMs - START_MS} ms after its start`)
  })
})
