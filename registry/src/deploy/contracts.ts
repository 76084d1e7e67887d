import { readFileSync } from "node:fs"
import { UsageError } from "@wattest/command"
import type { Hex } from "@wattest/protocol"

/** Bytes of code at `start`. */
export type Place = { readonly start: number; readonly length: number }

/** Another contract whose address the constructor fixes in the code, and where it stands there. */
export type Immutable = { readonly contract: string; readonly places: readonly Place[] }

/** A contract as the compiler made it. */
export type Contract = {
  readonly name: string
  /** Code that makes it, without the constructor's arguments. */
  readonly creation: Hex
  /** Keccak-256 of its code with zeros for immutables. */
  readonly codeHash: Hex
  /** In the order of the constructor's arguments. */
  readonly immutables: readonly Immutable[]
}

/** What both registries are made of. A contract comes after those that its constructor names. */
export type Contracts = {
  /** Whether the secret behind the verifiers is public, so that anybody can forge their proofs. */
  readonly developmentKeys: boolean
  /** Digests (`verificationKeyDigest`) of the keys in the verifiers. */
  readonly verificationKeys: { readonly fold: Hex; readonly join: Hex; readonly bound: Hex }
  readonly contracts: readonly Contract[]
}

export const REGISTRY = "AnchorRegistry"
export const CLAIMS = "ClaimRegistry"

const FILE = new URL("../../assets/contracts.json", import.meta.url)

/** What this version was built from. Throws a UsageError in a clone whose contracts are not compiled. */
export function readContracts(): Contracts {
  try {
    return JSON.parse(readFileSync(FILE, "utf8")) as Contracts
  } catch {
    throw new UsageError(`${FILE.pathname} is missing or unreadable`, '"npm run build" compiles the contracts')
  }
}

/** A contract by its name, which is one of ours. */
export function contractOf({ contracts }: Contracts, name: string): Contract {
  const found = contracts.find((contract) => contract.name === name)
  if (found === undefined) throw new Error(`contracts.json holds no ${name}`)
  return found
}

/** A contract's name with those that it names, each after what it is made of. */
export function withParts(contracts: Contracts, name: string): readonly Contract[] {
  const contract = contractOf(contracts, name)
  const parts = contract.immutables.flatMap((part) => withParts(contracts, part.contract))
  return [...new Set([...parts, contract])]
}
