import assert from "node:assert/strict"
import {
  type Gauges,
  NO_GAUGES,
  type OpenedCapture,
  type Registers,
  type SensorReading,
  ZERO_REGISTERS,
} from "@wattest/protocol"
import { START_MS, tell } from "@wattest/testkit/conformance/story"
import { createCaptureWatch } from "../../verifier/src/quality/capture-findings.ts"
import { createFindingLog } from "../../verifier/src/quality/findings.ts"
import type { WatchContext } from "../../verifier/src/quality/watch-context.ts"

type Seen = {
  readonly ms?: number
  readonly gauges?: Partial<Gauges>
  readonly registers?: Partial<Registers>
  readonly readings?: readonly SensorReading[]
}

const clock = "synchronised"

/** A capture `ms` after the start. */
const capture = ({ ms = 0, gauges = {}, registers = {}, readings = [] }: Seen, sequence: number): OpenedCapture => ({
  ...{ sequence, timeMs: START_MS + ms, salt: "0x", signature: "0x" },
  registers: { ...ZERO_REGISTERS, ...registers },
  gauges: { ...NO_GAUGES, clock, ...gauges },
  sources: { nonce: "0x", readings: [...readings] },
})

const { policy, certificate } = tell({})
const told = (certificate as { readonly runs: readonly { readonly statement: WatchContext["statement"] }[] }).runs[0]
assert.ok(told)
/** Nothing is planned, so that only what a capture itself shows is asked about; tolerances are of these sizes. */
const context = { ...told.statement.context, metering: [], accelerators: [] }
const tolerances = { ...policy.tolerances, gapMs: 60_000, powerPercent: 10 }

/** The findings, with the capture of the first. */
function seen(captures: readonly Seen[], statement: Partial<WatchContext["statement"]> = {}) {
  const log = createFindingLog(0n)
  const watch = createCaptureWatch({ statement: { boundary: "node", context, ...statement }, tolerances, log })
  const all = captures.map(capture)
  for (const [i, one] of all.entries()) watch.add(all[i - 1] ?? null, one)
  watch.end()
  return log.findings().map(({ code, sequence, count }) => [code, sequence, count])
}

/** Whether a finding is there, for each value. */
const askedAt = <T>(
  values: readonly T[],
  of: (value: T) => readonly Seen[],
  more: Partial<WatchContext["statement"]> = {},
) => values.map((value) => seen(of(value), more).length > 0)

describe("what captures show, at, below and above each bound", () => {
  it("temperatures: 200 K to 400 K for boards, 220 K to 340 K for the air that enters", () => {
    const board = (acceleratorCentikelvin: number) => [{ gauges: { acceleratorCentikelvin } }]
    assert.deepEqual(askedAt([199_99, 200_00, 400_00, 400_01], board), [true, false, false, true])
    const inlet = (inletCentikelvin: number) => [{ gauges: { inletCentikelvin } }]
    assert.deepEqual(askedAt([219_99, 220_00, 340_00, 340_01], inlet), [true, false, false, true])
    const colder = (acceleratorCentikelvin: number) => [
      { gauges: { acceleratorCentikelvin, inletCentikelvin: 300_00 } },
    ]
    assert.deepEqual(askedAt([294_99, 295_00, 300_00], colder), [true, false, false])
    const both = { gauges: { acceleratorCentikelvin: 1, inletCentikelvin: 300_00 } }
    assert.deepEqual(seen([{}, { ms: 1000, ...both }]), [["TEMPERATURE_IMPLAUSIBLE", 1, 2]])
  })

  it("power of boards: their limit and the tolerance, over the time between two captures, and 1 mJ that a floor hides", () => {
    const accelerators = [
      { sku: "H100 PCIe", id: "0" },
      { sku: "H100 PCIe", id: "1" },
    ]
    const boards = { context: { ...context, accelerators } }
    // 700 W and 10 % over 10 s are 7.7 MJ in mJ.
    const drawn = (acceleratorMillijoules: bigint) => [
      { ms: 0 },
      { ms: 10_000, registers: { acceleratorMillijoules, energyMillijoules: 90_000_000n } },
    ]
    assert.deepEqual(askedAt([7_700_001n, 7_700_002n], drawn, boards), [false, true])
    const atBoundary = (energyMillijoules: bigint) => [{ ms: 0 }, { ms: 10_000, registers: { energyMillijoules } }]
    assert.deepEqual(askedAt([7_700_001n, 7_700_002n], atBoundary, { ...boards, boundary: "gpu" }), [false, true])
    assert.deepEqual(askedAt([90_000_000n], atBoundary, boards), [false], "what is around boards draws more")
    assert.deepEqual(askedAt([90_000_000n], drawn), [false], "of unknown boards nobody knows a limit")
  })

  it("parts and the whole: the tolerance, and 1 mJ that a floor hides", () => {
    const parts = (acceleratorMillijoules: bigint) => [
      { ms: 0 },
      { ms: 10_000, registers: { acceleratorMillijoules, energyMillijoules: 1_000_000n } },
    ]
    assert.deepEqual(askedAt([1_100_001n, 1_100_002n], parts), [false, true])
  })

  it("the power gauge: 1 W, what 1 mJ is in the time, and 2 %", () => {
    const gauge = (meanPowerMilliwatts: number) => [
      { ms: 0 },
      { ms: 1_000, registers: { energyMillijoules: 100_000n }, gauges: { meanPowerMilliwatts } },
    ]
    // 100 W by the registers: 1 W + 1 mW + 2 W are its slack.
    assert.deepEqual(askedAt([96_998, 96_999, 103_001, 103_002], gauge), [true, false, false, true])
    assert.deepEqual(seen([{ gauges: { meanPowerMilliwatts: 10 ** 9 } }]), [], "the first has nothing before it")
  })

  it("the clock: gauge, a sensor's own time, gaps and jumps", () => {
    assert.deepEqual(seen([{ gauges: { clock: "unsynchronised" } }]), [["CLOCK_UNSYNCHRONISED", 0, 1]])
    const reading = (timeMs: number): SensorReading => ({
      ...{ sensor: "s", surface: "t", quantity: "q", unit: "1", value: "0", grade: "measured", accuracy: {}, timeMs },
    })
    const stale = (ms: number) => [{ readings: [reading(START_MS + ms)] }]
    assert.deepEqual(askedAt([-60_001, -60_000, 60_000, 60_001], stale), [true, false, false, true])
    const gap = (ms: number) => seen([{ ms: 0 }, { ms }])
    assert.deepEqual([gap(60_000), gap(60_001)], [[], [["CAPTURE_GAP", 1, 1]]])
    const later = (ms: number) => seen([{ ms: 0 }, { ms: 1000 }, { ms: 1000 + ms }])
    assert.deepEqual([later(20_000), later(20_001)], [[], [["CLOCK_JUMP", 2, 1]]])
    assert.deepEqual(later(0), [["CLOCK_JUMP", 2, 1]])
  })

  it("a usual interval follows slowly, and one that is no time is none", () => {
    // 1000 ms, then 2000 ms make 1100 usual: 22 s are twenty of it.
    const third = (ms: number) => seen([{ ms: 0 }, { ms: 1000 }, { ms: 3000 }, { ms: 3000 + ms }])
    assert.deepEqual([third(22_000), third(22_001)], [[], [["CLOCK_JUMP", 3, 1]]])
    assert.deepEqual(seen([{ ms: 0 }, { ms: 0 }, { ms: 30_000 }]), [], "nothing is usual yet")
  })
})
