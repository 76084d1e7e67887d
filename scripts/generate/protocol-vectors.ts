import { createHash, createHmac } from "node:crypto"
import { writeFileSync } from "node:fs"
import { LeanIMT } from "@zk-kit/lean-imt"
import { poseidon2, poseidon6, poseidon11 } from "poseidon-lite"
import { encodeAbiParameters, type Hex, keccak256, parseAbiParameters, stringToHex } from "viem"

/**
 * Writes test/vectors/protocol.json with other people's implementations of every primitive (poseidon-lite, zk-kit's
 * LeanIMT, viem's ABI coder, node:crypto), so that ours is checked against something that shares none of its code.
 */
export const VECTOR_FILE = "test/vectors/protocol.json"

const U64_MAX = 2n ** 64n - 1n
const b31 = (data: Buffer | string) => BigInt(`0x${createHash("sha256").update(data).digest("hex").slice(0, 62)}`)
const pack = (a: bigint, b: bigint, c: bigint) => a + b * 2n ** 64n + c * 2n ** 128n
const hex32 = (value: bigint) => `0x${value.toString(16).padStart(64, "0")}`

// Deterministic 64-bit numbers: the vectors are the same at every run.
const number64 = (label: string) => BigInt(`0x${createHash("sha256").update(label).digest("hex").slice(0, 16)}`)

function captureVector(name: string, registers: readonly bigint[]) {
  const [e = 0n, u = 0n, a = 0n, i = 0n, w = 0n, q = 0n, c = 0n, l = 0n] = registers
  const [timeMs, sequence, power] = [1_700_000_000_000n, 41n, 350_000n]
  const [salt, sources] = [b31(`salt ${name}`), `{"nonce":"${name}"}`]
  // Power measured, all other gauges absent; phase train (4), clock synchronised (2).
  const gauges = sequence + (power << 32n) + ((2n ** 80n - 1n) << 72n) + (4n << 152n) + (2n << 160n)
  const words = [pack(e, u, a), pack(i, w, q), pack(c, l, timeMs), gauges]
  const leaf = poseidon6([...words, b31(sources), salt])
  return {
    name,
    registers: registers.map(String),
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

function statementVector(run: bigint) {
  const device = `0x${"5a".repeat(32)}` as Hex
  const registers = Array.from({ length: 8 }, (_, i) => number64(`register ${run} ${i}`))
  const [e = 0n, u = 0n, a = 0n, i = 0n, w = 0n, q = 0n, c = 0n, l = 0n] = registers
  const [start, end, lifetime, captures] = [1_700_000_000_000n, 1_700_000_600_000n, number64("lifetime"), 601n]
  const kind = captures + (2n << 32n) + (1n << 40n) + (1n << 48n) + (4n << 56n)
  const totals = [pack(e, u, a), pack(i, w, q), pack(c, l, end), pack(start, lifetime, kind)]
  const tags = ["llama-3.1-70b", "token", "DE", "Kunde №7"]
  const runBytes = Buffer.alloc(8)
  runBytes.writeBigUInt64BE(run)
  const origin = b31(Buffer.concat([Buffer.from(device.slice(2), "hex"), runBytes]))
  const salt = b31(`statement ${run}`)
  const digest = poseidon11([...totals, ...tags.map(b31), b31('{"job":"j"}'), origin, salt])
  const capturesRoot = b31("captures")
  const root = poseidon2([digest, capturesRoot])
  const words = { salt, digest, capturesRoot, root }
  const inHex = Object.fromEntries(Object.entries(words).map(([name, value]) => [name, hex32(value)]))
  return { device, run: String(run), registers: registers.map(String), lifetime: String(lifetime), tags, ...inHex }
}

function messageVector(count: number) {
  const registry = `0x${"c3".repeat(20)}` as Hex
  const device = `0x${"5a".repeat(32)}` as Hex
  const roots = Array.from({ length: count }, (_, i) => hex32(b31(`root ${i}`)) as Hex)
  const types = parseAbiParameters("bytes32, uint256, address, bytes32, uint64, bytes32[]")
  const domain = keccak256(stringToHex("wattest.submission.v1"))
  const message = keccak256(encodeAbiParameters(types, [domain, 137n, registry, device, 7n, roots]))
  return { chainId: 137, registry, device, firstRun: "7", roots, message }
}

function saltVector(label: string, suffix: Buffer) {
  const secret = createHash("sha256").update("run secret").digest()
  const salt = createHmac("sha256", secret).update("wattest/salt/v1").update(suffix).digest("hex").slice(0, 62)
  return { secret: `0x${secret.toString("hex")}`, label, salt: hex32(BigInt(`0x${salt}`)) }
}

/** The vectors as text, the same at every run. */
export function protocolVectors(): string {
  const ramp = Array.from({ length: 8 }, (_, i) => BigInt(1000 * (i + 1)))
  const sizes = [1, 2, 3, 5, ...[2, 3, 4, 5, 6].flatMap((k) => [2 ** k - 1, 2 ** k, 2 ** k + 1])]
  const vectors = {
    captures: [
      captureVector("all zero", Array(8).fill(0n)),
      captureVector("all at their maximum", Array(8).fill(U64_MAX)),
      captureVector("a ramp", ramp),
    ],
    salts: [saltVector("0", Buffer.alloc(4)), saltVector("statement", Buffer.from("statement"))],
    trees: [...new Set(sizes)].sort((a, b) => a - b).map(treeVector),
    statements: [statementVector(0n), statementVector(U64_MAX)],
    submissions: [1, 2, 128].map(messageVector),
  }
  return `${JSON.stringify(vectors, null, 1)}\n`
}

if (import.meta.main) writeFileSync(VECTOR_FILE, protocolVectors())
