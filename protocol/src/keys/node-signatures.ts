import { createPublicKey, type KeyObject, verify } from "node:crypto"
import { bytesToBigInt, fromHex } from "../encoding/bytes.ts"
import {
  checkDeviceKey,
  type DeviceKey,
  portableSignatures,
  SCHEMES,
  type SignatureCheck,
  type SignatureChecker,
} from "./signatures.ts"

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url")

function importKey({ scheme, key }: DeviceKey): KeyObject {
  const bytes = fromHex(key)
  const jwk =
    scheme === SCHEMES.ed25519
      ? { kty: "OKP", crv: "Ed25519", x: base64url(bytes) }
      : { kty: "EC", crv: "P-256", x: base64url(bytes.subarray(0, 32)), y: base64url(bytes.subarray(32)) }
  return createPublicKey({ key: jwk, format: "jwk" })
}

const inOrder = (half: Uint8Array) => {
  const value = bytesToBigInt(half)
  return value > 0n && value < P256_ORDER
}

/** R as the neutral point: OpenSSL from 3.5 on refuses it, RFC 8032 does not, so it is not asked. */
const isNeutral = (r: Uint8Array) => r[0] === 1 && r.every((byte, i) => i === 0 || byte === 0)

function checkEd25519(device: DeviceKey, key: KeyObject): SignatureCheck {
  return (signature, message) => {
    if (signature.length !== 64) return false
    if (isNeutral(signature.subarray(0, 32))) return portableSignatures(device)(signature, message)
    return verify(null, message, key, signature)
  }
}

/**
 * Signature checks on node:crypto (OpenSSL), with the key imported once. For keys of order L OpenSSL's Ed25519 is
 * the protocol's: S < L, cofactorless, R compared as bytes.
 */
export const nodeSignatures: SignatureChecker = (device) => {
  checkDeviceKey(device)
  const key = importKey(device)
  if (device.scheme === SCHEMES.ed25519) return checkEd25519(device, key)
  const ecdsa = { key, dsaEncoding: "ieee-p1363" } as const
  return (signature, message) =>
    signature.length === 64 &&
    inOrder(signature.subarray(0, 32)) &&
    inOrder(signature.subarray(32)) &&
    verify("sha256", message, ecdsa, signature)
}
