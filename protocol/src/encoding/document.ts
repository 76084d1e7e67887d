import { encodeCanonicalJson, type Json, parseCanonicalJson } from "./canonical-json.ts"
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
  return new TextEncoder().encode(encodeCanonicalJson(toJson(value)))
}

/** Reads untrusted bytes as a document of this shape: length, canonical spelling, then every field. Throws a Rejection. */
export function parseDocument<T>(bytes: Uint8Array, shape: Shape<T>, maxBytes: number): T {
  return shape(parseCanonicalJson(bytes, maxBytes), "$")
}
