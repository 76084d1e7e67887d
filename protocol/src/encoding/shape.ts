import { check, Rejection } from "../rejection.ts"
import { fromHex, type Hex } from "./bytes.ts"
import type { Json } from "./canonical-json.ts"
import { STEERING_CLASS, visible } from "./visible.ts"

/** A JSON Schema (draft 2020-12) of what a shape reads. */
export type JsonSchema = { readonly [keyword: string]: Json }

/** Reads one untrusted JSON value at `path` as a `T`, or throws a Rejection that names the path. */
export type Shape<T> = { (value: Json, path: string): T; readonly schema?: JsonSchema }

/** Gives a shape its schema, so that documents describe themselves to other languages. */
export function described<T>(schema: JsonSchema, read: (value: Json, path: string) => T): Shape<T> {
  return Object.assign(read, { schema })
}

const schemaOf = (shape: Shape<unknown>): JsonSchema => shape.schema ?? {}

export type TypeOf<S> = S extends Shape<infer T> ? T : never

type Fields = { readonly [name: string]: Shape<unknown> }
type Optional<T> = Shape<T> & { readonly optional: true }
type ObjectOf<F extends Fields> = {
  readonly [K in keyof F as F[K] extends { optional: true } ? never : K]: TypeOf<F[K]>
} & { readonly [K in keyof F as F[K] extends { optional: true } ? K : never]?: TypeOf<F[K]> }

function malformed(path: string, expected: string): Rejection {
  return new Rejection("FIELD_MALFORMED", `${path}: expected ${expected}`)
}

/** An object with exactly these fields. */
export function object<F extends Fields>(fields: F): Shape<ObjectOf<F>> {
  const entries = Object.entries(fields)
  const schema = {
    type: "object",
    properties: Object.fromEntries(entries.map(([name, shape]) => [name, schemaOf(shape)])),
    required: entries.flatMap(([name, shape]) => ("optional" in shape ? [] : [name])),
    additionalProperties: false,
  }
  return described(schema, (value, path) => {
    const members = membersOf(value, path)
    for (const name of Object.keys(members)) check(Object.hasOwn(fields, name), "FIELD_UNKNOWN", `${path}.${name}`)
    const result: Record<string, unknown> = {}
    for (const [name, shape] of entries) {
      const member = Object.hasOwn(members, name) ? members[name] : undefined
      if (member !== undefined) result[name] = shape(member, `${path}.${name}`)
      else check("optional" in shape, "FIELD_MISSING", `${path}.${name}`)
    }
    return result as ObjectOf<F>
  })
}

function membersOf(value: Json, path: string): { readonly [name: string]: Json } {
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw malformed(path, "an object")
  return value as { readonly [name: string]: Json }
}

/** A field that may be absent; absent is not null. */
export function optional<T>(shape: Shape<T>): Optional<T> {
  const read: Shape<T> = described(schemaOf(shape), (value, path) => shape(value, path))
  return Object.assign(read, { optional: true as const })
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  const schema = { anyOf: [schemaOf(shape), { type: "null" }] }
  return described(schema, (value, path) => (value === null ? null : shape(value, path)))
}

export function array<T>(shape: Shape<T>, { min = 0, max }: { min?: number; max: number }): Shape<readonly T[]> {
  const schema = { type: "array", items: schemaOf(shape), minItems: min, maxItems: max }
  return described(schema, (value, path) => {
    if (!Array.isArray(value)) throw malformed(path, "an array")
    if (value.length < min || value.length > max) throw malformed(path, `${min} to ${max} items, got ${value.length}`)
    return value.map((item, i) => shape(item, `${path}[${i}]`))
  })
}

/** An object whose names are free and whose members share one shape. */
export function record<T>(shape: Shape<T>, max: number): Shape<{ readonly [name: string]: T }> {
  const schema = { type: "object", additionalProperties: schemaOf(shape), maxProperties: max }
  return described(schema, (value, path) => {
    const members = Object.entries(membersOf(value, path))
    if (members.length > max) throw malformed(path, `at most ${max} fields`)
    return Object.fromEntries(members.map(([name, member]) => [name, shape(member, `${path}.${name}`)]))
  })
}

export function literal<const T extends string | number | boolean>(expected: T): Shape<T> {
  return described({ const: expected }, (value, path) => {
    if (value !== expected) throw malformed(path, JSON.stringify(expected))
    return expected
  })
}

