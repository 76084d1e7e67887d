import { CLAIMS_ABI, type Rpc, view } from "@wattest/chain"
import type { Hex } from "@wattest/protocol"
import { type ContractFunctionReturnType, decodeFunctionResult, encodeFunctionData } from "viem"

/** A tally as the contract answers it (IClaimRegistry.Tally). */
export type ChainTally = ContractFunctionReturnType<typeof CLAIMS_ABI, "view", "tallyOf">

/** A tally as of a block. */
export async function readTally(rpc: Rpc, claims: Hex, operator: Hex, number: bigint, block: Hex): Promise<ChainTally> {
  const data = encodeFunctionData({ abi: CLAIMS_ABI, functionName: "tallyOf", args: [operator, number] })
  const answer = await view(rpc, claims, data, block)
  return decodeFunctionResult({ abi: CLAIMS_ABI, functionName: "tallyOf", data: answer })
}
