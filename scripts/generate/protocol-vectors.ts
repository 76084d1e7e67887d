import { createHash, createHmac } from "node:crypto"
import { writeFileSync } from "node:fs"
import { LeanIMT } from "@zk-kit/lean-imt"
import { poseidon2, poseidon6, poseidon13 } from "poseidon-lite"
import { encodeAbiParameters, type Hex, keccak256, parseAbiParameters, stringToHex } from "viem"

/**
 * Writes test/vectors/protocol.json with other people's implementations of every primitive (poseidon-lite, zk-kit's
 * LeanIMT, viem's ABI coder, node:crypto), so that ours is checked against something that shares none of its code.
 */
export const VECTOR_FILE = "test/vectors/protocol.json"

const U64_MAX = 2n ** 64n - 1n
const MAX_REGISTER = 2n ** 60n - 1n
const b31 = (data: Buffer | string) => BigInt(`0x${createHash("sha256").update(data).digest("hex").slice(0, 62)}`)
/** Values side by side, low bits first: by sums of powers of two, where the protocol shifts. */
const join = (...fields: (readonly [value: bigint, bits: number])[]) => {
  let [word, weight] = [0n, 1n]
  for (const [value, bits] of fields) {
    word += value * weight
    weight *= 2n ** BigInt(bits)
  }
  return word
}
const registerWords = (registers: readonly bigint[]) =>
  [0, 4, 8].map((from) => join(...registers.slice(from, from + 4).map((value) => [value, 60] as const)))
const hex32 = (value: bigint) => `0x${value.toString(16).padStart(64, "0")}`

// Deterministic 60-bit numbers: the vectors are the same at every run.
const number60 = (label: string) => BigInt(`0x${createHash("sha256").update(label).digest("hex").slice(0, 15)}`)

type Momentary = { readonly sequence: bigint; readonly timeMs: bigint; readonly gauges: readonly (bigint | null)[] }

/** Widths of the numeric gauges, in order. */
const GAUGE_BITS = [40, 16, 16, 16, 16, 16]
const PLAIN: Momentary = { sequence: 41n, timeMs: 1_700_000_000_000n, gauges: [350_000n, null, null, null, null, null] }
const FULL: Momentary = {
  sequence: 2n ** 32n - 1n,
  timeMs: 2n ** 48n - 1n,
  gauges: GAUGE_BITS.map((bits) => 2n ** BigInt(bits) - 2n),
}

/** Phase train (4), clock synchronised (2). */
function captureVector(name: string, registers: readonly bigint[], momentary = PLAIN) {
  const { sequence, timeMs, gauges } = momentary
  const [salt, sources] = [b31(`salt ${name}`), `{"nonce":"${name}"}`]
  const numeric = GAUGE_BITS.map((bits, i) => [gauges[i] ?? 2n ** BigInt(bits) - 1n, bits] as const)
  const w3 = join([sequence, 32], [timeMs, 48], ...numeric, [4n, 8], [2n, 8])
  const words = [...registerWords(registers), w3]
  const leaf = poseidon6([...words, b31(sources), salt])
  return {
    name,
    registers: registers.map(String),
    sequence: Number(sequence),
    timeMs: Number(timeMs),
    gauges: gauges.map((value) => (value === null ? null : Number(value))),
    sources,
    salt: hex32(salt),
    words: words.map(hex32),
    leaf: hex32(leaf),
  }
}

function treeVector(size: number) {
  const leaves = Array.from({ length: size }, (_, i) => b31(`leaf ${i}`))
  const root = new LeanIMT<bigint>((left, right) => poseidon2([left, right]), leaves).root
  return { size, root: hex32(root) }
}

type Kind = {
  readonly start: bigint
  readonly end: bigint
  readonly lifetime: bigint
  readonly captures: bigint
  /** Boundary, status, energy grade, work grade, origin. */
  readonly marks: readonly bigint[]
  readonly fed: bigint
  readonly broken: bigint
}

const DAY: Kind = {
  ...{ start: 1_700_000_000_000n, end: 1_700_000_600_000n, lifetime: number60("lifetime"), captures: 601n },
  ...{ marks: [2n, 1n, 1n, 4n, 0n], fed: 0b11000001001n, broken: 0n },
}
const UTMOST: Kind = {
  ...{ start: 2n ** 48n - 2n, end: 2n ** 48n - 1n, lifetime: 2n ** 96n - 1n, captures: 2n ** 32n - 1n },
  ...{ marks: [4n, 2n, 5n, 5n, 1n], fed: 2n ** 11n - 1n, broken: 1n },
}

