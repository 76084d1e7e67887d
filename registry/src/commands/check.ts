import { DEPLOYMENTS, type Hex } from "@wattest/protocol"
import { checkCode, checkRecord, type Found } from "../deploy/check.ts"
import { CodeMismatch } from "../deploy/code.ts"
import { CLAIMS, type Contracts, REGISTRY, readContracts } from "../deploy/contracts.ts"
import { planOf } from "../deploy/factory.ts"
import { recordFor } from "../deploy/record.ts"
import type { Reached, Target } from "../target.ts"

/** The registries that the caller names; what is not named is looked for where this version puts it. */
export type CheckWords = {
  readonly registry: Hex | undefined
  readonly claims: Hex | undefined
  readonly record: string | undefined
}

/** What a check compared with, and what it found. */
export type Checked = { readonly chainId: number; readonly record: string; readonly contracts: readonly Found[] }

function placesOf(contracts: Contracts, words: CheckWords, known: { registry: Hex; claims: Hex | null } | null) {
  const names = contracts.contracts.map(({ name }) => name)
  const planned = (name: string) => planOf(contracts, names).find((contract) => contract.name === name)?.address as Hex
  const registry = words.registry ?? known?.registry ?? planned(REGISTRY)
  // Beside a registry that is named, nobody knows where one of claims would be.
  const unnamed = words.registry === undefined ? planned(CLAIMS) : null
  const claims = words.claims ?? (known ? known.claims : unnamed)
  return { registry, claims }
}

/**
 * Compares code and immutables of both registries with what this version was built from, and with the record of the chain
 * where there is one. Rejects with a CodeMismatch.
 */
export async function check({ chainId, client }: Reached, words: CheckWords): Promise<Checked> {
  const contracts = readContracts()
  const known = recordFor(chainId, words.record)
  if (known !== null && known.chainId !== chainId)
    throw new CodeMismatch(`the record is of chain ${known.chainId}, the endpoint serves chain ${chainId}`)
  const { registry, claims } = placesOf(contracts, words, known)
  const anchors = await checkCode(client, contracts, REGISTRY, registry)
  const found = claims === null ? anchors : await checkClaims(client, contracts, claims, registry)
  if (known !== null) checkRecord(found, known)
  return { chainId, record: known === null ? "none" : (words.record ?? "of this version"), contracts: found }
}

async function checkClaims(client: Reached["client"], contracts: Contracts, claims: Hex, registry: Hex) {
  const found = await checkCode(client, contracts, CLAIMS, claims)
  const over = found.find(({ name }) => name === REGISTRY)?.address
  if (over !== registry.toLowerCase())
    throw new CodeMismatch(`${CLAIMS} at ${claims} is over the registry ${over}, not over ${registry}`)
  return found
}

/** Refuses a target that is not what it should be, before a word of it is believed. Rejects with a CodeMismatch. */
export async function assertGenuine({ client, chainId, address }: Target, name: typeof REGISTRY | typeof CLAIMS) {
  const found = await checkCode(client, readContracts(), name, address)
  const known = DEPLOYMENTS[chainId]
  if (known?.contracts[name]?.address === address.toLowerCase()) checkRecord(found, known)
}
