import { readSigned } from "../signed.ts"
import type { Target } from "../target.ts"
import type { Write } from "../write.ts"

/** Ends a device, by what it signed. */
export function retire(target: Target, file: string): Write {
  const signed = readSigned(file, "a retirement", target)
  const device = signed.bytes("device", 32)
  const runs = signed.number("runs")
  return {
    call: { functionName: "retire", args: [device, runs, signed.bytes("signature", 64)] },
    consequence: `${device} ends after ${runs} runs in all, for ever`,
  }
}