function statementVector(run: bigint, registers: readonly bigint[], kind: Kind) {
  const device = `0x${"5a".repeat(32)}` as Hex
  const { start, end, lifetime, captures, marks, fed, broken } = kind
  const bytes = marks.map((mark) => [mark, 8] as const)
  const s3 = join([start, 48], [end, 48], [captures, 32], ...bytes, [fed, 16], [broken, 1])
  const totals = [...registerWords(registers), s3, lifetime]
  const tags = ["llama-3.1-70b", "token", "DE", "Halle 3, Straße 1", "Kunde №7"]
  const runBytes = Buffer.alloc(8)
  runBytes.writeBigUInt64BE(run)
  const identity = b31(Buffer.concat([Buffer.from(device.slice(2), "hex"), runBytes]))
  const salt = b31(`statement ${run}`)
  const digest = poseidon13([...totals, ...tags.map(b31), b31('{"job":"j"}'), identity, salt])
  const capturesRoot = b31("captures")
  const root = poseidon2([digest, capturesRoot])
  const words = { salt, digest, capturesRoot, root }
  const inHex = Object.fromEntries(Object.entries(words).map(([name, value]) => [name, hex32(value)]))
  return {
    ...{ device, run: String(run), registers: registers.map(String), lifetime: String(lifetime), tags },
    ...{ startTimeMs: Number(start), endTimeMs: Number(end), captures: Number(captures) },
    ...{ marks: marks.map(Number), fed: Number(fed), broken: broken === 1n },
    ...{ words: totals.map(hex32), ...inHex },
  }
}

/** One refused word for each rule of the packed words: the last bit pattern that stands for nothing, or one bit more. */
function refusedVectors() {
  const s3 = (marks: readonly bigint[], fed = 0n) =>
    join([0n, 48], [1n, 48], [1n, 32], ...marks.map((mark) => [mark, 8] as const), [fed, 16], [0n, 1])
  const momentary = (phase: bigint, clock: bigint) => join([0n, 32], [0n, 48], [0n, 120], [phase, 8], [clock, 8])
  // Of boundary, status, grades and origin: the first number without a name.
  const beyond = [5n, 3n, 6n, 6n, 2n]
  const marks = beyond.map((value, place) => ({
    word: "s3",
    value: hex32(s3([1n, 0n, 0n, 0n, 0n].map((mark, i) => (i === place ? value : mark)))),
    code: "FIELD_MALFORMED",
  }))
  return [
    ...["w0", "w1", "w2"].map((word) => ({ word, value: hex32(2n ** 240n), code: "NUMBER_OUT_OF_RANGE" })),
    { word: "w3", value: hex32(2n ** 216n), code: "NUMBER_OUT_OF_RANGE" },
    { word: "w3", value: hex32(momentary(7n, 0n)), code: "FIELD_MALFORMED" },
    { word: "w3", value: hex32(momentary(0n, 4n)), code: "FIELD_MALFORMED" },
    { word: "s3", value: hex32(2n ** 185n + s3([1n, 0n, 0n, 0n, 0n])), code: "NUMBER_OUT_OF_RANGE" },
    { word: "s3", value: hex32(s3([0n, 0n, 0n, 0n, 0n])), code: "FIELD_MALFORMED" },
    { word: "s3", value: hex32(s3([1n, 0n, 0n, 0n, 0n], 2n ** 11n)), code: "FIELD_MALFORMED" },
    ...marks,
    { word: "s4", value: hex32(2n ** 96n), code: "NUMBER_OUT_OF_RANGE" },
  ]
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** RFC 8785 for values whose texts and numbers JSON.stringify spells as it asks: names in order. */
function canonical(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  const names = Object.keys(value).sort()
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name] ?? null)}`).join(",")}}`
}

const sha256 = (data: Buffer | string): Hex => `0x${createHash("sha256").update(data).digest("hex")}`

