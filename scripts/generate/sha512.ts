import { hex, indent, solidityFile, sum } from "./solidity.ts"

const WORD = (1n << 64n) - 1n

/** Padding of a 96-byte message (FIPS 180-4 §5.1.2): a one bit, zeros, the length in bits. Words 0 to 11 are message. */
const PADDING = new Map([
  [12, 1n << 63n],
  [13, 0n],
  [14, 0n],
  [15, 768n],
])

/** Largest x with x^degree ≤ n, for n < 2^272. */
function integerRoot(n: bigint, degree: bigint): bigint {
  let low = 0n
  let high = 1n << 136n
  while (low < high) {
    const middle = (low + high + 1n) / 2n
    if (middle ** degree <= n) low = middle
    else high = middle - 1n
  }
  return low
}

function primes(count: number): bigint[] {
  const found: bigint[] = []
  for (let n = 2n; found.length < count; n++) if (found.every((p) => n % p !== 0n)) found.push(n)
  return found
}

/** §4.2.3: first 64 fractional bits of the cube roots of the first 80 primes. */
export const ROUND_CONSTANTS = primes(80).map((p) => integerRoot(p << 192n, 3n) & WORD)
/** §5.3.5: first 64 fractional bits of the square roots of the first 8 primes. */
export const INITIAL = primes(8).map((p) => integerRoot(p << 128n, 2n) & WORD)

const rotate = (x: bigint, n: bigint) => ((x >> n) | (x << (64n - n))) & WORD
const sigma0 = (x: bigint) => rotate(x, 1n) ^ rotate(x, 8n) ^ (x >> 7n)
const sigma1 = (x: bigint) => rotate(x, 19n) ^ rotate(x, 61n) ^ (x >> 6n)

/** Message word t ends at this address plus 32; the words lie 16 bytes apart, 64 bits each. */
const WORDS = 0xa0
const slot = (t: number) => hex(WORDS + 16 * t)

/** Four message words of a 32-byte input go into two pairs: the first and third of them in the high halves. */
const store = (input: string, t: number) => [
  `mstore(${slot(t)}, and(or(shr(128, ${input}), shl(64, shr(128, ${input}))), PAIR))`,
  `mstore(${slot(t + 2)}, or(and(shl(64, ${input}), shl(128, WORD)), and(${input}, WORD)))`,
]

/** W[t] and W[t + 1] (§6.4.2 step 1) in one word; what is known of them is folded into one constant. */
function schedule(t: number): string[] {
  const lines: string[] = []
  const terms: string[] = []
  let known = 0n
  const term = (back: number, ofKnown: (x: bigint) => bigint, ofPair: (pair: string) => string) => {
    const [first, second] = [PADDING.get(t - back), PADDING.get(t - back + 1)]
    if (first === undefined || second === undefined) terms.push(ofPair(`mload(${slot(t - back)})`))
    else known += (ofKnown(first) << 128n) + ofKnown(second)
  }
  const sigma = (name: string, shift: number, first: number, second: number) => {
    lines.push("y := mul(x, double)")
    lines.push(`${name} := and(xor(shr(${shift}, x), shr(${first}, xor(y, shr(${second - first}, y)))), pair)`)
    return name
  }
  // x still holds the pair before this one
  term(2, sigma1, () => sigma("z", 6, 19, 61))
  term(15, sigma0, (pair) => {
    lines.push(`x := ${pair}`)
    return sigma("y", 7, 1, 8)
  })
  term(16, BigInt, String)
  term(7, BigInt, String)
  if (known !== 0n) terms.push(hex(known))
  // nothing rotates the last pair
  lines.push(`x := ${t === 78 ? sum(terms) : `and(${sum(terms)}, pair)`}`)
  return [...lines, `mstore(${slot(t)}, ${t < PREPARED ? "x" : sum(["x", constants(t)])})`]
}

/** From this pair on no word is read from memory but by its round, so the round's constant is in it. */
const PREPARED = 74
const constants = (t: number) => hex(((ROUND_CONSTANTS[t] ?? 0n) << 128n) | (ROUND_CONSTANTS[t + 1] ?? 0n))

const NAMES = "abcdefgh"

