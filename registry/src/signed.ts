import { type Hex, hex, type Kind, parseAddress, readObject, UsageError, u64, ValueError } from "@wattest/command"
import type { Target } from "./target.ts"

const MAX_SIGNED_BYTES = 1 << 16

/** A message that a device signed, read field by field. */
export type Signed = {
  readonly bytes: (name: string, length: number) => Hex
  readonly address: (name: string) => Hex
  readonly field: <T>(name: string, kind: Pick<Kind<T>, "parse">) => T
  readonly number: (name: string) => bigint
  /** It must be for this registry, or the contract would refuse it for a fee. Throws a UsageError. */
  readonly checkFor: (target: Target) => void
}

/** Reads what a device signed, as its command printed it; no chain is asked. Throws a UsageError. */
export function readSigned(path: string, what: string): Signed {
  const signed = readObject(path, MAX_SIGNED_BYTES, what)
  const field = <T>(name: string, { parse }: Pick<Kind<T>, "parse">): T => {
    const value = signed[name]
    if (value === undefined)
      throw new UsageError(`${path} has no ${name}, so it is not ${what}`, "have the device sign it again")
    try {
      return parse(String(value))
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
      throw new UsageError(`${path}: ${name} ${error.message}`, "have the device sign it again")
    }
  }
  const number = (name: string) => field(name, u64)
  const registry = field("registry", { parse: parseAddress })
  const chain = number("chainId")
  const checkFor = ({ chainId, address }: Target) => {
    if (chain === BigInt(chainId) && registry === address.toLowerCase()) return
    throw new UsageError(
      `${path} is signed for registry ${registry} on chain ${chain}, this is ${address.toLowerCase()} on chain ${chainId}`,
      "sign for this registry, or name the other one",
    )
  }
  return {
    bytes: (name, length) => field(name, hex(name, length)),
    address: (name) => field(name, { parse: parseAddress }),
    field,
    number,
    checkFor,
  }
}
