import { ANCHORS_ABI, STATES } from "@wattest/chain"
import { BOUNDARIES } from "@wattest/protocol"
import type { ContractFunctionReturnType, Hex } from "viem"
import type { Target } from "./target.ts"

/** Items of one question to the contract. */
export const PAGE = 200n

/** All of a list that the contract answers in pages. */
export async function* pages<T>(count: bigint, page: (offset: bigint) => Promise<readonly T[]>) {
  for (let offset = 0n; offset < count; offset += PAGE) yield* await page(offset)
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

type Member = ContractFunctionReturnType<typeof ANCHORS_ABI, "view", "membersOf">[number]

/** A member of a ledger, with its boundary and its state in words. */
export function memberState({ boundary, state, ...rest }: Member) {
  return { ...rest, boundary: BOUNDARIES[boundary - 1] ?? "none", state: STATES[state] ?? "unknown" }
}

/** A device as the registry knows it. */
export async function deviceState(
  { client, address }: Target,
  device: Hex,
  at: { readonly blockNumber?: bigint } = {},
) {
  const contract = { address, abi: ANCHORS_ABI, ...at } as const
  const { member, ...rest } = await client.readContract({ ...contract, functionName: "deviceOf", args: [device] })
  return { ...rest, ...memberState(member), device }
}
