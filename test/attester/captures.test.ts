import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { open } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { mock } from "node:test"
import { createDevice, Device, openKey } from "@wattest/attester"
import type { SensorReading } from "@wattest/protocol"
import { randomNonce } from "../../attester/src/run/run.ts"
import { observationsOf } from "../../attester/src/traces/recording/observations.ts"
import type { Recording } from "../../attester/src/traces/recording/recording.ts"
import type { TracePoint } from "../../attester/src/traces/trace.ts"
import { GAUGES as gauges, LABELS, START } from "./labels.ts"

const reading = (sensor: string, timeMs: number, value = "100"): SensorReading => ({
  ...{ sensor, timeMs, value, unit: "W", quantity: "power", surface: "test", grade: "measured", accuracy: {} },
})

describe("the captures of a run", () => {
  let home: string
  let device: Device
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), "wattest-captures-"))
    await createDevice(home, { scheme: "ed25519" })
    device = await Device.open(home, await openKey(home))
  })
  afterEach(async () => {
    await device.close()
    rmSync(home, { recursive: true })
  })

  it("take 4,000 readings each, and what is more goes into another one of the same time", async () => {
    const run = await device.openRun(LABELS, { timeMs: START, readings: [], gauges })
    for (const [count, captures] of [
      [0, 2],
      [4000, 3],
      [4001, 5],
      [8001, 8],
    ] as const) {
      const readings = Array.from({ length: count }, (_, i) => reading(`s/${i}`, START))
      await run.capture([{ timeMs: START + captures, readings, gauges }])
      assert.equal(run.progress().captures, captures)
      assert.equal(run.progress().last.readings.length, count === 0 ? 0 : ((count - 1) % 4000) + 1)
    }
    await run.close()
  })

  it("wait for a disk that takes none, 600 of them and no more, and are all there once it takes them", async () => {
    const run = await device.openRun(LABELS, { timeMs: START, readings: [], gauges })
    const file = await open(join(home, "any"), "w")
    const full = Object.assign(new Error("no space is left"), { code: "ENOSPC" })
    const write = mock.method(Object.getPrototypeOf(file), "write", () => Promise.reject(full))
    await file.close()
    let timeMs = START
    const observation = () => {
      timeMs += 1000
      return { timeMs, readings: [], gauges }
    }
    const capture = (...seconds: readonly number[]) => run.capture(seconds.map(observation))
    try {
      for (let i = 0; i < 599; i++) await assert.rejects(capture(1), full)
      await assert.rejects(capture(1, 2), { name: "JournalStuck", message: /^599 captures wait/ })
      await assert.rejects(capture(1), full)
      await assert.rejects(capture(1), { name: "JournalStuck", message: /^600 captures wait/ })
    } finally {
      write.mock.restore()
    }
    assert.equal(run.progress().captures, 1)
    await capture(1)
    assert.equal(run.progress().captures, 602)
    // What comes at once, as from a recording, waits for nothing.
    await capture(...Array(601).keys())
    assert.equal(run.progress().captures, 1203)
    await run.close()
  })

  it("have nonces of 16 bytes that nobody has seen before", () => {
    const nonces = Array.from({ length: 100 }, randomNonce)
    assert.equal(new Set(nonces).size, 100)
    for (const nonce of nonces) assert.match(nonce, /^0x[0-9a-f]{32}$/)
  })
})

describe("the observations of a recording", () => {
  const point = (timeMs: number, ...sensors: readonly string[]): TracePoint => ({
    ...{ timeMs: START + timeMs, line: 1, part: "", gauges: {} },
    readings: sensors.map((sensor) => reading(sensor, START + timeMs, String(timeMs))),
  })
  const recordingOf = (points: readonly TracePoint[]): Recording => ({
    ...{
      points,
      metering: [],
      boundary: "node",
      accelerators: [],
      remarks: [reading("trace/shift", START)],
      notes: [],
    },
    ...{ startMs: START, endMs: START + 1000 },
  })
  const declared = { metering: [], opening: [reading("declared", START)], closing: [reading("declared", START + 1000)] }
  const valuesOf = (points: readonly TracePoint[], intervalMs = 500) =>
    observationsOf(recordingOf(points), { intervalMs }, declared).map(({ timeMs, readings }) => [
      timeMs - START,
      readings.map(({ sensor, value }) => `${sensor}=${value}`),
    ])

  it("carry each sensor's last reading up to the start, its first after the end, and all between once", () => {
    const points = [
      ...[point(-300, "a", "b"), point(-200, "a"), point(0, "c"), point(1, "a"), point(500, "a"), point(501, "b")],
      ...[point(1000, "a"), point(1001, "b"), point(1002, "a", "b"), point(1500, "c")],
    ]
    assert.deepEqual(valuesOf(points), [
      [0, ["declared=100", "b=-300", "a=-200", "c=0"]],
      [500, ["a=1", "a=500"]],
      [1000, ["declared=100", "trace/shift=100", "b=501", "a=1000", "b=1001", "a=1002", "c=1500"]],
    ])
  })

  it("are one for each interval in which something was read", () => {
    const points = [point(100, "a"), point(101, "a"), point(900, "a")]
    assert.deepEqual(
      valuesOf(points, 100).map(([timeMs]) => timeMs),
      [0, 100, 101, 1000],
    )
  })

  it("are no longer than a capture takes, whatever was read in an interval", () => {
    const crowd = Array.from({ length: 2001 }, (_, i) => `s/${i}`)
    const points = [100, 101, 102, 103].map((ms) => point(ms, ...crowd))
    const observations = observationsOf(recordingOf(points), { intervalMs: 500 }, declared)
    const counts = observations.map(({ readings }) => readings.length)
    assert.deepEqual(counts, [1, 4002, 2 + 4002])
  })

  it("worsen the grade of what was read where the caller knows better, and of nothing else", () => {
    const [first, last] = observationsOf(
      recordingOf([point(0, "a")]),
      { intervalMs: 1000, grade: "simulated" },
      declared,
    )
    assert.deepEqual(
      first?.readings.map(({ sensor, grade }) => [sensor, grade]),
      [
        ["declared", "measured"],
        ["a", "simulated"],
      ],
    )
    assert.deepEqual(
      last?.readings.map(({ grade }) => grade),
      ["measured", "measured"],
    )
  })
})
