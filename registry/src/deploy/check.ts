import type { Deployment, Hex } from "@wattest/protocol"
import { keccak256 } from "viem"
import { CodeMismatch, immutablesIn } from "./code.ts"
import { type Contracts, contractOf } from "./contracts.ts"

/** Where code is read. Rejects where it cannot be known. */
export type CodeReader = { getCode(parameters: { address: Hex }): Promise<Hex | undefined> }

/** A contract found on chain, as a record holds it. */
export type Found = { readonly name: string; readonly address: Hex; readonly codeHash: Hex }

/**
 * Follows a contract to everything that it calls: each must have the code that this version was built from. Answers all of
 * them, a contract after those that it names. Rejects with {@link CodeMismatch}.
 */
export async function checkCode(
  reader: CodeReader,
  contracts: Contracts,
  name: string,
  address: Hex,
): Promise<readonly Found[]> {
  const contract = contractOf(contracts, name)
  const code = await reader.getCode({ address })
  const values = immutablesIn(contract, { address, code })
  const parts: Found[] = []
  for (const [i, part] of contract.immutables.entries()) {
    const place = values[i] as Hex
    // What two contracts call is asked for once.
    if (parts.some((known) => known.name === part.contract && known.address === place)) continue
    parts.push(...(await checkCode(reader, contracts, part.contract, place)))
  }
  return [...parts, { name, address: address.toLowerCase() as Hex, codeHash: keccak256(code ?? "0x") }]
}

/** The contracts of a record, in its order. */
export const foundOf = ({ contracts }: Deployment): readonly Found[] =>
  Object.entries(contracts).map(([name, place]) => ({ name, ...place }))

/** Compares what was found on a chain with a record of it. Throws {@link CodeMismatch}. */
export function checkRecord(found: readonly Found[], { contracts, chainId }: Deployment): void {
  for (const { name, address, codeHash } of found) {
    const recorded = contracts[name]
    if (recorded === undefined) throw new CodeMismatch(`the record of chain ${chainId} has no ${name}`)
    if (recorded.address !== address || recorded.codeHash !== codeHash)
      throw new CodeMismatch(
        `${name} is recorded on chain ${chainId} at ${recorded.address} with code ${recorded.codeHash}, this one is at ${address} with code ${codeHash}`,
      )
  }
}
