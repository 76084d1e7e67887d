import { choice, type Hex, UsageError } from "@wattest/command"
import { BOUNDARIES, type Boundary, boundaryNumber, type DeviceKey } from "@wattest/protocol"
import { readSigned, type Signed } from "../signed.ts"
import type { Target } from "../target.ts"
import type { Write } from "../write.ts"

const KEY_BYTES = { 1: 32, 2: 64 } as const

export type Enrolment = {
  readonly scheme: number
  readonly key: Hex
  readonly voucher: Hex
  readonly boundary: Boundary
  readonly evidence: Hex
  readonly signature: Hex
}

/** The call that takes a device into the sender's ledger. */
export const enrolment = ({ scheme, key, voucher, boundary, evidence, signature }: Enrolment): Write => ({
  call: { functionName: "enrol", args: [scheme, key, voucher, boundaryNumber(boundary), evidence, signature] },
  consequence: `key ${key} belongs to your ledger with voucher ${voucher}, and meters a ${boundary}, for ever`,
})

/**
 * Takes a device, by what it signed, into the sender's ledger with a voucher: read at once, and held to the registry when
 * that is reached.
 */
export function enrol(file: string): (target: Target) => Write {
  const signed = readEnrolment(file)
  return (target) => {
    signed.checkFor(target)
    return enrolment(signed)
  }
}

/** What a device signed, as its command printed it. Throws a UsageError. */
export function readEnrolment(file: string): Enrolment & DeviceKey & Pick<Signed, "checkFor"> {
  const signed = readSigned(file, "an enrolment")
  const scheme = Number(signed.number("scheme"))
  if (scheme !== 1 && scheme !== 2)
    throw new UsageError(`${file}: scheme ${scheme} is neither 1 nor 2`, "sign it again")
  const key = signed.bytes("key", KEY_BYTES[scheme])
  const voucher = signed.address("voucher")
  const boundary = signed.field("boundary", choice(BOUNDARIES))
  const evidence = signed.bytes("evidence", 32)
  const { checkFor } = signed
  return { scheme, key, voucher, boundary, evidence, signature: signed.bytes("signature", 64), checkFor }
}
