import type { Target } from "../target.ts"
import { parseBytes, parseUint64 } from "../values.ts"
import type { Write } from "../write.ts"

const date = (seconds: bigint) => new Date(Number(seconds) * 1000).toISOString()

/** Takes a vouch back from `since` (Unix seconds) on, else from the latest block's time. */
export async function withdraw({ client }: Target, [device]: readonly string[], since?: string): Promise<Write> {
  const from = since === undefined ? (await client.getBlock()).timestamp : parseUint64("--since", since)
  const consequence = `nothing of ${device} from ${date(from)} on is valid, for ever; the time can only move earlier`
  return { call: { functionName: "withdraw", args: [parseBytes("DEVICE", device, 32), from] }, consequence }
}
