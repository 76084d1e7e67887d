import { p256 } from "@noble/curves/nist.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { concatBytes } from "../encoding/bytes.ts"
import { check } from "../rejection.ts"
import { keyBytesOf, SCHEMES, type SignatureCheck, type SignatureChecker } from "./device-key.ts"
import { checkEd25519Key, portableEd25519 } from "./ed25519.ts"

/** Uncompressed point (SEC 1, 2.3.3). */
const pointBytes = (key: Uint8Array) => concatBytes(Uint8Array.of(4), key)

function checkP256Key(key: Uint8Array): void {
  let onCurve = true
  try {
    p256.Point.fromBytes(pointBytes(key)).assertValidity()
  } catch {
    onCurve = false
  }
  check(onCurve, "KEY_INVALID", "not a point of the curve P-256")
}

/** ECDSA over P-256 with SHA-256, r ‖ s, high s allowed: the meaning of EIP-7951. */
function portableP256(key: Uint8Array): SignatureCheck {
  const publicKey = pointBytes(key)
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
  const key = keyBytesOf(device)
  if (device.scheme === SCHEMES.ed25519) {
    checkEd25519Key(key)
    return portableEd25519(key)
  }
  checkP256Key(key)
  return portableP256(key)
}
