import { readSigned } from "../signed.ts"
import type { Target } from "../target.ts"
import { parseAddress, parseBytes, UsageError } from "../values.ts"
import type { Write } from "../write.ts"

/** Takes a device, by what it signed, into the sender's ledger with a voucher. */
export async function enrol(target: Target, [file]: readonly string[]): Promise<Write> {
  const { scheme, key, voucher, signature } = readSigned(file, target)
  if (scheme !== 1 && scheme !== 2) throw new UsageError(`scheme ${scheme} is neither 1 nor 2`, "sign it again")
  const bytes = parseBytes("key", key, scheme === 1 ? 32 : 64)
  const owner = parseAddress("voucher", voucher)
  return {
    call: { functionName: "enrol", args: [scheme, bytes, owner, parseBytes("signature", signature, 64)] },
    consequence: `key ${bytes} belongs to your ledger with voucher ${owner} for ever`,
  }
}
