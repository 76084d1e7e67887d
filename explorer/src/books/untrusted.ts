import type { Hex } from "@wattest/protocol"
import { Unread } from "./books.ts"

/** A JSON object that somebody sent. Each reader gives the value that it names, or refuses. */
export type Sent = { readonly [name: string]: unknown }

const LONGEST_TEXT = 20_000

const refused = (name: string) =>
  new Unread(
    `the answer has no proper ${name}`,
    "The index may be of another version, or broken: name another one in Settings.",
  )

export function sent(value: unknown, name = "object"): Sent {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refused(name)
  return { ...value }
}

export function listOf(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw refused(name)
  return value
}

export function text(from: Sent, name: string): string {
  const value = from[name]
  if (typeof value !== "string" || value.length > LONGEST_TEXT) throw refused(name)
  return value
}

export function count(from: Sent, name: string): number {
  const value = from[name]
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw refused(name)
  return value
}

export function amount(from: Sent, name: string): bigint {
  const value = text(from, name)
  if (!/^\d{1,25}$/.test(value)) throw refused(name)
  return BigInt(value)
}

export function flag(from: Sent, name: string): boolean {
  const value = from[name]
  if (typeof value !== "boolean") throw refused(name)
  return value
}

const isHex = (value: string): value is Hex => /^0x[0-9a-f]+$/.test(value)

function hex(from: Sent, name: string, digits: number): Hex {
  const value = text(from, name)
  if (value.length !== digits + 2 || !isHex(value)) throw refused(name)
  return value
}

export const hash = (from: Sent, name: string): Hex => hex(from, name, 64)
export const address = (from: Sent, name: string): Hex => hex(from, name, 40)

export const orNull = <T>(read: (from: Sent, name: string) => T, from: Sent, name: string): T | null =>
  from[name] === null ? null : read(from, name)

export function oneOf<const Word extends string>(from: Sent, name: string, words: readonly Word[]): Word {
  const value = words.find((word) => word === from[name])
  if (value === undefined) throw refused(name)
  return value
}
