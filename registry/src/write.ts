import { ANCHORS_ABI } from "@wattest/chain"
import { CommandError, type KeyReference } from "@wattest/command"
import type { Hex } from "viem"
import type { Target } from "./target.ts"

/** A call that changes the registry, and in words what cannot be undone about it. */
export type Write = {
  readonly call:
    | { functionName: "vouch"; args: [Hex, Hex, Hex] }
    | { functionName: "revise"; args: [Hex, Hex] }
    | { functionName: "withdraw"; args: [Hex, bigint] }
    | { functionName: "enrol"; args: [number, Hex, Hex, number, Hex, Hex] }
    | { functionName: "retire"; args: [Hex, bigint, Hex] }
  readonly consequence: string
}

/** Simulates, so that a refusal costs nothing, then sends and waits for one block. Answers the transaction. */
export async function send(target: Target, { call }: Write, key: KeyReference): Promise<Hex> {
  const wallet = await target.wallet(key)
  const { request } = await target.client.simulateContract({
    ...call,
    address: target.address,
    abi: ANCHORS_ABI,
    account: wallet.account,
  } as never)
  const hash = await wallet.writeContract(request as never)
  const { status } = await target.client.waitForTransactionReceipt({ hash })
  if (status !== "success") throw new CommandError(`transaction ${hash} was reverted`, "nothing was changed; try again")
  return hash
}
