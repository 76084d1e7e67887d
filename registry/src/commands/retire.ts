import { plural } from "@wattest/protocol"
import { readSigned } from "../signed.ts"
import type { Target } from "../target.ts"
import type { Write } from "../write.ts"

/** Ends a device, by what it signed: read at once, and held to the registry when that is reached. */
export function retire(file: string): (target: Target) => Write {
  const signed = readSigned(file, "a retirement")
  const device = signed.bytes("device", 32)
  const runs = signed.number("runs")
  const write: Write = {
    call: { functionName: "retire", args: [device, runs, signed.bytes("signature", 64)] },
    consequence: `${device} ends after ${plural(runs, "run")} in all, for ever`,
  }
  return (target) => {
    signed.checkFor(target)
    return write
  }
}
