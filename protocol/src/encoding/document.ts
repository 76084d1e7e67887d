import { check } from "../rejection.ts"
import { documentText, type Json, parseCanonicalJson } from "./canonical-json.ts"
import type { Shape } from "./shape.ts"

/** The JSON of a typed document: integers that may pass 2^53 as decimal strings, absent fields left out. */
export function toJson(value: unknown): Json {
  if (typeof value === "bigint") return value.toString()
  if (Array.isArray(value)) return value.map(toJson)
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value).filter(([, member]) => member !== undefined)
    return Object.fromEntries(members.map(([name, member]) => [name, toJson(member)]))
  }
  return value as Json
}

/** A typed document in its one spelling. */
export function encodeDocument(value: unknown): Uint8Array {
  return new TextEncoder().encode(documentText(value))
}

/**
 * Throws DOCUMENT_TYPE_UNKNOWN where a document names another media type than the one that is read here: a later
 * version then says what it is, before its fields are looked at.
 */
export function checkMediaType(value: Json, expected: string): void {
  const isObject = value !== null && typeof value === "object" && !Array.isArray(value)
  const actual = isObject ? (value as { readonly [name: string]: Json }).mediaType : undefined
  const isOther = typeof actual === "string" && actual !== expected
  check(!isOther, "DOCUMENT_TYPE_UNKNOWN", `expected ${expected}, got ${String(actual)}`)
}

/** Reads untrusted bytes as a document of this shape: length, canonical spelling, then every field. Throws a Rejection. */
export function parseDocument<T>(bytes: Uint8Array, shape: Shape<T>, maxBytes: number): T {
  return shape(parseCanonicalJson(bytes, maxBytes), "$")
}
