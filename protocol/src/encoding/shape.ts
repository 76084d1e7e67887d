import { check, Rejection } from "../rejection.ts"
import { fromHex, type Hex } from "./bytes.ts"
import type { Json } from "./canonical-json.ts"

/** Reads one untrusted JSON value at `path` as a `T`, or throws a Rejection that names the path. */
export type Shape<T> = (value: Json, path: string) => T

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
  return (value, path) => {
    if (value === null || typeof value !== "object" || Array.isArray(value)) throw malformed(path, "an object")
    const members = value as { readonly [name: string]: Json }
    for (const name of Object.keys(members)) check(Object.hasOwn(fields, name), "FIELD_UNKNOWN", `${path}.${name}`)
    const result: Record<string, unknown> = {}
    for (const [name, shape] of Object.entries(fields)) {
      const member = Object.hasOwn(members, name) ? members[name] : undefined
      if (member !== undefined) result[name] = shape(member, `${path}.${name}`)
      else check("optional" in shape, "FIELD_MISSING", `${path}.${name}`)
    }
    return result as ObjectOf<F>
  }
}

/** A field that may be absent; absent is not null. */
export function optional<T>(shape: Shape<T>): Optional<T> {
  return Object.assign((value: Json, path: string) => shape(value, path), { optional: true as const })
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, path) => (value === null ? null : shape(value, path))
}

export function array<T>(shape: Shape<T>, limits: { min?: number; max: number }): Shape<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw malformed(path, "an array")
    const { min = 0, max } = limits
    if (value.length < min || value.length > max) throw malformed(path, `${min} to ${max} items, got ${value.length}`)
    return value.map((item, i) => shape(item, `${path}[${i}]`))
  }
}

/** An object whose names are free and whose members share one shape. */
export function record<T>(shape: Shape<T>, max: number): Shape<{ readonly [name: string]: T }> {
  return (value, path) => {
    if (value === null || typeof value !== "object" || Array.isArray(value)) throw malformed(path, "an object")
    const members = Object.entries(value)
    if (members.length > max) throw malformed(path, `at most ${max} fields`)
    return Object.fromEntries(members.map(([name, member]) => [name, shape(member, `${path}.${name}`)]))
  }
}

export function literal<const T extends string | number | boolean>(expected: T): Shape<T> {
  return (value, path) => {
    if (value !== expected) throw malformed(path, JSON.stringify(expected))
    return expected
  }
}

export function oneOf<const T extends string>(names: readonly T[]): Shape<T> {
  return (value, path) => {
    const found = names.find((name) => name === value)
    if (found === undefined) throw malformed(path, `one of ${names.join(", ")}`)
    return found
  }
}

/** Text in Unicode normal form C (PROTOCOL section 2), at most `max` UTF-16 units. */
export function text(max = 1024): Shape<string> {
  return (value, path) => {
    if (typeof value !== "string" || value.length > max) throw malformed(path, `text of at most ${max} characters`)
    check(value.normalize("NFC") === value, "TEXT_NOT_NORMALISED", path)
    return value
  }
}

/** A whole number below 2^53, written as a JSON number. */
export function integer(lo: number, hi: number): Shape<number> {
  return (value, path) => {
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < lo || value > hi || Object.is(value, -0))
      throw malformed(path, `a whole number from ${lo} to ${hi}`)
    return value
  }
}

const DECIMAL_INTEGER = /^(?:0|[1-9][0-9]{0,77})$/

/** An unsigned integer of at most `bits` bits, written as a decimal string: it may pass 2^53. */
export function unsigned(bits: number): Shape<bigint> {
  return (value, path) => {
    if (typeof value !== "string" || !DECIMAL_INTEGER.test(value)) throw malformed(path, "a decimal string")
    const number = BigInt(value)
    check(number < 1n << BigInt(bits), "NUMBER_OUT_OF_RANGE", `${path}: ${value} does not fit ${bits} bits`)
    return number
  }
}

const DECIMAL = /^-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?(?:e[+-]?[0-9]{1,3})?$/i

/** A measured value exactly as it was read: a decimal string. */
export const decimal: Shape<string> = (value, path) => {
  if (typeof value !== "string" || !DECIMAL.test(value)) throw malformed(path, "a decimal string as read")
  return value
}

export const boolean: Shape<boolean> = (value, path) => {
  if (typeof value !== "boolean") throw malformed(path, "true or false")
  return value
}

/** Hexadecimal text of exactly `length` bytes, or of at most `max`. */
export function hex(size: number | { max: number }): Shape<Hex> {
  return (value, path) => {
    if (typeof value !== "string") throw malformed(path, "hexadecimal text")
    if (typeof size === "object" && value.length > 2 + 2 * size.max) throw malformed(path, `at most ${size.max} bytes`)
    try {
      fromHex(value, typeof size === "number" ? size : undefined)
    } catch (error) {
      throw error instanceof Rejection ? new Rejection(error.code, `${path}: ${error.detail}`) : error
    }
    return value as Hex
  }
}
