import { type Hex, UsageError } from "@wattest/command"
import { readSigned } from "../signed.ts"
import type { Target } from "../target.ts"
import type { Write } from "../write.ts"

const KEY_BYTES = { 1: 32, 2: 64 } as const

export type Enrolment = {
  readonly scheme: number
  readonly key: Hex
  readonly voucher: Hex
  readonly signature: Hex
}

/** The call that takes a device into the sender's ledger. */
export const enrolment = ({ scheme, key, voucher, signature }: Enrolment): Write => ({
  call: { functionName: "enrol", args: [scheme, key, voucher, signature] },
  consequence: `key ${key} belongs to your ledger with voucher ${voucher} for ever`,
})

/** Takes a device, by what it signed, into the sender's ledger with a voucher. */
export function enrol(target: Target, file: string): Write {
  const signed = readSigned(file, "an enrolment", target)
  const scheme = Number(signed.number("scheme"))
  if (scheme !== 1 && scheme !== 2)
    throw new UsageError(`${file}: scheme ${scheme} is neither 1 nor 2`, "sign it again")
  const key = signed.bytes("key", KEY_BYTES[scheme])
  const voucher = signed.address("voucher")
  return enrolment({ scheme, key, voucher, signature: signed.bytes("signature", 64) })
}
