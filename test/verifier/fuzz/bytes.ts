import { gzipSync } from "node:zlib"
import type { Chance } from "./chance.ts"

/** Bytes that parsers stumble over: quotes, brackets, control characters, broken and overlong UTF-8, gzip's magic. */
const TOKENS = [
  '"',
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "\\",
  "\n",
  "\u0000",
  "0x",
  "1e309",
  "-0",
  "\\ud800",
  "null",
  "9".repeat(400),
]
const RAW = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xef, 0xbb, 0xbf], [0x1f, 0x8b, 0x08]]
const ZERO_BYTES = 8 * 1024 * 1024

type Change = (bytes: Uint8Array, chance: Chance) => Uint8Array

const join = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts))
const token = (chance: Chance) =>
  chance.below(2) === 0 ? new TextEncoder().encode(chance.of(TOKENS)) : Uint8Array.from(chance.of(RAW))

const flipBits: Change = (bytes, chance) => {
  const copy = Uint8Array.from(bytes)
  for (let i = 0; i <= chance.below(8); i++) {
    const at = chance.below(copy.length)
    copy[at] = (copy[at] ?? 0) ^ (1 << chance.below(8))
  }
  return copy
}

const cut: Change = (bytes, chance) => bytes.slice(0, chance.below(bytes.length))

const insert: Change = (bytes, chance) => {
  const at = chance.below(bytes.length)
  return join(bytes.subarray(0, at), token(chance), bytes.subarray(at))
}

const move: Change = (bytes, chance) => {
  const [from, to] = [chance.below(bytes.length), chance.below(bytes.length)]
  const piece = bytes.subarray(from, from + 1 + chance.below(200))
  return join(bytes.subarray(0, to), piece, bytes.subarray(to))
}

const remove: Change = (bytes, chance) => {
  const at = chance.below(bytes.length)
  return join(bytes.subarray(0, at), bytes.subarray(at + 1 + chance.below(100)))
}

const noise: Change = (_, chance) => Uint8Array.from({ length: chance.below(2000) }, () => chance.below(256))

const nest: Change = (_, chance) =>
  new TextEncoder().encode(chance.of(["[", '{"a":']).repeat(1 + chance.below(200_000)))

const repeat: Change = (bytes, chance) => join(...Array.from({ length: 2 + chance.below(3) }, () => bytes))

const CHANGES = [flipBits, flipBits, cut, insert, insert, move, remove, noise, nest, repeat] as const

/** A copy with its bytes changed without regard to their meaning. */
export const changeBytes: Change = (bytes, chance) => chance.of(CHANGES)(bytes, chance)

const bomb: Change = (bytes) => gzipSync(join(bytes, new Uint8Array(ZERO_BYTES)))
const cutZip: Change = (bytes, chance) => cut(gzipSync(bytes), chance)
const flippedZip: Change = (bytes, chance) => flipBits(gzipSync(bytes), chance)
const trailing: Change = (bytes, chance) => join(gzipSync(bytes), token(chance))

const FLAGS_AT = 3
const TEXT_FLAG = 1
const TIME_AT = 4
const BODY_AT = 10

/** Says of bytes whether they are this text in gzip: time, level, system and text flag of a header change nothing in it. */
export function createZipTest(text: Uint8Array): (bytes: Uint8Array) => boolean {
  const zip = new Uint8Array(gzipSync(text))
  return (bytes) => {
    if (bytes.length !== zip.length) return false
    const plain = Uint8Array.from(bytes)
    plain[FLAGS_AT] = (plain[FLAGS_AT] ?? 0) & ~TEXT_FLAG
    plain.set(zip.subarray(TIME_AT, BODY_AT), TIME_AT)
    return Buffer.compare(plain, zip) === 0
  }
}

/** The same, through gzip: broken streams, what follows a stream, and a little that becomes much. */
export const changeZip: Change = (bytes, chance) => chance.of([cutZip, flippedZip, trailing, bomb])(bytes, chance)
