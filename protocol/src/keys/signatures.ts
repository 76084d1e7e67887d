import { ed25519 } from "@noble/curves/ed25519.js"
import { p256 } from "@noble/curves/nist.js"
import { sha256, sha512 } from "@noble/hashes/sha2.js"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { bytesToBigInt, concatBytes, equalBytes, fromHex, type Hex, toHex } from "../encoding/bytes.ts"
import { check } from "../rejection.ts"

/** Signature schemes of device keys (PROTOCOL section 2). */
export const SCHEMES = { ed25519: 1, p256: 2 } as const
export type Scheme = (typeof SCHEMES)[keyof typeof SCHEMES]

/** A device's public key: 32 bytes for Ed25519, x ‖ y for P-256. */
export type DeviceKey = { readonly scheme: Scheme; readonly key: Hex }

/** Says whether `signature` (64 bytes) over `message` is the device's. Never throws on untrusted bytes. */
export type SignatureCheck = (signature: Uint8Array, message: Uint8Array) => boolean

/** Makes the check for one key. Throws KEY_INVALID; two implementations exist, a portable one and one on node:crypto. */
export type SignatureChecker = (device: DeviceKey) => SignatureCheck

const KEY_BYTES: { readonly [S in Scheme]: number } = { 1: 32, 2: 64 }

/** The device id: the Ed25519 key itself, or keccak256(x ‖ y). Throws KEY_INVALID on a key of the wrong length. */
export function deviceIdOf({ scheme, key }: DeviceKey): Hex {
  const bytes = fromHex(key)
  check(bytes.length === KEY_BYTES[scheme], "KEY_INVALID", `expected ${KEY_BYTES[scheme]} bytes, got ${bytes.length}`)
  return scheme === SCHEMES.ed25519 ? key : toHex(keccak_256(bytes))
}

/** Throws KEY_INVALID unless the key is canonical, on its curve and, for Ed25519, of order exactly L. */
export function checkDeviceKey({ scheme, key }: DeviceKey): void {
  deviceIdOf({ scheme, key })
  const bytes = fromHex(key)
  if (scheme === SCHEMES.ed25519) {
    const point = ed25519Point(bytes)
    check(
      point !== null && !point.is0() && point.isTorsionFree(),
      "KEY_INVALID",
      "not a point of the prime-order group",
    )
    return
  }
  let onCurve = true
  try {
    p256.Point.fromBytes(concatBytes(Uint8Array.of(4), bytes)).assertValidity()
  } catch {
    onCurve = false
  }
  check(onCurve, "KEY_INVALID", "not a point of the curve P-256")
}

/** Strict decoding (RFC 8032 section 5.1.3): y below 2^255 − 19, x recoverable, no negative zero; null otherwise. */
function ed25519Point(bytes: Uint8Array): InstanceType<typeof ed25519.Point> | null {
  try {
    const point = ed25519.Point.fromBytes(bytes, false)
    return equalBytes(point.toBytes(), bytes) ? point : null
  } catch {
    return null
  }
}

const L = ed25519.Point.Fn.ORDER

/** Little-endian number of bytes. */
const littleEndian = (bytes: Uint8Array) => bytesToBigInt(Uint8Array.from(bytes).reverse())

/**
 * Ed25519 in its one meaning: S < L and encode([S]B − [k]A) equal to R byte for byte (cofactorless). Comparing the
 * bytes refuses non-canonical R and added torsion at once, so no separate test of R is needed.
 */
function checkEd25519(key: Uint8Array): SignatureCheck {
  const minusA = ed25519.Point.fromBytes(key, false).negate()
  return (signature, message) => {
    if (signature.length !== 64) return false
    const r = signature.subarray(0, 32)
    const s = littleEndian(signature.subarray(32))
    if (s >= L) return false
    const k = littleEndian(sha512(concatBytes(r, key, message))) % L
    const sB = s === 0n ? ed25519.Point.ZERO : ed25519.Point.BASE.multiplyUnsafe(s)
    const kA = k === 0n ? ed25519.Point.ZERO : minusA.multiplyUnsafe(k)
    return equalBytes(sB.add(kA).toBytes(), r)
  }
}

/** ECDSA over P-256 with SHA-256, r ‖ s, high s allowed: the meaning of EIP-7951. */
function checkP256(key: Uint8Array): SignatureCheck {
  const publicKey = concatBytes(Uint8Array.of(4), key)
  return (signature, message) => {
    if (signature.length !== 64) return false
    try {
      return p256.verify(signature, sha256(message), publicKey, { prehash: false, lowS: false })
    } catch {
      return false
    }
  }
}

/** Signature checks without any platform's cryptography: the same answer everywhere, slower than node:crypto. */
export const portableSignatures: SignatureChecker = (device) => {
  checkDeviceKey(device)
  const key = fromHex(device.key)
  return device.scheme === SCHEMES.ed25519 ? checkEd25519(key) : checkP256(key)
}
