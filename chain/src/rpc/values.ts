import { fromHex, type Hex, Rejection } from "@wattest/protocol"

/** An RPC node's answer that does not have the form of the JSON-RPC specification, or contradicts itself. */
export class RpcLie extends Error {
  override readonly name = "RpcLie"
}

export type RpcObject = { readonly [name: string]: unknown }

export function rpcObject(value: unknown, what: string): RpcObject {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new RpcLie(`${what}: expected an object`)
  return value as RpcObject
}

export function rpcArray(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new RpcLie(`${what}: expected an array`)
  return value
}

/** Bytes as hexadecimal text, of `length` bytes where it is fixed. */
export function rpcData(value: unknown, what: string, length?: number): Hex {
  if (typeof value !== "string") throw new RpcLie(`${what}: expected hexadecimal text`)
  const hex = value.toLowerCase() as Hex
  try {
    fromHex(hex, length)
  } catch (error) {
    throw error instanceof Rejection ? new RpcLie(`${what}: ${error.detail}`) : error
  }
  return hex
}

export function rpcQuantity(value: unknown, what: string): bigint {
  if (typeof value !== "string" || !/^0x[0-9a-f]{1,64}$/i.test(value)) throw new RpcLie(`${what}: expected a quantity`)
  return BigInt(value)
}

/** A quantity that must be exact as a number: block numbers, indices, times. */
export function rpcNumber(value: unknown, what: string): number {
  const number = Number(rpcQuantity(value, what))
  if (!Number.isSafeInteger(number)) throw new RpcLie(`${what}: ${value} passes 2^53`)
  return number
}

/** What a node gave where a contract's answer was asked for. */
export const ANSWER = "answer of the contract"

/** Reads what a node gave by what throws on anything else than the contract's form. Throws RpcLie, which says `what` it is not. */
export function held<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch {
    throw new RpcLie(`it is no ${what}`)
  }
}
