import { readSigned } from "../signed.ts"
import type { Target } from "../target.ts"
import { parseBytes, parseUint64 } from "../values.ts"
import type { Write } from "../write.ts"

/** Ends a device, by what it signed. */
export async function retire(target: Target, [file]: readonly string[]): Promise<Write> {
  const { device, lastRun, signature } = readSigned(file, target)
  const id = parseBytes("device", device, 32)
  const last = parseUint64("lastRun", lastRun)
  return {
    call: { functionName: "retire", args: [id, last, parseBytes("signature", signature, 64)] },
    consequence: `${id} ends with run ${last}, for ever`,
  }
}
