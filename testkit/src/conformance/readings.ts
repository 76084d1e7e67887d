import {
  type CaptureSources,
  createMeter,
  type Hex,
  NO_GAUGES,
  type OpenedCapture,
  type RunContext,
  type SensorReading,
  type Tags,
  toHex,
  VOUCH_TYPE,
  type VouchDocument,
} from "@wattest/protocol"
import { bytesOf } from "./keys.ts"

/** A capture before its device salts and signs it. */
export type Unsigned = Omit<OpenedCapture, "salt" | "signature">

export type Closing = NonNullable<CaptureSources["closing"]>

export type Labels = Tags & { readonly context: RunContext }

const INTERVAL_MS = 10_000

/** Node power in watts at each capture: up, along, down. */
const WATTS = [400, 900, 1100, 1080, 1120, 1100, 900, 420]
const TOKENS_PER_INTERVAL = 1500

export const SITE = "Halle 3"

export function contextOf(beacon: RunContext["beacon"], vouchDocument: Hex): Labels {
  return {
    ...{ model: "llama-3-8b", unit: "token", zone: "DE", site: SITE, party: "" },
    context: {
      workload: "inference",
      job: "job-1",
      jobStart: 0n,
      modelDigest: toHex(bytesOf("model")),
      versions: { driver: "590.48.01", runtime: "1.4.0" },
      task: { family: "text generation", dataset: null, precision: "bf16", batch: 8 },
      qualityRule: "answered",
      accelerators: [{ sku: "NVIDIA H100 80GB HBM3", id: "GPU-0" }],
      calibrations: [toHex(bytesOf("calibration report"))],
      factors: {},
      metering: [
        { sensor: "psu", role: "energy", method: "trapezoid", periodMs: INTERVAL_MS, ratingWatts: "3200" },
        { sensor: "gpu0", role: "accelerator", method: "trapezoid", periodMs: INTERVAL_MS, ratingWatts: "700" },
        { sensor: "server", role: "work", method: "counter" },
      ],
      vouchDocument,
      beacon,
    },
  }
}

/** What the voucher of a story finds: exactly the sensors of {@link contextOf}. */
export function vouchDocumentOf(device: Hex): VouchDocument {
  const sensor = { serial: "", accuracyClass: "", calibrations: [], periodMs: INTERVAL_MS } as const
  return {
    mediaType: VOUCH_TYPE,
    ...{ device, boundary: "node", origin: "live", site: SITE, validFrom: 1_789_000_000, previous: null },
    sensors: [
      { ...sensor, id: "psu", surface: "redfish", quantity: "power", ratingWatts: "3200", channel: "wired" },
      { ...sensor, id: "gpu0", surface: "nvml", quantity: "power", ratingWatts: "700", channel: "wired" },
    ],
    metering: [
      { sensor: "psu", role: "energy" },
      { sensor: "gpu0", role: "accelerator" },
    ],
    accelerators: [{ sku: "NVIDIA H100 80GB HBM3", count: 1, ids: [] }],
  }
}

function readingsAt(sequence: number, watts: number, timeMs: number): readonly SensorReading[] {
  const power = { quantity: "power", unit: "W", timeMs, grade: "measured" as const }
  return [
    { ...power, sensor: "psu", surface: "redfish", value: `${watts}`, accuracy: { gainLimit: "0.01" } },
    { ...power, sensor: "gpu0", surface: "nvml", value: `${watts / 2}`, accuracy: { gainLimit: "0.05" } },
    {
      ...{ sensor: "server", surface: "prometheus", quantity: "work", unit: "1", timeMs },
      ...{ value: `${TOKENS_PER_INTERVAL * sequence}`, grade: "declared" as const, accuracy: {} },
    },
  ]
}

const wattsAt = (sequence: number): number => WATTS[sequence % WATTS.length] ?? 0

/** What a run's captures are made from. */
export type Metering = {
  readonly startMs: number
  readonly count: number
  readonly opening: Labels
  /** What the sensors say, before anything is metered. */
  readonly sensors?: ((readings: readonly SensorReading[], sequence: number) => readonly SensorReading[]) | undefined
  /** What the last capture's sources close with. */
  readonly closing: Closing | undefined
  /** When captures are taken, ms after the start. */
  readonly timeOf?: ((sequence: number) => number) | undefined
}

/** Captures of a run: a load that rises, holds and falls. */
export function capturesOf({ startMs, count, opening, closing, sensors, timeOf }: Metering): readonly Unsigned[] {
  const meter = createMeter(opening.context.metering)
  let before: { readonly energy: bigint; readonly timeMs: number } | null = null
  return Array.from({ length: count }, (_, sequence): Unsigned => {
    const timeMs = startMs + (timeOf?.(sequence) ?? sequence * INTERVAL_MS)
    const nonce = toHex(bytesOf(`nonce ${startMs} ${sequence}`).subarray(0, 16))
    const honest = readingsAt(sequence, wattsAt(sequence), timeMs)
    const readings = sensors?.(honest, sequence) ?? honest
    const sources: CaptureSources = {
      ...{ nonce, readings },
      ...(sequence === 0 ? { opening } : {}),
      ...(sequence === count - 1 && closing !== undefined ? { closing } : {}),
    }
    const { registers } = meter.advance(timeMs, readings)
    const energy = registers.energyMillijoules
    const power =
      before === null || timeMs === before.timeMs
        ? null
        : (Number(energy - before.energy) / (timeMs - before.timeMs)) * 1000
    before = { energy, timeMs }
    return {
      ...{ sequence, timeMs, sources, registers },
      gauges: {
        ...NO_GAUGES,
        meanPowerMilliwatts: power === null ? null : Math.round(power),
        smOccupancy: sequence === 0 ? null : 8200,
        dramActivity: sequence === 0 ? null : 4100,
        computeActivity: sequence === 0 ? null : 6000,
        acceleratorCentikelvin: 33_300,
        inletCentikelvin: 29_600,
        phase: sequence < 3 ? "prefill" : "decode",
        clock: "synchronised",
      },
    }
  })
}
