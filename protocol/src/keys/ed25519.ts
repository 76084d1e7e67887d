import { edwards } from "@noble/curves/abstract/edwards.js"
import { sha512 } from "@noble/hashes/sha2.js"
import { bytesToBigInt, concatBytes, equalBytes } from "../encoding/bytes.ts"
import { check } from "../rejection.ts"
import type { SignatureCheck } from "./device-key.ts"

/** The order of the group in which keys lie (RFC 8032, section 5.1). */
const L = 2n ** 252n + 27742317777372353535851937790883648493n

/** The curve of RFC 8032, section 5.1, alone: without the key exchanges and hashes that libraries load beside it. */
const Point = edwards({
  p: 2n ** 255n - 19n,
  n: L,
  h: 8n,
  a: 2n ** 255n - 20n,
  d: 37095705934669439343138083508754565189542113879843219016388785533085940283555n,
  Gx: 15112221349535400772501151409588531511454012693041857206046113283949847762202n,
  Gy: 46316835694926478169428394003475163141307993866256225615783033603165251855960n,
})

/** Strict decoding (RFC 8032 section 5.1.3): y below 2^255 − 19, x recoverable, no negative zero; null otherwise. */
function pointOf(bytes: Uint8Array): InstanceType<typeof Point> | null {
  try {
    const point = Point.fromBytes(bytes, false)
    return equalBytes(point.toBytes(), bytes) ? point : null
  } catch {
    return null
  }
}

/** Throws KEY_INVALID unless the 32 bytes are a point of order exactly L in its one spelling. */
export function checkEd25519Key(key: Uint8Array): void {
  const point = pointOf(key)
  const hasOrderL = point !== null && !point.is0() && point.isTorsionFree()
  check(hasOrderL, "KEY_INVALID", "not a point of the prime-order group")
}

/** Little-endian number of bytes. */
const littleEndian = (bytes: Uint8Array) => bytesToBigInt(Uint8Array.from(bytes).reverse())

/**
 * Ed25519 in its one meaning: S < L and encode([S]B − [k]A) equal to R byte for byte (cofactorless). Comparing the
 * bytes refuses non-canonical R and added torsion at once, so no separate test of R is needed. The key has been checked.
 */
export function portableEd25519(key: Uint8Array): SignatureCheck {
  const minusA = Point.fromBytes(key, false).negate()
  return (signature, message) => {
    if (signature.length !== 64) return false
    const r = signature.subarray(0, 32)
    const s = littleEndian(signature.subarray(32))
    if (s >= L) return false
    const k = littleEndian(sha512(concatBytes(r, key, message))) % L
    const sB = s === 0n ? Point.ZERO : Point.BASE.multiplyUnsafe(s)
    const kA = k === 0n ? Point.ZERO : minusA.multiplyUnsafe(k)
    return equalBytes(sB.add(kA).toBytes(), r)
  }
}