function vouchVector() {
  const document: Json = {
    mediaType: "application/vnd.wattest.vouch.v1+json",
    device: `0x${"5a".repeat(32)}`,
    boundary: "node",
    origin: "live",
    site: "Halle 3, Straße 1",
    sensors: [
      {
        ...{ id: "psu/input", surface: "redfish", quantity: "power", serial: "SN-0001", ratingWatts: "3200" },
        ...{ periodMs: 1000, accuracyClass: "80 PLUS Titanium, 1 %", calibrations: [sha256("calibration")] },
        ...{ channel: "authenticated", fingerprint: sha256("key") },
      },
      {
        ...{ id: "gpu0/energy", surface: "nvml", quantity: "energy", serial: "", wrapsAt: "18446744073709551616" },
        ...{ accuracyClass: "", calibrations: [], channel: "wired" },
      },
    ],
    metering: [
      { sensor: "psu/input", role: "energy" },
      { sensor: "gpu0/energy", role: "accelerator", share: "0.5" },
    ],
    accelerators: [{ sku: "NVIDIA H100 80GB HBM3", count: 8, ids: ["GPU-1"] }],
    validFrom: 1_700_000_000,
    previous: sha256("the document before"),
  }
  return { document, digest: sha256(canonical(document)) }
}

function groupVector() {
  const devices = ["b", "a", "c"].map((name) => sha256(`device ${name}`))
  const sorted = [...devices].sort().map((device) => Buffer.from(device.slice(2), "hex"))
  const devicesDigest = sha256(Buffer.concat(sorted))
  const part: Json = { job: "pretraining", part: 1, devices: 3, devicesDigest, previous: sha256("part 0") }
  return { devices, devicesDigest, part, partDigest: sha256(canonical(part)) }
}

function messageVector(count: number) {
  const registry = `0x${"c3".repeat(20)}` as Hex
  const device = `0x${"5a".repeat(32)}` as Hex
  const roots = Array.from({ length: count }, (_, i) => hex32(b31(`root ${i}`)) as Hex)
  const types = parseAbiParameters("bytes32, uint256, address, bytes32, uint64, bytes32[], uint64")
  const domain = keccak256(stringToHex("wattest.submission.v1"))
  const through = 60 * (30_000_000 + count)
  const message = keccak256(encodeAbiParameters(types, [domain, 137n, registry, device, 7n, roots, BigInt(through)]))
  return { chainId: 137, registry, device, firstRun: "7", roots, through, message }
}

function saltVector(label: string, suffix: Buffer) {
  const secret = createHash("sha256").update("run secret").digest()
  const salt = createHmac("sha256", secret).update("wattest/salt/v1").update(suffix).digest("hex").slice(0, 62)
  return { secret: `0x${secret.toString("hex")}`, label, salt: hex32(BigInt(`0x${salt}`)) }
}

/** The vectors as text, the same at every run. */
export function protocolVectors(): string {
  const twelve = (value: (i: number) => bigint) => Array.from({ length: 12 }, (_, i) => value(i))
  const ramp = twelve((i) => BigInt(1000 * (i + 1)))
  const spread = (run: bigint) => twelve((i) => number60(`register ${run} ${i}`))
  const sizes = [1, 2, 3, 5, ...[2, 3, 4, 5, 6].flatMap((k) => [2 ** k - 1, 2 ** k, 2 ** k + 1])]
  const vectors = {
    captures: [
      captureVector(
        "all zero",
        twelve(() => 0n),
        { sequence: 0n, timeMs: 0n, gauges: Array(6).fill(0n) },
      ),
      captureVector(
        "all at their maximum",
        twelve(() => MAX_REGISTER),
        FULL,
      ),
      captureVector("a ramp", ramp),
      ...twelve((i) => BigInt(i)).map((place) =>
        captureVector(
          `register ${place} alone at its maximum`,
          twelve((i) => (BigInt(i) === place ? MAX_REGISTER : 0n)),
        ),
      ),
    ],
    salts: [saltVector("0", Buffer.alloc(4)), saltVector("statement", Buffer.from("statement"))],
    trees: [...new Set(sizes)].sort((a, b) => a - b).map(treeVector),
    statements: [
      statementVector(0n, spread(0n), DAY),
      statementVector(
        U64_MAX,
        twelve(() => MAX_REGISTER),
        UTMOST,
      ),
      ...Array.from({ length: 11 }, (_, bit) => statementVector(BigInt(bit), ramp, { ...DAY, fed: 2n ** BigInt(bit) })),
    ],
    refused: refusedVectors(),
    vouch: vouchVector(),
    group: groupVector(),
    submissions: [1, 2, 128].map(messageVector),
  }
  return `${JSON.stringify(vectors, null, 1)}\n`
}

if (import.meta.main) writeFileSync(VECTOR_FILE, protocolVectors())
