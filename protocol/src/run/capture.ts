import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { bigIntToBytes, bytesToBigInt, concatBytes } from "../encoding/bytes.ts"
import { type Four, field, packFields, REGISTER_BITS, unpack4, unpackFields } from "../encoding/pack.ts"
import { poseidon } from "../poseidon.ts"
import { check } from "../rejection.ts"

/** The twelve running totals of a capture (PROTOCOL section 3), in order; unsigned 60-bit. */
export const REGISTERS = [
  "energyMillijoules",
  "uncertaintyMillijoules",
  "itMillijoules",
  "acceleratorMillijoules",
  "idleMillijoules",
  "workUnits",
  "acceptedUnits",
  "inputUnits",
  "carbonMilligrams",
  "waterMillilitres",
  "reusedMillijoules",
  "blindMilliseconds",
] as const

export type Registers = { readonly [K in (typeof REGISTERS)[number]]: bigint }

export const ZERO_REGISTERS: Registers = Object.fromEntries(REGISTERS.map((name) => [name, 0n])) as Registers

/** Registers of two runs together. */
export const addRegisters = (a: Registers, b: Registers): Registers =>
  Object.fromEntries(REGISTERS.map((name) => [name, a[name] + b[name]])) as Registers

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

/** Bits of a time in ms: it lasts until the year 10889. */
export const TIME_BITS = 48
export const MAX_TIME_MS = 2 ** TIME_BITS - 1

/** The numeric gauges in their order, with their bits; all ones stand for "not measured". */
const GAUGE_BITS = [
  ["meanPowerMilliwatts", 40],
  ["smOccupancy", 16],
  ["dramActivity", 16],
  ["computeActivity", 16],
  ["acceleratorCentikelvin", 16],
  ["inletCentikelvin", 16],
] as const

const ENUM_BITS = 8
const SEQUENCE_BITS = 32
const W3_BITS = [SEQUENCE_BITS, TIME_BITS, ...GAUGE_BITS.map(([, bits]) => bits), ENUM_BITS, ENUM_BITS]

const absentOf = (bits: number) => (1n << BigInt(bits)) - 1n

/** A gauge's field: its maximum stands for "not measured", so a measured value must stay below it. */
function encodeGauge(name: string, value: number | null, bits: number): bigint {
  if (value === null) return absentOf(bits)
  return field(name, BigInt(value) === absentOf(bits) ? -1 : value, bits)
}

type Momentary = Omit<Reading, "registers">

/** The fourth word of a capture: sequence, time and gauges, low bits first, 216 bits in all. */
export function encodeMomentary({ sequence, timeMs, gauges }: Momentary): bigint {
  return packFields([
    [field("sequence", sequence, SEQUENCE_BITS), SEQUENCE_BITS],
    [field("timeMs", timeMs, TIME_BITS), TIME_BITS],
    ...GAUGE_BITS.map(([name, bits]) => [encodeGauge(name, gauges[name], bits), bits] as const),
    [BigInt(PHASES.indexOf(gauges.phase)), ENUM_BITS],
    [BigInt(CLOCKS.indexOf(gauges.clock)), ENUM_BITS],
  ])
}

/** The inverse of {@link encodeMomentary}. Throws NUMBER_OUT_OF_RANGE, or FIELD_MALFORMED on an unknown phase or clock. */
export function decodeMomentary(word: bigint): Momentary {
  const [sequence = 0n, timeMs = 0n, ...rest] = unpackFields(word, W3_BITS)
  const numeric = GAUGE_BITS.map(([name, bits], i) => {
    const value = rest[i] ?? 0n
    return [name, value === absentOf(bits) ? null : Number(value)] as const
  })
  const [phase = 0n, clock = 0n] = rest.slice(GAUGE_BITS.length)
  const gauges = {
    ...(Object.fromEntries(numeric) as Pick<Gauges, (typeof GAUGE_BITS)[number][0]>),
    phase: nameAt("phase", PHASES, phase),
    clock: nameAt("clock", CLOCKS, clock),
  }
  return { sequence: Number(sequence), timeMs: Number(timeMs), gauges }
}

/** The name that a number stands for in a packed word. Throws FIELD_MALFORMED where it stands for none. */
export function nameAt<const T extends string>(what: string, names: readonly T[], index: bigint): T {
  const name = names[Number(index)]
  check(name !== undefined, "FIELD_MALFORMED", `${what}: ${index} has no name`)
  return name
}

/** The registers as w0, w1 and w2, which the statement repeats as s0, s1 and s2. Throws NUMBER_OUT_OF_RANGE. */
export function encodeRegisters(registers: Registers): readonly [bigint, bigint, bigint] {
  const fields = REGISTERS.map((name) => [field(name, registers[name], REGISTER_BITS), REGISTER_BITS] as const)
  return [packFields(fields.slice(0, 4)), packFields(fields.slice(4, 8)), packFields(fields.slice(8))]
}

/** The inverse of {@link encodeRegisters}. Throws NUMBER_OUT_OF_RANGE. */
export function decodeRegisters(words: readonly [bigint, bigint, bigint]): Registers {
  const values = words.flatMap(unpack4)
  return Object.fromEntries(REGISTERS.map((name, i) => [name, values[i]])) as Registers
}

/** w0 to w3 of PROTOCOL section 3. Throws NUMBER_OUT_OF_RANGE where a number passes its bits. */
export function encodeReading({ registers, ...momentary }: Reading): Four {
  return [...encodeRegisters(registers), encodeMomentary(momentary)]
}

/** The inverse of {@link encodeReading}. Throws NUMBER_OUT_OF_RANGE or FIELD_MALFORMED. */
export function decodeReading([w0, w1, w2, w3]: Four): Reading {
  return { registers: decodeRegisters([w0, w1, w2]), ...decodeMomentary(w3) }
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
