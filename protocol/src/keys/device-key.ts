import { keccak_256 } from "@noble/hashes/sha3.js"
import { fromHex, type Hex, toHex } from "../encoding/bytes.ts"
import { check } from "../rejection.ts"

/** Signature schemes of device keys (PROTOCOL section 2). */
export const SCHEMES = { ed25519: 1, p256: 2 } as const
export type Scheme = (typeof SCHEMES)[keyof typeof SCHEMES]

/** A device's public key: 32 bytes for Ed25519, x ‖ y for P-256. */
export type DeviceKey = { readonly scheme: Scheme; readonly key: Hex }

/** Says whether `signature` (64 bytes) over `message` is the device's. Never throws on untrusted bytes. */
export type SignatureCheck = (signature: Uint8Array, message: Uint8Array) => boolean

/**
 * Makes the check for one key. Throws KEY_INVALID unless the key is canonical, on its curve and, for Ed25519, of order
 * exactly L. Two implementations exist, a portable one and one on node:crypto.
 */
export type SignatureChecker = (device: DeviceKey) => SignatureCheck

const KEY_BYTES: { readonly [S in Scheme]: number } = { 1: 32, 2: 64 }

/** The bytes of a key. Throws KEY_INVALID where they are not as many as its scheme has. */
export function keyBytesOf({ scheme, key }: DeviceKey): Uint8Array {
  const bytes = fromHex(key)
  check(bytes.length === KEY_BYTES[scheme], "KEY_INVALID", `expected ${KEY_BYTES[scheme]} bytes, got ${bytes.length}`)
  return bytes
}

/** The device id: the Ed25519 key itself, or keccak256(x ‖ y). Throws KEY_INVALID on a key of the wrong length. */
export function deviceIdOf(device: DeviceKey): Hex {
  const bytes = keyBytesOf(device)
  return device.scheme === SCHEMES.ed25519 ? device.key : toHex(keccak_256(bytes))
}
