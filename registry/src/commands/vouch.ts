import type { Target } from "../target.ts"
import { parseAddress, parseBytes } from "../values.ts"
import type { Write } from "../write.ts"

/** A voucher's word that a device is genuine and whose it may become. */
export async function vouch(_: Target, [device, operator, evidence]: readonly string[]): Promise<Write> {
  const id = parseBytes("DEVICE", device, 32)
  return {
    call: {
      functionName: "vouch",
      args: [id, parseAddress("OPERATOR", operator), parseBytes("EVIDENCE", evidence, 32)],
    },
    consequence: `you vouch for ${id} once: it can be withdrawn, not changed`,
  }
}
