import { ANCHORS_ABI } from "@wattest/chain"
import type { Hex } from "viem"
import type { Target } from "./target.ts"

/** Items of one question to the contract. */
export const PAGE = 200n
const STATES = ["unknown", "active", "retired", "withdrawn"]

/** All of a list that the contract answers in pages. */
export async function* pages<T>(count: bigint, page: (offset: bigint) => Promise<readonly T[]>) {
  for (let offset = 0n; offset < count; offset += PAGE) yield* await page(offset)
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** A device as the registry knows it, with its state in words. */
export async function deviceState({ client, address }: Target, device: Hex) {
  const state = await client.readContract({ address, abi: ANCHORS_ABI, functionName: "deviceOf", args: [device] })
  return { ...state, device, state: STATES[state.state] ?? "unknown" }
}
