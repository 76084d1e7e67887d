import type { Hex } from "@wattest/command"
import type { Write } from "../write.ts"

/** A voucher's word that a device is genuine and whose it may become. */
export const vouch = (device: Hex, operator: Hex, evidence: Hex): Write => ({
  call: { functionName: "vouch", args: [device, operator, evidence] },
  consequence: `you vouch for ${device} once: it can be withdrawn, not changed`,
})
