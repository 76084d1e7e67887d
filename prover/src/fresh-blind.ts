import { randomBytes } from "node:crypto"
import { bytesToBigInt, FIELD_ORDER } from "@wattest/protocol"

/** A blind that nobody can guess: 384 random bits, so that their remainder is uniform in all but a 2^-130 part. */
export function freshBlind(): bigint {
  return bytesToBigInt(randomBytes(48)) % FIELD_ORDER
}