export function oneOf<const T extends string>(names: readonly T[]): Shape<T> {
  return described({ enum: names }, (value, path) => {
    const found = names.find((name) => name === value)
    if (found === undefined) throw malformed(path, `one of ${names.join(", ")}`)
    return found
  })
}

/** Whole characters in Unicode normal form C: a lone surrogate is half of one, and has no UTF-8. */
function checkNormal(value: string, path: string): void {
  check(value.isWellFormed(), "TEXT_NOT_NORMALISED", `${path}: it is cut inside a character`)
  check(value.normalize("NFC") === value, "TEXT_NOT_NORMALISED", () => `${path}: write it as ${value.normalize("NFC")}`)
}

/** Text in Unicode normal form C (protocol, section 2), at most `max` UTF-16 units. */
export function text(max = 1024): Shape<string> {
  return described({ type: "string", maxLength: max }, (value, path) => {
    if (typeof value !== "string" || value.length > max) throw malformed(path, `text of at most ${max} characters`)
    checkNormal(value, path)
    return value
  })
}

/** Longest label, in bytes of UTF-8. */
export const MAX_LABEL_BYTES = 256

/** Two labels that look alike must be one, and none may end a line or turn what stands beside it. */
const LABEL = new RegExp(`^[^${STEERING_CLASS}]*$`, "u")

/**
 * A label that somebody types (protocol, section 2): text in normal form C of at most `max` bytes of UTF-8, without
 * control characters, ends of lines and marks that turn the direction of writing. The same where it enters (command line,
 * file, library, endpoint) as where it is read: what a run was opened with can be certified.
 */
export function label(max = MAX_LABEL_BYTES): Shape<string> {
  const schema = {
    type: "string",
    maxLength: max,
    pattern: LABEL.source,
    $comment: `at most ${max} bytes of UTF-8`,
  }
  return described(schema, (value, path) => {
    if (typeof value !== "string") throw malformed(path, "text")
    if (!LABEL.test(value)) throw malformed(path, `text without control characters, not ${visible(value)}`)
    checkNormal(value, path)
    const { length } = new TextEncoder().encode(value)
    if (length > max) throw malformed(path, `text of at most ${max} bytes of UTF-8, not ${length}`)
    return value
  })
}

/** A whole number below 2^53, written as a JSON number. */
export function integer(lo: number, hi: number): Shape<number> {
  return described({ type: "integer", minimum: lo, maximum: hi }, (value, path) => {
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < lo || value > hi || Object.is(value, -0))
      throw malformed(path, `a whole number from ${lo} to ${hi}`)
    return value
  })
}

const DECIMAL_INTEGER = /^(?:0|[1-9][0-9]{0,77})$/

/** An unsigned integer of at most `bits` bits, written as a decimal string: it may pass 2^53. */
export function unsigned(bits: number): Shape<bigint> {
  return described({ type: "string", pattern: DECIMAL_INTEGER.source, $comment: `below 2^${bits}` }, (value, path) => {
    if (typeof value !== "string" || !DECIMAL_INTEGER.test(value)) throw malformed(path, "a decimal string")
    const number = BigInt(value)
    check(number < 1n << BigInt(bits), "NUMBER_OUT_OF_RANGE", () => `${path}: ${value} does not fit ${bits} bits`)
    return number
  })
}

const DECIMAL = /^-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?$/

/** A measured value exactly as it was read: a decimal string. */
export const decimal: Shape<string> = described({ type: "string", pattern: DECIMAL.source }, (value, path) => {
  if (typeof value !== "string" || !DECIMAL.test(value)) throw malformed(path, "a decimal string as read")
  return value
})

export const boolean: Shape<boolean> = described({ type: "boolean" }, (value, path) => {
  if (typeof value !== "boolean") throw malformed(path, "true or false")
  return value
})

/** Hexadecimal text of exactly `size` bytes, or of at most `max`. */
export function hex(size: number | { max: number }): Shape<Hex> {
  const times = typeof size === "number" ? `${size}` : `0,${size.max}`
  return described({ type: "string", pattern: `^0x(?:[0-9a-f]{2}){${times}}$` }, (value, path) => {
    if (typeof value !== "string") throw malformed(path, "hexadecimal text")
    if (typeof size === "object" && value.length > 2 + 2 * size.max) throw malformed(path, `at most ${size.max} bytes`)
    try {
      fromHex(value, typeof size === "number" ? size : undefined)
    } catch (error) {
      throw error instanceof Rejection ? new Rejection(error.code, `${path}: ${error.detail}`) : error
    }
    return value as Hex
  })
}
