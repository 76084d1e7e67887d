import type { Artifact } from "hardhat/types/artifacts"
import { type Hex, hexToBytes, keccak256 } from "viem"

type Place = { readonly start: number; readonly length: number }

/** Code on chain is not what the sources compile to. */
export class CodeMismatch extends Error {}

/**
 * Compares code on chain with what the sources compile to. Immutables are zero in an artifact and set on chain, so their places
 * must hold one of `immutables`, left-padded to 32 bytes, and the rest must be equal. Answers the hash of the code on chain.
 */
export function checkCode(artifact: Artifact, code: Hex | undefined, immutables: readonly Hex[]): Hex {
  if (code === undefined || code === "0x") throw new CodeMismatch(`${artifact.contractName}: no code at the address`)
  const [actual, expected] = [hexToBytes(code), hexToBytes(artifact.deployedBytecode as Hex)]
  const allowed = new Set(immutables.map((value) => value.slice(2).toLowerCase().padStart(64, "0")))
  const references = (artifact as { immutableReferences?: Record<string, Place[]> }).immutableReferences ?? {}
  for (const { start, length } of Object.values(references).flat()) {
    const value = Buffer.from(actual.subarray(start, start + length)).toString("hex")
    if (!allowed.has(value)) throw new CodeMismatch(`${artifact.contractName}: immutable ${value} at byte ${start}`)
    actual.fill(0, start, start + length)
  }
  if (Buffer.compare(actual, expected) !== 0)
    throw new CodeMismatch(`${artifact.contractName}: the code on chain differs from what the sources compile to`)
  return keccak256(code)
}
