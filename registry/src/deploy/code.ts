import type { Hex } from "@wattest/protocol"
import { bytesToHex, hexToBytes, keccak256 } from "viem"
import type { Contract } from "./contracts.ts"

/** Code on chain is not what this version was built from. The message says which contract, where, and what differs. */
export class CodeMismatch extends Error {
  override readonly name = "CodeMismatch"
}

/** What an address holds. */
export type Code = { readonly address: Hex; readonly code: Hex | undefined }

/**
 * Compares code on chain with a contract: equal outside its immutables, and each immutable one address at all its places.
 * Answers those addresses, in the order of the constructor's arguments. Throws {@link CodeMismatch}.
 */
export function immutablesIn({ name, codeHash, immutables }: Contract, { address, code }: Code): readonly Hex[] {
  if (code === undefined || code === "0x") throw new CodeMismatch(`there is no code at ${address}: no ${name}`)
  const bytes = hexToBytes(code)
  const values = immutables.map(({ places }) => {
    const words = places.map(({ start, length }) => bytesToHex(bytes.slice(start, start + length)))
    for (const { start, length } of places) bytes.fill(0, start, start + length)
    return new Set(words)
  })
  if (keccak256(bytes) !== codeHash) throw new CodeMismatch(`the code at ${address} is not that of ${name}`)
  return values.map((words) => {
    const [word = ""] = words
    if (words.size !== 1 || !/^0x0{24}[0-9a-f]{40}$/.test(word))
      throw new CodeMismatch(`${name} at ${address} names no address where it must`)
    return `0x${word.slice(26)}` as const
  })
}
