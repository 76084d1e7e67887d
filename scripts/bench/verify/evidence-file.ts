import { generateKeyPairSync, hash, randomBytes, sign } from "node:crypto"
import { once } from "node:events"
import { createWriteStream } from "node:fs"
import {
  bytesToBigInt,
  type CaptureSources,
  captureMessage,
  createRunTree,
  type DeviceKey,
  EVIDENCE_TYPE,
  encodeCanonicalJson,
  encodeEvidenceLine,
  type OpenedCapture,
  REGISTERS,
  type Registers,
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

/** Growth of each register in a second: a node of 1.2 kW with one accelerator of 700 W that delivers 2,400 tokens. */
const PER_SECOND: Registers = {
  energyMillijoules: 1_200_000n,
  uncertaintyMillijoules: 12_000n,
  acceleratorMillijoules: 700_000n,
  idleMillijoules: 0n,
  workUnits: 2_400n,
  acceptedUnits: 2_350n,
  carbonMilligrams: 127n,
  waterMillilitres: 1n,
}

const SENSORS = [
  { sensor: "node-energy", surface: "redfish", quantity: "energy", unit: "mJ", role: "energy", grade: "calibrated" },
  { sensor: "gpu-0-energy", surface: "nvml", quantity: "energy", unit: "mJ", role: "accelerator", grade: "measured" },
  {
    sensor: "gpu-0-occupancy",
    surface: "dcgm",
    quantity: "occupancy",
    unit: "1",
    role: "occupancy",
    grade: "measured",
  },
  { sensor: "tokens", surface: "vllm", quantity: "work", unit: "token", role: "work", grade: "declared" },
] as const

const METHODS = { energy: "counter", accelerator: "counter", occupancy: "hold", work: "counter" } as const

export const CONTEXT: RunContext = {
  workload: "bench",
  job: "bench-1",
  modelDigest: null,
  versions: {},
  accelerators: ["NVIDIA H100 80GB HBM3"],
  calibrations: [],
  factors: {},
  metering: SENSORS.map(({ sensor, role }) => ({ sensor, role, method: METHODS[role] })),
  beacon: null,
}

function readingsAt(second: number): readonly SensorReading[] {
  const values = {
    energy: PER_SECOND.energyMillijoules * BigInt(second),
    accelerator: PER_SECOND.acceleratorMillijoules * BigInt(second),
    occupancy: (0.9 + (second % 100) / 2000).toFixed(4),
    work: PER_SECOND.workUnits * BigInt(second),
  }
  return SENSORS.map(({ role, ...reading }) => ({
    ...reading,
    value: String(values[role]),
    timeMs: START_MS + 1000 * second,
    accuracy: role === "work" ? {} : { gain: "0.01" },
  }))
}

function captureAt(second: number): OpenedCapture {
  const opening = { model: "llama", unit: "token", zone: "DE", party: "", context: CONTEXT }
  const sources: CaptureSources = { nonce: toHex(randomBytes(16)), readings: readingsAt(second) }
  return {
    sequence: second,
    registers: Object.fromEntries(REGISTERS.map((name) => [name, PER_SECOND[name] * BigInt(second)])) as Registers,
    gauges: {
      meanPowerMilliwatts: second === 0 ? null : 1_200_000,
      smOccupancy: 9_000 + (second % 500),
      dramActivity: 5_000,
      computeActivity: 4_000,
      acceleratorCentikelvin: 338_00,
      inletCentikelvin: 296_00,
      phase: "decode",
      clock: "synchronised",
    },
    timeMs: START_MS + 1000 * second,
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
  let last = captureAt(0)
  for (let first = 0; first < captures; first += BATCH_CAPTURES) {
    const batch = Array.from({ length: Math.min(BATCH_CAPTURES, captures - first) }, (_, i) => captureAt(first + i))
    for (const capture of batch)
      builder.add(capture, hash("sha256", encodeCanonicalJson(toJson(capture.sources)), "buffer"))
    const taken = builder.take()
    const digests = leaves.hash(taken.words)
    for (const { node, height } of subtreesOf(taken).subtrees) tree.append(bytesToBigInt(node), height)
    const lines = batch.map((capture, i) => {
      const message = captureMessage(RUN, bytesToBigInt(digests.subarray(32 * i, 32 * i + 32)))
      last = { ...capture, signature: toHex(sign(null, message, privateKey)) }
      return encodeEvidenceLine(last)
    })
    if (!file.write(lines.join(""))) await once(file, "drain")
  }
  file.end()
  await once(file, "close")
  return { device, run: RUN, captures, last, capturesRoot: tree.root() }
}
