import { check, Rejection } from "../rejection.ts"
import { checkJsonText } from "./json-scanner.ts"

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

const MAX_DEPTH = 32
/** Twice what the longest document of the protocol holds; in memory some 50 MB. */
const MAX_VALUES = 1_000_000

/** The one spelling of a JSON value: RFC 8785 (JCS). Throws a TypeError on what JSON cannot hold. */
export function encodeCanonicalJson(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value)
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new TypeError("text holds a lone surrogate")
    return JSON.stringify(value)
  }
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`${value} is not a JSON number`)
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map(encodeCanonicalJson).join(",")}]`
  // Default string comparison is by UTF-16 code unit, as RFC 8785 section 3.2.3 asks.
  const members = Object.entries(value as { readonly [name: string]: Json }).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${encodeCanonicalJson(name)}:${encodeCanonicalJson(member)}`).join(",")}}`
}

/**
 * Reads JSON that must stand in its canonical spelling, so that no two texts mean the same.
 * Throws DOCUMENT_TOO_LARGE, DOCUMENT_NOT_UTF8, DOCUMENT_NOT_JSON or DOCUMENT_NOT_CANONICAL.
 */
export function parseCanonicalJson(bytes: Uint8Array, maxBytes: number): Json {
  return parseCanonicalText(decodeUtf8(bytes, maxBytes))
}

/** As {@link parseCanonicalJson}, for text that is decoded already. */
export function parseCanonicalText(text: string): Json {
  checkJsonText(text, { canonical: true, maxDepth: MAX_DEPTH, maxValues: MAX_VALUES })
  return JSON.parse(text)
}

/** Reads JSON that people write: spelled and ordered freely, but no name twice in an object. Throws DOCUMENT_NOT_JSON or FIELD_MALFORMED. */
export function parsePlainText(text: string): Json {
  checkJsonText(text, { canonical: false, maxDepth: MAX_DEPTH, maxValues: MAX_VALUES })
  return JSON.parse(text)
}

export function decodeUtf8(bytes: Uint8Array, maxBytes: number): string {
  check(bytes.length <= maxBytes, "DOCUMENT_TOO_LARGE", `${bytes.length} bytes, at most ${maxBytes}`)
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Rejection("DOCUMENT_NOT_UTF8", `${bytes.length} bytes`)
  }
}
