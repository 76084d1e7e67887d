import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { bigIntToBytes, bytesToBigInt, concatBytes } from "../encoding/bytes.ts"
import { field, pack } from "../encoding/pack.ts"
import { poseidon } from "../poseidon.ts"

/** The eight running totals of a capture (PROTOCOL section 3), in order; unsigned 64-bit. */
export const REGISTERS = [
  "energyMillijoules",
  "uncertaintyMillijoules",
  "acceleratorMillijoules",
  "idleMillijoules",
  "workUnits",
  "acceptedUnits",
  "carbonMilligrams",
  "waterMillilitres",
] as const

export type Registers = { readonly [K in (typeof REGISTERS)[number]]: bigint }

export const ZERO_REGISTERS: Registers = Object.fromEntries(REGISTERS.map((name) => [name, 0n])) as Registers

export const PHASES = ["unspecified", "idle", "prefill", "decode", "train", "evaluate", "load"] as const
export type Phase = (typeof PHASES)[number]

export const CLOCKS = ["unsynchronised", "informative", "synchronised", "relative"] as const
export type Clock = (typeof CLOCKS)[number]

/** Where a source's numbers come from, best first (PROTOCOL section 3). */
export const GRADES = ["calibrated", "measured", "allocated", "estimated", "declared", "simulated"] as const
export type Grade = (typeof GRADES)[number]

/** Momentary values beside the registers; null means "not measured". */
export type Gauges = {
  /** Mean power since the last reading, mW, below 2^40 − 1. */
  readonly meanPowerMilliwatts: number | null
  /** Shares in 1/10000. */
  readonly smOccupancy: number | null
  readonly dramActivity: number | null
  readonly computeActivity: number | null
  /** Temperatures in 1/100 K. */
  readonly acceleratorCentikelvin: number | null
  readonly inletCentikelvin: number | null
  readonly phase: Phase
  readonly clock: Clock
}

export const NO_GAUGES: Gauges = {
  meanPowerMilliwatts: null,
  smOccupancy: null,
  dramActivity: null,
  computeActivity: null,
  acceleratorCentikelvin: null,
  inletCentikelvin: null,
  phase: "unspecified",
  clock: "unsynchronised",
}

/** What a device reads at one instant, without the sources behind it. */
export type Reading = {
  readonly registers: Registers
  readonly gauges: Gauges
  /** Milliseconds since 1970. */
  readonly timeMs: number
  /** 0, 1, 2, … within the run. */
  readonly sequence: number
}

const GAUGE_BITS = { power: 40, short: 16, byte: 8, sequence: 32 }

/** A gauge's field: its maximum stands for "not measured", so a measured value must stay below it. */
function gauge(name: string, value: number | null, bits: number): bigint {
  const absent = (1n << BigInt(bits)) - 1n
  if (value === null) return absent
  return field(name, BigInt(value) === absent ? -1 : value, bits)
}

/** The fourth word of a capture: sequence and gauges, low bits first, 168 bits in all. */
export function encodeGauges(sequence: number, gauges: Gauges): bigint {
  const { power, short, byte } = GAUGE_BITS
  const fields: readonly (readonly [bigint, number])[] = [
    [field("sequence", sequence, GAUGE_BITS.sequence), GAUGE_BITS.sequence],
    [gauge("meanPowerMilliwatts", gauges.meanPowerMilliwatts, power), power],
    [gauge("smOccupancy", gauges.smOccupancy, short), short],
    [gauge("dramActivity", gauges.dramActivity, short), short],
    [gauge("computeActivity", gauges.computeActivity, short), short],
    [gauge("acceleratorCentikelvin", gauges.acceleratorCentikelvin, short), short],
    [gauge("inletCentikelvin", gauges.inletCentikelvin, short), short],
    [BigInt(PHASES.indexOf(gauges.phase)), byte],
    [BigInt(CLOCKS.indexOf(gauges.clock)), byte],
  ]
  let word = 0n
  let shift = 0n
  for (const [value, bits] of fields) {
    word |= value << shift
    shift += BigInt(bits)
  }
  return word
}

/** w0 to w3 of PROTOCOL section 3. Throws NUMBER_OUT_OF_RANGE where a register passes 64 bits. */
export function encodeReading({
  registers,
  gauges,
  timeMs,
  sequence,
}: Reading): readonly [bigint, bigint, bigint, bigint] {
  const r = registers
  return [
    pack(r.energyMillijoules, r.uncertaintyMillijoules, r.acceleratorMillijoules),
    pack(r.idleMillijoules, r.workUnits, r.acceptedUnits),
    pack(r.carbonMilligrams, r.waterMillilitres, BigInt(timeMs)),
    encodeGauges(sequence, gauges),
  ]
}

/** The leaf of a capture: H6(w0, w1, w2, w3, B31(sources), salt). */
export function leafOf(reading: Reading, sourcesDigest: bigint, salt: bigint): bigint {
  return poseidon([...encodeReading(reading), sourcesDigest, salt])
}

const SALT_DOMAIN = utf8ToBytes("wattest/salt/v1")

/** The salt of a capture (its sequence) or of the closing statement, from the 32-byte secret of the run. */
export function saltOf(runSecret: Uint8Array, label: number | "statement"): bigint {
  const suffix = label === "statement" ? utf8ToBytes(label) : bigIntToBytes(BigInt(label), 4)
  return bytesToBigInt(hmac(sha256, runSecret, concatBytes(SALT_DOMAIN, suffix)).subarray(0, 31))
}

const CAPTURE_DOMAIN = concatBytes(utf8ToBytes("wattest/capture/v1"), Uint8Array.of(0))

/** What a device signs for a capture: domain, 0x00, run (u64 BE), leaf (32 bytes BE). */
export function captureMessage(run: bigint, leaf: bigint): Uint8Array {
  return concatBytes(CAPTURE_DOMAIN, bigIntToBytes(run, 8), bigIntToBytes(leaf, 32))
}
