import { NotPublished, provePublished, readAnchorsOf, rpcNumber } from "@wattest/chain"
import type { Hex, Presentation } from "@wattest/protocol"
import { contractAt, reached, requireFinal } from "../chain/ledger-reader.ts"
import { Refusal } from "../refusal.ts"
import { checkDocument } from "./create-tally.ts"

export type PresentRequest = {
  readonly rpc: string
  /** Address of the registry of claims. */
  readonly claims: Hex
  readonly operator: Hex
  /** Of the operator's tallies; those of denominators come along. */
  readonly numbers: readonly bigint[]
}

const HINT = "list what there is with wattest registry claims"
const notThere = (detail: string) => new Refusal("INPUT_INVALID", detail, HINT)

/** What the registry of claims says nothing of is refused. */
async function published(reading: Promise<Presentation>): Promise<Presentation> {
  try {
    return await reading
  } catch (error) {
    throw error instanceof NotPublished ? notThere(error.message) : error
  }
}

/**
 * A presentation of tallies that a registry of claims holds, with their bounds, from the chain alone: anybody can make it.
 * Rejects with a Refusal.
 */
export async function presentPublished(request: PresentRequest): Promise<Presentation> {
  const at = contractAt(request.rpc, request.claims)
  const final = await reached(requireFinal(at))
  const chainId = rpcNumber(await reached(at.rpc.request("eth_chainId", [])), "eth_chainId")
  const source = { at, final, chainId, registry: await reached(readAnchorsOf(at, final)) }
  return checkDocument(await reached(published(provePublished(source, request))))
}