/** §6.4.2 step 3. The names rotate instead of the values: only d and h change, and become the next e and a. */
function round(t: number): string[] {
  const [a, b, , d, e, f, g, h] = [...NAMES].map((_, i) => NAMES[(i + 80 - t) % 8])
  const [now, before] = t % 2 === 0 ? ["u", "v"] : ["v", "u"]
  const padding = PADDING.get(t)
  const known = t < PREPARED ? [hex(((ROUND_CONSTANTS[t] ?? 0n) + (padding ?? 0n)) & WORD)] : []
  const bigSigma1 = `shr(14, xor(${e}, shr(4, xor(${e}, shr(23, ${e})))))`
  const bigSigma0 = `shr(28, xor(${a}, shr(6, xor(${a}, shr(5, ${a})))))`
  const choice = `xor(${g}, and(${e}, xor(${f}, ${g})))`
  const word = padding === undefined ? [`mload(${hex(WORDS + 16 * t - 16)})`] : []
  // nothing rotates what the last round makes, and the digest takes its lower half
  const reduced = (value: string) => (t === 79 ? value : `mul(and(${value}, word), double)`)
  return [
    `x := ${sum([bigSigma1, choice, ...word, ...known, String(h)])}`,
    `${now} := xor(${a}, ${b})`,
    `${d} := ${reduced(`add(${d}, x)`)}`,
    `${h} := ${reduced(`add(x, add(${bigSigma0}, xor(${b}, and(${now}, ${before}))))`)}`,
  ]
}

/** Round 0 starts from constants: only W[0] is added to what they give. */
function firstRound(): string[] {
  const [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n, g = 0n, h = 0n] = INITIAL
  const bigSigma1 = rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n)
  const bigSigma0 = rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n)
  const first = h + bigSigma1 + (g ^ (e & (f ^ g))) + (ROUND_CONSTANTS[0] ?? 0n)
  const second = first + bigSigma0 + (b ^ ((a ^ b) & (b ^ c)))
  const next: Record<string, bigint> = { d: d + first, h: second }
  const double = (n: bigint) => hex(n * ((1n << 64n) + 1n))
  const initial = [...NAMES].map((name, i) => {
    const sum = next[name]
    return sum === undefined
      ? `let ${name} := ${double(INITIAL[i] ?? 0n)}`
      : `let ${name} := mul(and(add(x, ${hex(sum & WORD)}), word), double)`
  })
  return [`let x := mload(${hex(WORDS - 16)})`, ...initial, `let u := ${double(a ^ b)}`, "let v"]
}

/** Sums of §6.4.2 step 4, each half's words from its last to its first, the lowest in memory written last: what a store leaves below its 8 bytes, the next one overwrites. */
const digest = () =>
  [..."dcbahgfe"]
    .map((name, i) => `mstore(${hex(WORDS + 8 * i)}, add(${name}, ${hex(INITIAL[NAMES.indexOf(name)] ?? 0n)}))`)
    .reverse()

/** Ones in the lower half of every two times `bits` bits of a word. */
const lowerHalves = (bits: bigint) => ((1n << 256n) - 1n) / ((1n << bits) + 1n)

/** Reverses the bytes of each 64 bits. */
const reverseBytes = (half: string) =>
  [8n, 16n, 32n].map((bits) => {
    const mask = hex(lowerHalves(bits))
    return `${half} := or(and(shr(${bits}, ${half}), ${mask}), shl(${bits}, and(${half}, ${mask})))`
  })

const steps = (from: number, to: number, by: number, step: (t: number) => string[]) =>
  Array.from({ length: (to - from) / by }, (_, i) => step(from + by * i)).flat()

/** contracts/lib/Sha512Block.sol */
export function sha512Block(): string {
  const lines = [
    ...["r", "key", "message"].flatMap((input, i) => store(input, 4 * i)),
    ...[12, 14].map((t) => `mstore(${slot(t)}, ${hex(((PADDING.get(t) ?? 0n) << 128n) | (PADDING.get(t + 1) ?? 0n))})`),
    "let double := DOUBLE",
    "{",
    "let pair := PAIR",
    "let x, y, z",
    ...steps(16, 80, 2, schedule),
    "}",
    "let word := WORD",
    ...firstRound(),
    ...steps(1, 80, 1, round),
    ...digest(),
    `first := mload(${hex(WORDS + 24)})`,
    `second := mload(${hex(WORDS + 56)})`,
    ...["first", "second"].flatMap(reverseBytes),
  ]
  return solidityFile(
    "sha512.ts",
    `/// @title SHA-512 (FIPS 180-4) of exactly 96 bytes, all rounds unrolled
/// @dev Two words of the schedule are computed at once, in the halves of one EVM word. State words x are kept as
/// x·(2^64 + 1), so that a rotation is one shift, and are reduced only where a round makes a new one. The rotations by
/// p < q < r of Σ are ((x >> (r - q) ^ x) >> (q - p) ^ x) >> p.
library Sha512Block {
    uint256 private constant WORD = 0xffffffffffffffff;
    uint256 private constant DOUBLE = 0x10000000000000001;
    uint256 private constant PAIR = 0xffffffffffffffff0000000000000000ffffffffffffffff;

    /// @notice SHA-512(r ‖ key ‖ message), its halves read as little-endian numbers.
    /// @dev Overwrites memory from 0x80 to ${hex(WORDS + 16 * 80)}: the caller keeps nothing there.
    function digest(bytes32 r, bytes32 key, bytes32 message) internal pure returns (uint256 first, uint256 second) {
        assembly {
${indent(lines, 12)}
        }
    }
}`,
  )
}
