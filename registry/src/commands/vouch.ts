import { ANCHORS_ABI } from "@wattest/chain"
import type { Hex } from "@wattest/command"
import type { Target } from "../target.ts"
import type { Write } from "../write.ts"

/** A voucher's word that a device is genuine and whose it may become. */
export const vouch = (device: Hex, operator: Hex, evidence: Hex): Write => ({
  call: { functionName: "vouch", args: [device, operator, evidence] },
  consequence: `you vouch for ${device} once: it can be withdrawn, not changed`,
})

/** Digest of the document by which a voucher gave its word for a device; null where it gave none. */
export async function evidenceOf({ client, address }: Target, device: Hex, voucher: Hex): Promise<Hex | null> {
  const args = [device, voucher] as const
  const { evidence } = await client.readContract({ address, abi: ANCHORS_ABI, functionName: "vouchOf", args })
  return BigInt(evidence) === 0n ? null : evidence
}
