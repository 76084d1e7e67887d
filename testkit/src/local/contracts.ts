import { readFileSync } from "node:fs"
import { type Abi, createWalletClient, type Hex, http, publicActions, type TransactionReceipt } from "viem"
import { accountOf } from "./accounts.ts"
import type { LocalChain } from "./chain.ts"

export type Artifact = { readonly abi: Abi; readonly bytecode: Hex }

/** A compiled contract by its source's path below contracts/, without ending. */
export function artifactOf(source: string): Artifact {
  const name = source.slice(source.lastIndexOf("/") + 1)
  return JSON.parse(readFileSync(`artifacts/contracts/${source}.sol/${name}.json`, "utf8"))
}

/** Deploys a compiled contract; answers its address in lower case. */
export type Deploy = (source: string, args?: readonly Hex[]) => Promise<Hex>

/** Deploys as the chain's first account. `isManual`: no block is made unless somebody asks for it. */
export function deployerOn(chain: LocalChain, isManual = false): Deploy {
  const client = createWalletClient({ account: accountOf(0), transport: http(chain.url), pollingInterval: 50 }).extend(
    publicActions,
  )
  const settle = async (hash: Hex): Promise<TransactionReceipt> => {
    if (isManual) await chain.mine(1)
    return client.waitForTransactionReceipt({ hash })
  }
  return async (source, args = []) => {
    const hash = await client.deployContract({ ...artifactOf(source), args, chain: null })
    const { contractAddress, status } = await settle(hash)
    if (status !== "success" || !contractAddress) throw new Error(`${source} was not deployed`)
    return contractAddress.toLowerCase() as Hex
  }
}

/** Deploys the registry of anchors with its arithmetic. */
export async function deployAnchors(deploy: Deploy): Promise<Hex> {
  const arithmetic: Hex[] = []
  for (const name of ["Ed25519", "Ed25519Table", "PoseidonT3"]) arithmetic.push(await deploy(`lib/${name}`))
  return deploy("AnchorRegistry", arithmetic)
}

/** Deploys the registry of claims over one of anchors. */
export async function deployClaims(deploy: Deploy, anchors: Hex): Promise<Hex> {
  return deploy("ClaimRegistry", [anchors, await deploy("lib/PoseidonT3")])
}

/** An ABI item by name, types and mutability: compilers add internal types and order the fields as they like. */
export function withoutNames(item: unknown): unknown {
  const { type, name, inputs = [], outputs = [], stateMutability = "" } = item as { [field: string]: readonly object[] }
  const typesOf = (parts: readonly object[]): unknown =>
    parts.map((part) => {
      const {
        type: kind,
        components,
        indexed = false,
      } = part as { type: string; components?: readonly object[]; indexed?: boolean }
      return [kind, indexed, components ? typesOf(components) : []]
    })
  return [type, name, typesOf(inputs), typesOf(outputs), stateMutability]
}
