import { check, Rejection } from "../rejection.ts"
import { checkJsonText } from "./json-scanner.ts"

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

const MAX_DEPTH = 32
/** Twice what the longest document of the protocol holds; in memory some 50 MB. */
const MAX_VALUES = 1_000_000

/** Texts that stand between quotes as they are: most names and values. */
const PLAIN = /^[ !#-[\]-~]*$/

function quoted(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  if (!text.isWellFormed()) throw new TypeError("text holds a lone surrogate")
  return JSON.stringify(text)
}

/** The one spelling of a JSON value: RFC 8785 (JCS). Throws a TypeError on what JSON cannot hold. */
export const encodeCanonicalJson = (value: Json): string => documentText(value)

/**
 * A typed document's one spelling, as the canonical JSON of its `toJson` is: integers that may pass 2^53 as decimal
 * strings, absent fields left out. Nothing is built between the two, since a device writes thousands of values a second.
 */
export function documentText(value: unknown): string {
  if (typeof value === "string") return quoted(value)
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`${value} is not a JSON number`)
    return JSON.stringify(value)
  }
  if (typeof value === "bigint") return `"${value}"`
  if (value === null || typeof value === "boolean") return String(value)
  if (typeof value !== "object") throw new TypeError(`${typeof value} is nothing that JSON holds`)
  return Array.isArray(value) ? listText(value) : objectText(value as { readonly [name: string]: unknown })
}

function listText(values: readonly unknown[]): string {
  let text = "["
  for (const [i, value] of values.entries()) text += i === 0 ? documentText(value) : `,${documentText(value)}`
  return `${text}]`
}

/** Names by UTF-16 code unit, as RFC 8785 section 3.2.3 asks and as texts are sorted by themselves. */
function objectText(value: { readonly [name: string]: unknown }): string {
  let text = "{"
  for (const name of Object.keys(value).sort()) {
    const member = value[name]
    if (member !== undefined) text += `${text.length > 1 ? "," : ""}${quoted(name)}:${documentText(member)}`
  }
  return `${text}}`
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
