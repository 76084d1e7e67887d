import { closeSync, fstatSync, openSync, readSync } from "node:fs"
import { UsageError } from "../errors.ts"
import { printable } from "./printable.ts"

const READ_BYTES = 256 * 1024
export const STANDARD_INPUT = "-"

/** How a message names a place. */
export const placeOf = (path: string) => (path === STANDARD_INPUT ? "standard input" : printable(path))

const PAUSE_MS = 10

/** Reads some bytes, 0 at the end; a pipe that another process made may have none yet. */
function readSome(file: number, piece: Buffer): number {
  for (;;) {
    try {
      return readSync(file, piece)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
    }
  }
}

/**
 * Reads a file, or standard input for `-`, of at most this length, or a little more of a longer one: enough to refuse it.
 * Reads to the end, because a pipe does not know its size.
 */
export function readAtMost(path: string, maxBytes: number): Uint8Array {
  const file = path === STANDARD_INPUT ? 0 : openSync(path, "r")
  const pieces: Buffer[] = []
  let size = 0
  try {
    // Reading a folder fails too, but then the system no longer says which.
    if (fstatSync(file).isDirectory())
      throw new UsageError(`${placeOf(path)}: this is a folder, not a file`, "name a file")
    while (size <= maxBytes) {
      const piece = Buffer.allocUnsafe(READ_BYTES)
      const length = readSome(file, piece)
      if (length === 0) break
      pieces.push(piece.subarray(0, length))
      size += length
    }
    return Buffer.concat(pieces)
  } finally {
    if (file !== 0) closeSync(file)
  }
}

/** A file's bytes, or standard input's. Throws a UsageError where they are more than this. */
export function readWithin(path: string, maxBytes: number, expected: string): Uint8Array {
  const bytes = readAtMost(path, maxBytes)
  if (bytes.length <= maxBytes) return bytes
  throw new UsageError(`${placeOf(path)} is too long for ${expected}`, `at most ${maxBytes} bytes are read`)
}

/** The same as text, to the letter: a byte order mark stays. */
export const readText = (path: string, maxBytes: number, expected: string): string =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(readWithin(path, maxBytes, expected))

/** What is read of a file, or null where there is none. */
export function ifThere<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null
    throw error
  }
}

const MAX_SECRET_BYTES = 64 * 1024

/** What a file keeps from others: a password, a PIN, a token. The line end of the file is no part of it. */
export const readSecret = (path: string): string => readText(path, MAX_SECRET_BYTES, "a secret").replace(/\r?\n$/, "")

const FOREIGN: readonly (readonly [what: string, start: readonly number[]])[] = [
  ["a PDF", [0x25, 0x50, 0x44, 0x46]],
  ["a zip archive", [0x50, 0x4b]],
  ["compressed by gzip", [0x1f, 0x8b]],
  ["an SQLite file", [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65]],
  ["an ELF program", [0x7f, 0x45, 0x4c, 0x46]],
  ["a PNG picture", [0x89, 0x50, 0x4e, 0x47]],
  ["text in UTF-16", [0xff, 0xfe]],
  ["text in UTF-16", [0xfe, 0xff]],
  ["text with a byte order mark", [0xef, 0xbb, 0xbf]],
]

/** What other kind of file this plainly is; null where it may be a document of ours. */
export function foreignKind(bytes: Uint8Array): string | null {
  if (bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d))) return "empty"
  const found = FOREIGN.find(([, start]) => start.every((byte, i) => bytes[i] === byte))
  return found?.[0] ?? null
}

/** The JSON object between the words that a command printed around it for people. */
function objectIn(text: string): string | null {
  const start = /^\s*\{/m.exec(text)
  const end = text.lastIndexOf("}")
  return start === null || end < start.index ? null : text.slice(start.index, end + 1).trim()
}

/**
 * The bytes of the JSON document in a file or on standard input, printed by one of our commands for people or for machines.
 * Throws a UsageError where nothing of the kind is there.
 */
export function readDocument(path: string, maxBytes: number, expected: string): Uint8Array {
  const bytes = readWithin(path, maxBytes, expected)
  const place = placeOf(path)
  const foreign = foreignKind(bytes)
  if (foreign !== null) throw new UsageError(`${place} is ${foreign}, not ${expected}`, "is it the file you meant?")
  const text = objectIn(new TextDecoder().decode(bytes))
  if (text === null) throw new UsageError(`${place} is not ${expected}`, "is it the file you meant?")
  return new TextEncoder().encode(text)
}

/** The object in such a document. Throws a UsageError. */
export function readObject(path: string, maxBytes: number, expected: string): { readonly [name: string]: unknown } {
  const text = new TextDecoder().decode(readDocument(path, maxBytes, expected))
  try {
    return JSON.parse(text)
  } catch (error) {
    const [at] = /line \d+ column \d+/.exec(String(error)) ?? []
    const where = at === undefined ? "" : ` (${at})`
    throw new UsageError(`${placeOf(path)} is no whole JSON${where}, so not ${expected}`, "was it cut off or mistyped?")
  }
}
