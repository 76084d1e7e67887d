import type { Hex } from "@wattest/protocol"
import type { GetBlockReturnType, PublicClient } from "viem"
import { Refusal } from "../refusal.ts"

/** Everything is read as of one final block. */
export type Session = {
  readonly client: PublicClient
  readonly registry: Hex
  readonly final: GetBlockReturnType
}

export const HINT = "check --rpc, or ask another node"

/** The node's answer. Throws SOURCE_UNREACHABLE where it fails. */
export async function ask<T>(what: string, answer: Promise<T>): Promise<T> {
  return answer.catch((error: Error) => {
    throw new Refusal("SOURCE_UNREACHABLE", `${what}: ${error.message.split("\n")[0]}`, HINT)
  })
}

export const lower = (text: string) => text.toLowerCase() as Hex
