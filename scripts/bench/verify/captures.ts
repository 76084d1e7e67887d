import { randomBytes } from "node:crypto"
import {
  type CaptureSources,
  createMeter,
  type OpenedCapture,
  type RunContext,
  type SensorReading,
  toHex,
} from "@wattest/protocol"

const START_MS = 1_700_000_000_000

// Members of what is written a million times stand in the order of the one spelling, so that spelling it is quick.

/** A node of about 1.2 kW with one accelerator of 700 W that delivers 2,400 tokens a second. */
const SENSORS = [
  { grade: "calibrated", quantity: "power", sensor: "psu", surface: "redfish", unit: "W" },
  { grade: "measured", quantity: "energy", sensor: "gpu-0", surface: "nvml", unit: "mJ" },
  { grade: "measured", quantity: "occupancy", sensor: "gpu-0-occupancy", surface: "dcgm", unit: "1" },
  { grade: "declared", quantity: "work", sensor: "tokens", surface: "vllm", unit: "1" },
] as const

export const CONTEXT: RunContext = {
  workload: "bench",
  job: "bench-1",
  modelDigest: null,
  versions: {},
  task: null,
  qualityRule: "",
  accelerators: [{ sku: "NVIDIA H100 80GB HBM3", id: "GPU-0" }],
  calibrations: [],
  factors: {},
  metering: [
    { sensor: "psu", role: "energy", method: "trapezoid", periodMs: 1000, ratingWatts: "3200" },
    { sensor: "gpu-0", role: "accelerator", method: "counter", periodMs: 1000, ratingWatts: "700" },
    { sensor: "gpu-0-occupancy", role: "occupancy", method: "hold" },
    { sensor: "tokens", role: "work", method: "counter" },
  ],
  vouchDocument: null,
  beacon: null,
}

const wattsAt = (second: number) => 1200 + (second % 7)

function readingsAt(second: number): readonly SensorReading[] {
  const values = [wattsAt(second), 700_000 * second, (0.9 + (second % 100) / 2000).toFixed(4), 2400 * second]
  return SENSORS.map(({ grade, quantity, sensor, surface, unit }, i) => ({
    accuracy: quantity === "work" ? {} : { gainLimit: "0.01" },
    ...{ grade, quantity, sensor, surface },
    timeMs: START_MS + 1000 * second,
    ...{ unit, value: String(values[i]) },
  }))
}

/** A run's captures from the first on, one a second, not signed yet. */
export interface CaptureSource {
  /** The next capture. */
  next(): OpenedCapture
  /** Meters so many captures without making them. */
  skip(captures: number): void
}

export function createCaptureSource(): CaptureSource {
  const meter = createMeter(CONTEXT.metering)
  let second = 0
  const advance = () => {
    const readings = readingsAt(second)
    const { registers } = meter.advance(START_MS + 1000 * second, readings)
    return { second: second++, readings, registers }
  }
  return {
    next: () => captureOf(advance()),
    skip(captures) {
      for (let i = 0; i < captures; i++) advance()
    },
  }
}

type Metered = Pick<OpenedCapture, "registers"> & {
  readonly second: number
  readonly readings: readonly SensorReading[]
}

function captureOf({ second, readings, registers }: Metered): OpenedCapture {
  const opening = { model: "llama", unit: "token", zone: "DE", site: "", party: "", context: CONTEXT }
  const fresh = randomBytes(16 + 31)
  const sources: CaptureSources = { nonce: toHex(fresh.subarray(0, 16)), readings }
  return {
    sequence: second,
    registers,
    gauges: {
      acceleratorCentikelvin: 338_00,
      clock: "synchronised",
      computeActivity: 4_000,
      dramActivity: 5_000,
      inletCentikelvin: 296_00,
      meanPowerMilliwatts: second === 0 ? null : 500 * (wattsAt(second - 1) + wattsAt(second)),
      phase: "decode",
      smOccupancy: 9_000 + (second % 500),
    },
    timeMs: START_MS + 1000 * second,
    sources: second === 0 ? { ...sources, opening } : sources,
    salt: `0x00${fresh.toString("hex", 16)}`,
    signature: `0x${"00".repeat(64)}`,
  }
}
