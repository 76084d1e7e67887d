import type { Hex } from "@wattest/command"
import type { Target } from "../target.ts"
import { when } from "../when.ts"
import type { Write } from "../write.ts"

/** Takes a vouch back from `since` (Unix seconds) on, else from the latest block's time. */
export async function withdraw({ client }: Target, device: Hex, since: number | undefined): Promise<Write> {
  const from = since === undefined ? (await client.getBlock()).timestamp : BigInt(since)
  const consequence = `nothing of ${device} from ${when(from)} on is valid, for ever; the time can only move earlier`
  return { call: { functionName: "withdraw", args: [device, from] }, consequence }
}
