import { check, Rejection } from "../rejection.ts"

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

const MAX_DEPTH = 32

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
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${encodeCanonicalJson(member)}`).join(",")}}`
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
  let value: Json
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Rejection("DOCUMENT_NOT_JSON", (error as Error).message)
  }
  if (isPlainlyCanonical(value, text)) return value
  check(depthOf(value) <= MAX_DEPTH, "DOCUMENT_NOT_CANONICAL", `nested deeper than ${MAX_DEPTH}`)
  let canonical: string
  try {
    canonical = encodeCanonicalJson(value)
  } catch (error) {
    throw new Rejection("DOCUMENT_NOT_CANONICAL", (error as Error).message)
  }
  check(canonical === text, "DOCUMENT_NOT_CANONICAL", () => firstDifference(canonical, text))
  return value
}

/**
 * True only for the canonical spelling; false leaves it open. The engine's own writer spells values as RFC 8785 does, but
 * keeps the order of names, and writes lone surrogates as escapes.
 */
function isPlainlyCanonical(value: Json, text: string): boolean {
  return isOrdered(value, MAX_DEPTH) && !text.includes("\\ud") && JSON.stringify(value) === text
}

/** Whether names rise in every object, none of them nested deeper than `depth`. */
function isOrdered(value: Json, depth: number): boolean {
  if (depth === 0) return false
  if (value === null || typeof value !== "object") return true
  if (Array.isArray(value)) return value.every((item) => isOrdered(item, depth - 1))
  let before: string | null = null
  for (const [name, member] of Object.entries(value)) {
    if (before !== null && name <= before) return false
    if (!isOrdered(member, depth - 1)) return false
    before = name
  }
  return true
}

export function decodeUtf8(bytes: Uint8Array, maxBytes: number): string {
  check(bytes.length <= maxBytes, "DOCUMENT_TOO_LARGE", `${bytes.length} bytes, at most ${maxBytes}`)
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Rejection("DOCUMENT_NOT_UTF8", `${bytes.length} bytes`)
  }
}

// Iterative, so that hostile nesting cannot exhaust the stack.
function depthOf(value: Json): number {
  let depth = 0
  for (let level: Json[] = [value]; level.length > 0 && depth <= MAX_DEPTH + 1; depth++) {
    level = level.flatMap((item) => (item !== null && typeof item === "object" ? (Object.values(item) as Json[]) : []))
  }
  return depth
}

function firstDifference(canonical: string, text: string): string {
  let at = 0
  while (canonical[at] === text[at]) at++
  return `at character ${at}: expected ${JSON.stringify(canonical.slice(at, at + 16))}, got ${JSON.stringify(text.slice(at, at + 16))}`
}
