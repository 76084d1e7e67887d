import { generateKeyPairSync, hash, randomBytes, sign } from "node:crypto"
import { once } from "node:events"
import { createWriteStream } from "node:fs"
import {
  bytesToBigInt,
  type CaptureSources,
  captureMessage,
  createMeter,
  createRunTree,
  type DeviceKey,
  EVIDENCE_TYPE,
  encodeCanonicalJson,
  encodeEvidenceLine,
  type OpenedCapture,
  type RunContext,
  SCHEMES,
  type SensorReading,
  toHex,
  toJson,
} from "@wattest/protocol"
import { createBatchPoseidon } from "@wattest/protocol/batch"
import { BATCH_CAPTURES, createBatchBuilder } from "../../../verifier/src/evidence/capture-batch.ts"
import { createBatchCheck } from "../../../verifier/src/evidence/capture-engine.ts"

const START_MS = 1_700_000_000_000
const RUN = 7n

/** A node of about 1.2 kW with one accelerator of 700 W that delivers 2,400 tokens a second. */
const SENSORS = [
  { sensor: "psu", surface: "redfish", quantity: "power", unit: "W", grade: "calibrated" },
  { sensor: "gpu-0", surface: "nvml", quantity: "energy", unit: "mJ", grade: "measured" },
  { sensor: "gpu-0-occupancy", surface: "dcgm", quantity: "occupancy", unit: "1", grade: "measured" },
  { sensor: "tokens", surface: "vllm", quantity: "work", unit: "1", grade: "declared" },
] as const

export const CONTEXT: RunContext = {
  workload: "bench",
  job: "bench-1",
  modelDigest: null,
  versions: {},
  accelerators: ["NVIDIA H100 80GB HBM3"],
  calibrations: [],
  factors: {},
  metering: [
    { sensor: "psu", role: "energy", method: "trapezoid" },
    { sensor: "gpu-0", role: "accelerator", method: "counter" },
    { sensor: "gpu-0-occupancy", role: "occupancy", method: "hold" },
    { sensor: "tokens", role: "work", method: "counter" },
  ],
  beacon: null,
}

const wattsAt = (second: number) => 1200 + (second % 7)

function readingsAt(second: number): readonly SensorReading[] {
  const values = [wattsAt(second), 700_000 * second, (0.9 + (second % 100) / 2000).toFixed(4), 2400 * second]
  return SENSORS.map((sensor, i) => ({
    ...sensor,
    value: String(values[i]),
    timeMs: START_MS + 1000 * second,
    accuracy: sensor.quantity === "work" ? {} : { gainLimit: "0.01" },
  }))
}

type Meter = ReturnType<typeof createMeter>

function captureAt(meter: Meter, second: number): OpenedCapture {
  const timeMs = START_MS + 1000 * second
  const opening = { model: "llama", unit: "token", zone: "DE", party: "", context: CONTEXT }
  const sources: CaptureSources = { nonce: toHex(randomBytes(16)), readings: readingsAt(second) }
  return {
    sequence: second,
    registers: meter.advance(timeMs, sources.readings).registers,
    gauges: {
      meanPowerMilliwatts: second === 0 ? null : 500 * (wattsAt(second - 1) + wattsAt(second)),
      smOccupancy: 9_000 + (second % 500),
      dramActivity: 5_000,
      computeActivity: 4_000,
      acceleratorCentikelvin: 338_00,
      inletCentikelvin: 296_00,
      phase: "decode",
      clock: "synchronised",
    },
    timeMs,
    sources: second === 0 ? { ...sources, opening } : sources,
    salt: `0x00${randomBytes(31).toString("hex")}`,
    signature: `0x${"00".repeat(64)}`,
  }
}

export interface EvidenceFile {
  readonly device: DeviceKey
  readonly run: bigint
  readonly captures: number
  readonly last: OpenedCapture
  readonly capturesRoot: bigint
}

/** Writes full evidence of so many captures, one a second, signed by a fresh device. */
export async function writeEvidence(path: string, captures: number): Promise<EvidenceFile> {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519")
  const key = toHex(Buffer.from(publicKey.export({ format: "jwk" }).x as string, "base64url"))
  const device: DeviceKey = { scheme: SCHEMES.ed25519, key }
  const file = createWriteStream(path)
  file.write(encodeEvidenceLine({ mediaType: EVIDENCE_TYPE, kind: "full", device, run: RUN, captures }))
  const leaves = createBatchPoseidon(6)
  const builder = createBatchBuilder()
  const tree = createRunTree()
  const subtreesOf = createBatchCheck(RUN, () => true)
  const meter = createMeter(CONTEXT.metering)
  let last: OpenedCapture | null = null
  for (let first = 0; first < captures; first += BATCH_CAPTURES) {
    const batch = Array.from({ length: Math.min(BATCH_CAPTURES, captures - first) }, (_, i) =>
      captureAt(meter, first + i),
    )
    for (const capture of batch)
      builder.add(capture, hash("sha256", encodeCanonicalJson(toJson(capture.sources)), "buffer"))
    const taken = builder.take()
    const digests = leaves.hash(taken.words)
    for (const { node, height } of subtreesOf(taken).subtrees) tree.append(bytesToBigInt(node), height)
    const lines = batch.map((capture, i) => {
      const message = captureMessage(RUN, bytesToBigInt(digests.subarray(32 * i, 32 * i + 32)))
      const signed = { ...capture, signature: toHex(sign(null, message, privateKey)) }
      last = signed
      return encodeEvidenceLine(signed)
    })
    if (!file.write(lines.join(""))) await once(file, "drain")
  }
  file.end()
  await once(file, "close")
  if (last === null) throw new RangeError("a run has at least one capture")
  return { device, run: RUN, captures, last, capturesRoot: tree.root() }
}
