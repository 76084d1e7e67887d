import { createPublicKey, type KeyObject, verify } from "node:crypto"
import { bytesToBigInt } from "../encoding/bytes.ts"
import { Rejection } from "../rejection.ts"
import { keyBytesOf, SCHEMES, type SignatureCheck, type SignatureChecker } from "./device-key.ts"
import { checkEd25519Key, portableEd25519 } from "./ed25519.ts"

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url")

const importKey = (jwk: { [member: string]: string }): KeyObject => createPublicKey({ key: jwk, format: "jwk" })

/** OpenSSL takes coordinates below the field's order alone, and of a point on the curve. */
function importP256Key(key: Uint8Array): KeyObject {
  try {
    return importKey({
      kty: "EC",
      crv: "P-256",
      x: base64url(key.subarray(0, 32)),
      y: base64url(key.subarray(32)),
    })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_CRYPTO_INVALID_JWK") throw error
    throw new Rejection("KEY_INVALID", "not a point of the curve P-256")
  }
}

const inOrder = (half: Uint8Array) => {
  const value = bytesToBigInt(half)
  return value > 0n && value < P256_ORDER
}

function checkP256(key: Uint8Array): SignatureCheck {
  const ecdsa = { key: importP256Key(key), dsaEncoding: "ieee-p1363" } as const
  return (signature, message) =>
    signature.length === 64 &&
    inOrder(signature.subarray(0, 32)) &&
    inOrder(signature.subarray(32)) &&
    verify("sha256", message, ecdsa, signature)
}

/** R as the neutral point: OpenSSL from 3.5 on refuses it, RFC 8032 does not, so it is not asked. */
const isNeutral = (r: Uint8Array) => r[0] === 1 && r.every((byte, i) => i === 0 || byte === 0)

function checkEd25519(key: Uint8Array): SignatureCheck {
  checkEd25519Key(key)
  const imported = importKey({ kty: "OKP", crv: "Ed25519", x: base64url(key) })
  return (signature, message) => {
    if (signature.length !== 64) return false
    if (isNeutral(signature.subarray(0, 32))) return portableEd25519(key)(signature, message)
    return verify(null, message, imported, signature)
  }
}

/**
 * Signature checks on node:crypto (OpenSSL), with the key imported once. For keys of order L OpenSSL's Ed25519 is
 * the protocol's: S < L, cofactorless, R compared as bytes.
 */
export const nodeSignatures: SignatureChecker = (device) => {
  const key = keyBytesOf(device)
  return device.scheme === SCHEMES.ed25519 ? checkEd25519(key) : checkP256(key)
}
