import type { Hex } from "@wattest/command"
import type { Write } from "../write.ts"

/** Puts another vouch document in force for a device that the sender vouches for. */
export const revise = (device: Hex, evidence: Hex): Write => ({
  call: { functionName: "revise", args: [device, evidence] },
  consequence: `from now on your vouch for ${device} is for what document ${evidence} says; all that were in force stay on the chain`,
})
